"""What keeps a mail's content, and other sites open in the same browser, away from the page and the API."""

import ipaddress
import re

from fastapi import FastAPI, Request, Response
from starlette.middleware.base import RequestResponseEndpoint

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self';"
    " frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
MAIL_POLICY = (  # its sandbox also holds where the mail is opened in a tab of its own
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline';"
    " img-src http: https: data:; font-src http: https: data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'"
)
_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_HEAD = re.compile(r"<head(\s[^>]*)?>", re.IGNORECASE)
_DOCTYPE = re.compile(r"\s*<!doctype[^>]*>", re.IGNORECASE)


def add_guard(app: FastAPI, host: str) -> None:
    """Adds the headers to every answer. Where `host` is this machine alone, only its names are served."""

    @app.middleware("http")
    async def guard(request: Request, call_next: RequestResponseEndpoint) -> Response:
        if is_local(host) and not is_local(request.url.hostname or ""):
            return Response("Open this by localhost or 127.0.0.1.\n", 421, media_type="text/plain")
        response = await call_next(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def is_local(host: str) -> bool:
    """Whether a name can only mean this machine. Any other's owner could point it here (DNS rebinding)."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def framed(html: str) -> str:
    """The HTML with links that open in a new tab."""
    opening = _HEAD.search(html) or _DOCTYPE.match(html)
    at = opening.end() if opening else 0  # in front of a doctype, browsers would fall back to quirks mode
    return f'{html[:at]}<base target="_blank">{html[at:]}'
