"""What a caller says about a contact, checked."""

import math
import re
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import available_timezones

import idna
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
)

from store.names import hidden_in

_CONTROLS = {"Cc", "Cs", "Zl", "Zp"}  # control characters, lone surrogates, line and paragraph separators
_LOCAL = re.compile(r"[^\s\x00-\x1f\x7f\"(),:;<>@\[\\\].]+(\.[^\s\x00-\x1f\x7f\"(),:;<>@\[\\\].]+)*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_SEEN = r"\u0000-\u001F\u007F-\u009F\u2028\u2029"
_LINE = rf"^[^{_SEEN}]*[^\s{_SEEN}][^{_SEEN}]*$"
_YEARS = r"^(19[7-9][0-9]|2[01][0-9]{2}|2200)-"
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]", re.IGNORECASE)
_NO_ZONES = {"localtime", "Factory", "posixrules"}  # files beside the zones: of this machine, and of none
_LOCALE = re.compile(r"([A-Za-z]{2,3})(-[A-Za-z]{4})?(-(?:[A-Za-z]{2}|[0-9]{3}))?")


def _documented(**schema: Any) -> Any:
    """What a validator checks, for the JSON schema."""
    return Field(json_schema_extra=schema)


def normalise_email(text: str) -> str:
    """The form an address is stored and compared in: trimmed, lower case, NFC, the domain in IDNA's ASCII.

    ValueError when it is not exactly one address, holds control characters or is longer than 254 characters.
    """
    if _controls(text):
        raise ValueError("email must not contain control characters or line breaks")
    local, _, domain = unicodedata.normalize(
        "NFC", unicodedata.normalize("NFC", text.strip()).lower()
    ).rpartition("@")
    domain = _ascii_domain(domain)
    if not (local.isprintable() and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain)):
        raise ValueError("email must be one address, such as name@example.com")
    if len(local.encode()) > 64 or len(f"{local}@{domain}".encode()) > 254:
        raise ValueError("email must be at most 254 characters long, 64 of them before the @")
    return f"{local}@{domain}"


def _sendable(email: str) -> str:
    """Mail to other addresses needs SMTPUTF8, which is not spoken here."""
    if not email.isascii():
        raise ValueError(
            "email must have only ASCII characters before the @, as no mail can be sent to others: "
            "ask for another address, or leave it out and give an external_id"
        )
    return email


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return ""


def _controls(text: str) -> bool:
    return any(unicodedata.category(character) in _CONTROLS for character in text)


def _one_line(text: str) -> str:
    if _controls(text) or not text.strip():
        raise ValueError("must be one line of text, without control characters")
    return text.strip()


def _name(text: str) -> str:
    if hidden := hidden_in(text):
        raise ValueError(f"must hold only characters that can be seen: remove {_called(hidden)}")
    return text


def _called(character: str) -> str:
    return f"U+{ord(character):04X} ({unicodedata.name(character, 'a control character').lower()})"


def _text(text: str) -> str:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("text must not contain NUL characters or lone surrogates")
    return text


def _locale(text: str) -> str:
    match = _LOCALE.fullmatch(text)
    if match is None:
        posix = _LOCALE.fullmatch(text.partition(".")[0].replace("_", "-"))
        meant = f"; did you mean {_language_tag(posix)}?" if posix else ""
        raise ValueError(f"locale must be a language with or without a region, such as en or es-MX{meant}")
    return _language_tag(match)


def _language_tag(match: re.Match[str]) -> str:
    language, script, region = match.groups(default="")
    return language.lower() + script.title() + region.upper()


@lru_cache
def _zones() -> dict[str, str]:
    """The names of time zones, by what people write for them."""
    named = available_timezones() - _NO_ZONES
    return {zone.casefold(): zone for zone in named if not zone.startswith(("posix/", "right/"))}


def _time_zone(text: str) -> str:
    zone = _zones().get(text.casefold().replace(" ", "_"))
    if zone != text:
        meant = f"; did you mean {zone}?" if zone else ""
        raise ValueError(f"time_zone must be an IANA name, such as Europe/Madrid or UTC{meant}")
    return text


