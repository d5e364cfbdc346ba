"""The pages behind links in mails: small, in the reader's language, without scripts, cookies or foreign content."""

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from typing import Any

from starlette.responses import HTMLResponse

ANSWERS: dict[int | str, dict[str, Any]] = {
    404: {"description": "The link is incomplete or was changed", "content": {"text/html": {}}},
    503: {"description": "The database is away; `Retry-After`", "content": {"text/html": {}}},
}
"""What a route behind a link answers where it cannot do its work, for the document."""

_PREFIXES = ("/u/", "/c/", "/o/", "/t/", "/n/")

_STYLE = """
:root { color-scheme: light dark; --back: #f4f2ee; --card: #fff; --text: #23211d; --soft: #6b675f; --key: #2f5d50 }
@media (prefers-color-scheme: dark) {
  :root { --back: #191816; --card: #24221f; --text: #f0ede6; --soft: #a8a297; --key: #7fbfa9 }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.25rem;
  background: var(--back); color: var(--text); font: 1.0625rem/1.55 system-ui, -apple-system, "Segoe UI", sans-serif }
main { width: 100%; max-width: 27rem; padding: 2.25rem 2rem; background: var(--card); border-radius: 1rem;
  box-shadow: 0 1px 2px rgb(0 0 0 / .06), 0 12px 32px rgb(0 0 0 / .08); text-align: center }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; font-weight: 650; text-wrap: balance }
p { margin: 0; color: var(--soft); text-wrap: pretty }
form { margin-top: 1.75rem }
button { width: 100%; padding: .8rem 1.25rem; border: 0; border-radius: .6rem; background: var(--key);
  color: var(--card); font: inherit; font-weight: 600; cursor: pointer }
button:hover { filter: brightness(1.08) }
button + button { margin-top: .75rem }
textarea { width: 100%; margin: .4rem 0 1.25rem; padding: .7rem .8rem; border: 1px solid var(--soft);
  border-radius: .6rem; background: transparent; color: inherit; font: inherit; resize: vertical }
label { display: block; text-align: left; color: var(--soft); font-size: .9375rem }
.text { margin-top: 1rem; text-align: left; color: var(--text); white-space: pre-line; overflow-wrap: anywhere }
h1 { overflow-wrap: anywhere }
.from { margin-bottom: .75rem; font-size: .9375rem; font-weight: 600; color: var(--key) }
dl { margin: 1.25rem 0 0; padding: .9rem 1rem; text-align: left; border-radius: .6rem; background: var(--back);
  overflow-wrap: anywhere }
dt { color: var(--soft); font-size: .875rem }
dd { margin: 0 }
dd + dt { margin-top: .6rem }
a { color: var(--key) }
h2 { margin: 1.75rem 0 .5rem; font-size: 1.0625rem; text-align: left }
ul { margin: 0; padding: 0; list-style: none; text-align: left }
li { padding: .6rem 0; border-top: 1px solid color-mix(in srgb, var(--soft) 30%, transparent); overflow-wrap: anywhere }
small { color: var(--soft); font-size: .9375rem }
button:focus-visible, textarea:focus-visible { outline: 3px solid var(--key); outline-offset: 3px }
"""

_TEXTS = {
    "en": {
        "ask": ("Unsubscribe", "You will get no more news and offers from {company}. This takes effect at once."),
        "button": ("Unsubscribe", ""),
        "done": ("You are unsubscribed", "{company} will send you no more news and offers."),
        "gone": ("This link does not work", "It is incomplete or has been changed. Please use the link in the mail."),
        "later": ("Please try again shortly", "We cannot do this right now. Nothing is lost: try again in a minute."),
    },
    "es": {
        "ask": ("Darse de baja", "No recibirás más novedades ni ofertas de {company}. Se aplica de inmediato."),
        "button": ("Darme de baja", ""),
        "done": ("Te has dado de baja", "{company} no te enviará más novedades ni ofertas."),
        "gone": ("Este enlace no funciona", "Está incompleto o ha sido modificado. Usa el enlace del correo."),
        "later": ("Inténtalo de nuevo en breve", "Ahora mismo no es posible. No se pierde nada: prueba en un minuto."),
    },
}  # fmt: skip

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'sha256-"
        + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
        + "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}


def serves(path: str) -> bool:
    """Whether a person, not a program, looks at what this address answers."""
    return path.startswith(_PREFIXES)


def ask(locale: str, company: str) -> HTMLResponse:
    """Asks whether to unsubscribe: a link that software follows must not decide anything."""
    button = _TEXTS[language_of(locale)]["button"][0]
    return _page(
        "ask", locale, company=company, extra=f'<form method="post"><button>{escape(button)}</button></form>'
    )


def done(locale: str, company: str) -> HTMLResponse:
    return _page("done", locale, company=company)


def trouble(status: int, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """What people see instead of a problem. Whose link it was is unknown: English."""
    return _page("gone" if status < 500 else "later", "en", status, headers)


def _page(
    name: str,
    locale: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    company: str = "",
    extra: str = "",
) -> HTMLResponse:
    language = language_of(locale)
    title, text = _TEXTS[language][name]
    said = escape(text.format(company=company))
    return page(language, title, f"<p>{said}</p>{extra}", status, headers, company)


def page(
    language: str,
    title: str,
    content: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    company: str = "",
) -> HTMLResponse:
    """A page of this look. `content` is HTML; `company` says above the title whose page it is."""
    whose = f'<p class="from">{escape(company)}</p>' if company else ""
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{whose}<h1>{escape(title)}</h1>{content}</main></body></html>"
    )
    return HTMLResponse(html, status, {**_HEADERS, **(headers or {})})


def language_of(locale: str) -> str:
    """The language of the pages that comes nearest."""
    language = locale.partition("-")[0].lower()
    return language if language in _TEXTS else "en"
