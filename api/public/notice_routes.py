"""Where the link of a notice leads: whom it is about, and what they were sent."""

from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from activities.rendering import TemplateError, Templates, contact_view
from api.public import pages
from api.public.about import About, about, described
from api.services import Use
from store.contacts import Contacts
from store.enrollments import Enrollments
from store.messages import Messages
from store.tables import Contact, Message

router = APIRouter(tags=["public"])

_MOST = 50  # mails
_TEXTS = {
    "en": {
        "nobody": "A contact",
        "mails": "What they were sent",
        "none": "No mail yet.",
        "clicked": "clicked on {at}",
        "opened": "opened on {at}",
        "sent": "sent on {at}",
    },
    "es": {
        "nobody": "Un contacto",
        "mails": "Lo que ha recibido",
        "none": "Ningún correo todavía.",
        "clicked": "clic el {at}",
        "opened": "abierto el {at}",
        "sent": "enviado el {at}",
    },
}


@router.head("/n/{token}", include_in_schema=False)
@router.get("/n/{token}", response_class=HTMLResponse, responses=pages.ANSWERS)
async def show_notice_page(token: str, use: Use) -> HTMLResponse:
    """The contact of a notice, with address, and the mails of the enrollment."""
    link = use.links.read_notice(token)
    if link is None:
        return pages.trouble(404)
    async with use.database.read() as session:
        enrollment = await Enrollments(session).get(link.enrollment_id)
        contact = await Contacts(session).get(enrollment.subject_id) if enrollment else None
        if enrollment is None or contact is None:
            return pages.trouble(404)
        who = await about(use, session, link.role, enrollment.workflow, contact.id)
        mails, _ = await Messages(session).page(enrollment_id=enrollment.id, status="sent", limit=_MOST)
    return _page(who, [_line(use.templates, contact, mail, who.language) for mail in mails])


def _page(who: About, mails: list[str]) -> HTMLResponse:
    texts = _TEXTS[who.language]
    listed = f"<ul>{''.join(mails)}</ul>" if mails else f"<p>{texts['none']}</p>"
    content = f"{described(who)}<h2>{texts['mails']}</h2>{listed}"
    return pages.page(who.language, who.name or who.email or texts["nobody"], content, company=who.company)


def _line(templates: Templates, contact: Contact, mail: Message, language: str) -> str:
    """The mail's subject, and the most that is known of what they did with it."""
    done = next(
        name for name in ("clicked", "opened", "sent") if name == "sent" or getattr(mail, f"{name}_at")
    )
    at = getattr(mail, f"{done}_at")
    said = _TEXTS[language][done].format(at=f"{at:%Y-%m-%d}" if at else "?")
    return f"<li>{escape(_subject(templates, contact, mail))}<br><small>{said}</small></li>"


def _subject(templates: Templates, contact: Contact, mail: Message) -> str:
    view = contact_view(contact.name, locale=contact.locale, attributes=contact.attributes)
    try:
        return templates.render(mail.template, mail.locale or contact.locale, {"contact": view}).subject
    except TemplateError:  # taken away, or edited since
        return mail.template
