"""What is read out of a caught mail. Whatever bytes arrived, something can be shown."""

import re
from datetime import datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message as Part
from html.parser import HTMLParser

from pydantic import BaseModel, ConfigDict

_HEADERS_READ = 64 * 1024  # bytes; enough for any real header, and no mail can make a list slow
_LINKS_READ = 2 * 1024 * 1024  # characters
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_URL = re.compile(r"https?://[^\s<>\"'\\]+", re.IGNORECASE)
_FOLLOWED = ("http://", "https://", "mailto:")


class Summary(BaseModel):
    """A mail as lists show it. `to` is the envelope's recipients; `message_id` is the header, as sent."""

    model_config = ConfigDict(frozen=True)

    id: str
    message_id: str
    to: str
    subject: str
    received_at: datetime


class Message(Summary):
    """A mail opened. A header that came several times has one line for each; a part that is missing is empty.

    `links` are the addresses to follow, of the HTML and then the text; `images` those that a client loads.
    """

    headers: dict[str, str]
    text: str
    html: str
    links: list[str]
    images: list[str]


def subject_and_id(raw: bytes) -> tuple[str, str]:
    """The headers `Subject` and `Message-ID`, decoded; empty when missing."""
    headers = read_headers(message_from_bytes(raw[: _head_length(raw)]))
    named = {name.lower(): value for name, value in headers.items()}
    return named.get("subject", ""), named.get("message-id", "")


def _head_length(raw: bytes) -> int:
    ends = (raw.find(blank, 0, _HEADERS_READ) for blank in (b"\r\n\r\n", b"\n\n"))
    return min((end for end in ends if end >= 0), default=_HEADERS_READ)


def open_message(summary: Summary, raw: bytes) -> Message:
    """Everything that the page shows of a mail."""
    try:
        return _open(summary, raw)
    except RecursionError:  # parts nested a thousand deep
        text = raw.decode("utf-8", "replace")
        return Message(**summary.model_dump(), headers={}, text=text, html="", links=[], images=[])


def _open(summary: Summary, raw: bytes) -> Message:
    mail = message_from_bytes(raw)
    text, html = _body(mail, "text/plain"), _body(mail, "text/html")
    found = _Addresses()
    found.feed(html[:_LINKS_READ])
    in_text = (match.rstrip(".,;:!?)]}") for match in _URL.findall(text[:_LINKS_READ]))
    links = list(dict.fromkeys([*found.links, *in_text]))
    images = list(dict.fromkeys(found.images))
    return Message(
        **summary.model_dump(), headers=read_headers(mail), text=text, html=html, links=links, images=images
    )


def read_headers(mail: Part) -> dict[str, str]:
    """Decoded, unfolded values by name, named as the mail spells them."""
    headers: dict[str, str] = {}
    for name, value in mail.raw_items():
        known, text = clean(name), _decoded(str(value))
        headers[known] = f"{headers[known]}\n{text}" if known in headers else text
    return headers


def _decoded(value: str) -> str:
    text = _FOLD.sub("", clean(value)).strip()
    try:
        return clean(str(make_header(decode_header(text))))
    except (HeaderParseError, LookupError, ValueError):
        return text


def clean(text: str) -> str:
    """Text without lone surrogates, as which the parser keeps odd bytes: they become UTF-8 or U+FFFD."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()


def _body(mail: Part, content_type: str) -> str:
    for part in mail.walk():
        if part.get_content_type() == content_type and part.get_content_disposition() != "attachment":
            return _part_text(part)
    return ""


def _part_text(part: Part) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(str(part.get_content_charset("utf-8")), "replace")
    except (LookupError, ValueError):
        return payload.decode("utf-8", "replace")


class _Addresses(HTMLParser):
    """Collects what an HTML part links to and what it loads as an image."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.images: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted, found = ("src", self.images) if tag == "img" else ("href", self.links)
        if tag in ("a", "area", "img"):
            address = (dict(attrs).get(wanted) or "").strip()
            found.extend([address] if address.lower().startswith(_FOLLOWED) else [])
