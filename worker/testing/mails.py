"""Mails, kept instead of sent, and how a test reads them."""

import re
from dataclasses import dataclass
from html import unescape

from activities.links import Links
from activities.providers.email.protocol import BeforeData, OutgoingEmail, Recorded, unrecorded

_HREF = re.compile(r'<a\b[^>]*?\shref="([^"]+)"')


class KeptMails:
    """An email provider. Every mail that would have left is in `mails`, in order."""

    name = "kept"

    def __init__(self) -> None:
        self.mails: list[OutgoingEmail] = []

    async def send(
        self, email: OutgoingEmail, *, before_data: BeforeData, recorded: Recorded = unrecorded
    ) -> None:
        await before_data()
        self.mails.append(email)
        await recorded(None)

    async def close(self) -> None:
        """Nothing is kept open."""


@dataclass(frozen=True)
class Mail:
    """A mail as the contact gets it. `links` are where its links lead in the end; `id` is the message's."""

    id: str
    template: str
    to: str
    subject: str
    text: str
    html: str
    links: tuple[str, ...]


def read(template: str, email: OutgoingEmail, links: Links) -> Mail:
    return Mail(
        id=id_of(email),
        template=template,
        to=email.to.address,
        subject=email.subject,
        text=email.text,
        html=email.html,
        links=tuple(_target(unescape(link), links) for link in _HREF.findall(email.html)),
    )


def id_of(email: OutgoingEmail) -> str:
    """Cadencia's own id: the first part of the Message-ID."""
    return email.message_id.strip("<>").partition("@")[0]


def _target(link: str, links: Links) -> str:
    click = links.read_click(link.rpartition("/")[2]) if link.startswith(f"{links.public_url}/c/") else None
    return click.target if click else link
