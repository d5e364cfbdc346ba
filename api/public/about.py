"""Whom a page for the team is about: who they are, in which workflow, and for which company."""

from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncSession

from activities.catalogue import title_of
from api.public.pages import language_of
from api.services import Services
from store.contacts import Contacts
from store.names import presentable
from store.teams import Teams

_TEXTS = {
    "en": {"contact": "Contact", "unknown": "not known any more", "workflow": "Workflow"},
    "es": {"contact": "Contacto", "unknown": "ya no se conoce", "workflow": "Flujo"},
}


@dataclass(frozen=True)
class About:
    """`workflow` is its title, `locale` the team's. Name and address are None where none is known."""

    locale: str
    company: str
    workflow: str
    name: str | None
    email: str | None

    @property
    def language(self) -> str:
        return language_of(self.locale)


async def about(use: Services, session: AsyncSession, role: str, workflow: str, contact_id: str) -> About:
    team = await Teams(session).get(role)
    contact = await Contacts(session).get(contact_id)
    return About(
        locale=team.locale if team else "en",
        company=use.company,
        workflow=title_of(workflow),
        name=presentable(contact.name) if contact else None,
        email=contact.email if contact else None,
    )


def described(about: About) -> str:
    """Contact and workflow, as HTML."""
    texts = _TEXTS[about.language]
    known = filter(None, (escape(about.name or ""), _mail_to(about.email) if about.email else ""))
    contact = "<br>".join(known) or texts["unknown"]
    return (
        f"<dl><dt>{texts['contact']}</dt><dd>{contact}</dd>"
        f"<dt>{texts['workflow']}</dt><dd>{escape(about.workflow)}</dd></dl>"
    )


def _mail_to(address: str) -> str:
    """A link to write to the address, which may break before its @."""
    return f'<a href="mailto:{quote(address, safe="@")}">{escape(address).replace("@", "<wbr>@")}</a>'
