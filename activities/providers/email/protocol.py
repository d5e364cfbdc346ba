"""What every email provider promises: one mail, one recipient, errors that say whether it went out."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

_NAMED = re.compile(r'\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>[^"<>]*?))\s*<(?P<address>[^<>\s]+)>\s*')

BeforeData = Callable[[], Awaitable[datetime]]
"""Awaited right before a mail's body goes out. The caller notes `sending` and returns the time after which
the body must not be written any more, or raises, and nothing is sent. What fails before has sent nothing."""

Recorded = Callable[[str | None], Awaitable[None]]
"""Awaited with the provider's id for a mail that it took, before another mail may take this one's place: so at a crash
no more mails are in doubt than a provider has places."""


async def unrecorded(provider_id: str | None) -> None:
    """For a mail that nobody keeps a record of."""


class SendError(Exception):
    """A mail was not accepted. The text may hold personal data: keep it out of histories."""


class AddressRefused(SendError):
    """The address takes no mail, now or later: suppress it."""


class Rejected(SendError):
    """This mail is refused for good; the address may be fine."""


class Unavailable(SendError):
    """Nothing went out; trying again is safe, after `retry_after` seconds where the provider named them."""

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Ambiguous(SendError):
    """The whole mail was handed over and no answer came: it may or may not have been accepted."""


@dataclass(frozen=True)
class Mailbox:
    """An address and the name shown for it. Checked when a mail is built, not here."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    @property
    def shown(self) -> str:
        """Whose it is, for readers: the name, or the domain where there is none."""
        return self.name or self.domain

    @classmethod
    def parse(cls, text: str) -> "Mailbox":
        """Reads `hello@shop.example` or `Shop <hello@shop.example>`; ValueError for anything else."""
        if match := _NAMED.fullmatch(text):
            return cls(match["address"], match["quoted"] or match["plain"] or "")
        if re.fullmatch(r"[^<>\s]+@[^<>\s]+", text.strip()):
            return cls(text.strip())
        raise ValueError(f"{text!r} is not a sender; write it as: Shop <hello@shop.example>")


@dataclass(frozen=True)
class OutgoingEmail:
    """One mail to one recipient. `message_id` is the whole header value, `<…@…>`; `headers` are added."""

    message_id: str
    from_: Mailbox
    to: Mailbox
    subject: str
    html: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


class EmailProvider(Protocol):
    """A way out."""

    @property
    def name(self) -> str: ...

    async def send(
        self, email: OutgoingEmail, *, before_data: BeforeData, recorded: Recorded = unrecorded
    ) -> None:
        """Hands one mail over. No retries; raises `SendError`."""

    async def close(self) -> None:
        """Gives up kept connections."""