def _attributes(attributes: dict[str, Any]) -> dict[str, Any]:
    for name in attributes:
        if not 0 < len(name) <= 64:
            raise ValueError("attribute names must be 1 to 64 characters long")
        if hidden := hidden_in(name):
            raise ValueError(
                f"attribute names must hold only characters that can be seen: remove {_called(hidden)} "
                f"from {name!a}"
            )
    values: list[Any] = [attributes]
    while values:
        value = values.pop()
        if isinstance(value, dict):
            values += [*value, *value.values()]
        elif isinstance(value, list):
            values += value
        elif isinstance(value, str):
            _text(value)
        elif isinstance(value, float) and not math.isfinite(value):
            raise ValueError("numbers in attributes must be finite")
    return attributes


def _time_text(value: Any) -> Any:
    """Numbers are no times here: nobody could tell seconds from milliseconds."""
    if isinstance(value, str) and not _TIME.match(value):
        raise ValueError("must be a time such as 2026-05-01T10:00:00Z")
    if isinstance(value, int | float):
        raise ValueError("must be text, such as 2026-05-01T10:00:00Z")
    return value


def _sane(time: datetime) -> datetime:
    if not 1970 <= time.year <= 2200:
        raise ValueError("must lie between the years 1970 and 2200")
    return time.astimezone(UTC)


When = Annotated[
    AwareDatetime, BeforeValidator(_time_text), AfterValidator(_sane), _documented(pattern=_YEARS)
]
SoughtEmail = Annotated[str, AfterValidator(normalise_email), _documented(format="email", maxLength=254)]
"""An address to look for: contacts of earlier releases may have one that no mail can be sent to."""
Email = Annotated[SoughtEmail, AfterValidator(_sendable)]
Line = Annotated[str, Field(max_length=200), AfterValidator(_one_line), _documented(pattern=_LINE)]
Name = Annotated[
    str,
    Field(max_length=200),
    AfterValidator(_one_line),
    AfterValidator(_name),
    _documented(format="visible-text"),
]
Locale = Annotated[str, AfterValidator(_locale), _documented(pattern=rf"^{_LOCALE.pattern}$")]
TimeZone = Annotated[
    str, AfterValidator(_time_zone), _documented(format="time-zone", examples=["Europe/Madrid"])
]
Proof = Annotated[
    str,
    Field(max_length=2000),
    AfterValidator(_text),
    AfterValidator(str.strip),
    _documented(pattern=r"^[^\u0000]*$"),
]
Topic = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Attributes = Annotated[
    dict[str, JsonValue],
    AfterValidator(_attributes),
    _documented(propertyNames={"minLength": 1, "maxLength": 64, "format": "visible-text"}),
]


class ConsentGrant(BaseModel):
    """What the contact said about a topic, and where.

    `at` is when they said it; left out, or in the future, it is now. `proof` names the act by which they said it, such
    as a form, the version of its text and the record of it.
    """

    model_config = ConfigDict(extra="forbid")

    granted: StrictBool
    source: Line
    proof: Proof | None = None
    at: When | None = None


class ContactDraft(BaseModel):
    """A contact as a caller knows it. Fields left out stay as they are.

    Null leaves `id`, `external_id` and `email` as they are, empties `name`, and puts `locale` and `time_zone`
    back to their defaults; a null attribute is removed.
    """

    model_config = ConfigDict(extra="forbid")

    id: Line | None = None
    external_id: Line | None = None
    email: Email | None = None
    name: Name | None = None
    locale: Locale | None = None
    time_zone: TimeZone | None = None
    attributes: Attributes = Field(default_factory=dict)
    consent: dict[Topic, ConsentGrant] = Field(default_factory=dict)

    def named(self) -> bool:
        """Whether anything says which contact is meant: an id, an external id or an email."""
        return bool(self.id or self.external_id or self.email)


class ContactIds(ContactDraft):
    """Ids alone, from a caller who may name a contact or make a new one, and change none."""
