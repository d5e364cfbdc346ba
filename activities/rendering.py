"""Turns a template and a contact's data into a mail: subject, HTML and text, in the contact's language."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from html import escape, unescape
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, Undefined, UndefinedError
from jinja2.exceptions import TemplateError as JinjaError
from jinja2.exceptions import TemplateRuntimeError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import JsonValue

from activities.links import MessageLinks, is_web_url
from activities.mail_compile import compile_mjml, tidy
from activities.mail_source import TemplateError, TemplateMissing, TemplateSources
from store.names import presentable

__all__ = ["Rendered", "Sender", "Site", "TemplateError", "TemplateMissing", "Templates", "contact_view"]

MAX_CHARACTERS = 1_000_000

_HREF = re.compile(r'(<a\b[^>]*?\shref=")([^"]*)(")', re.IGNORECASE)
_TEXT_LINK = re.compile(r"<(https?://[^<>\s]+)>")
_HARMLESS = ("mailto:", "tel:", "#")
_PIXEL = '<img src="{}" alt="" width="1" height="1" style="display:block;border:0;width:1px;height:1px" />'


@dataclass(frozen=True)
class Sender:
    """Who a mail says it is from: with postal address, as the law asks, and website (no slash at its end)."""

    name: str
    address: str
    postal: str
    website: str


@dataclass(frozen=True)
class Site:
    """Pages of the company's website that templates lead to, by whole URL; None where there is none.

    `preferences`: where people choose what they get; `meeting`: where they book one; `shop`: where they look and buy.
    """

    preferences: str | None = None
    meeting: str | None = None
    shop: str | None = None


@dataclass(frozen=True)
class Rendered:
    """A mail's content. `version` is the hash of all its sources, `locale` the language it was found in."""

    subject: str
    preheader: str
    html: str
    text: str
    version: str
    locale: str


@dataclass(frozen=True)
class _Compiled:
    """A template ready to be filled in. `stamps` tell whether a file has changed since."""

    path: Path
    locale: str
    version: str
    stamps: Mapping[Path, int]
    subject: Template
    preheader: Template
    html: Template
    text: Template

    @property
    def is_fresh(self) -> bool:
        return all(_stamp(path) == stamp for path, stamp in self.stamps.items())


class _Unset(StrictUndefined):
    """An address that is not set: false in `{% if site.shop %}`, an error as a link."""

    __bool__ = Undefined.__bool__  # type: ignore[assignment]  # the strict one never returns


class Templates:
    """Renders `welcome/hello` from `welcome/hello.en.mjml`. A later folder overrides an earlier one."""

    def __init__(self, folders: Sequence[Path], *, sender: Sender, site: Site | None = None) -> None:
        self._sources = TemplateSources(folders)
        self._sender = asdict(sender)
        self._site = {name: url or _unset(name) for name, url in asdict(site or Site()).items()}
        self._compiled: dict[Path, _Compiled] = {}
        self._html = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
        self._plain = ImmutableSandboxedEnvironment(autoescape=False, undefined=StrictUndefined)

    def available(self) -> dict[str, list[str]]:
        """The locales that each template exists in."""
        return self._sources.available()

    def render(
        self, name: str, locale: str, context: Mapping[str, JsonValue], links: MessageLinks | None = None
    ) -> Rendered:
        """Fills a template in. Templates see `context` and `sender`, `site`, `locale`, `subject`, `preheader`,
        `links.unsubscribe`. With `links`, every web link is signed and an open pixel added.

        TemplateMissing when no file has it in any usable language, TemplateError when it cannot be filled in.
        """
        compiled = self._compile(name, locale)
        given: dict[str, Any] = {
            **context,
            "sender": self._sender,
            "site": self._site,
            "locale": compiled.locale,
            "links": {"unsubscribe": links.unsubscribe if links else None},
        }
        with _explained(compiled.path):
            for part in ("subject", "preheader"):
                given[part] = " ".join(getattr(compiled, part).render(given).split())
            html, text = compiled.html.render(given), tidy(compiled.text.render(given))
        if len(html) > MAX_CHARACTERS:
            raise TemplateError(f"{compiled.path}: the mail is longer than {MAX_CHARACTERS:,} characters")
        html = _with_links(compiled.path, html, links)
        if links:
            text = _TEXT_LINK.sub(lambda match: f"<{links.track(match[1])}>", text)
            html = html.replace("</body>", _PIXEL.format(escape(links.pixel)) + "</body>")
        return Rendered(given["subject"], given["preheader"], html, text, compiled.version, compiled.locale)

    def compile(self, name: str, locale: str) -> None:
        """Raises TemplateError for what is wrong with it, whoever it is for."""
        self._compile(name, locale)

    def _compile(self, name: str, locale: str) -> _Compiled:
        """Compiled once; again when one of its files has changed."""
        path, found = self._sources.find(name, locale)
        compiled = self._compiled.get(path)
        if compiled is None or not compiled.is_fresh:
            compiled = self._compiled[path] = self._load(path, found)
        return compiled

    def _load(self, path: Path, locale: str) -> _Compiled:
        source = self._sources.load(path, locale)
        html, text = compile_mjml(source.mjml, str(path))
        with _explained(path):
            return _Compiled(
                path=path,
                locale=locale,
                version=source.version,
                stamps={file: _stamp(file) for file in source.files},
                subject=self._plain.from_string(source.subject),
                preheader=self._plain.from_string(source.preheader),
                html=self._html.from_string(html),
                text=self._plain.from_string(text),
            )


def contact_view(
    name: str | None, *, locale: str, attributes: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    """What templates see of a contact: plain data. `name` and `first_name` are None where none can be shown."""
    shown = presentable(name)
    return {
        "name": shown,
        "first_name": shown.split()[0] if shown else None,
        "locale": locale,
        "attributes": dict(attributes),
    }


def _unset(name: str) -> _Unset:
    setting = f"CADENCIA_SITE_{name.upper()}_URL"
    remedy = f"set {setting}, or write the link inside {{% if site.{name} %}}"
    return _Unset(f"site.{name} is not set; {remedy}", exc=TemplateRuntimeError)


def _with_links(path: Path, html: str, links: MessageLinks | None) -> str:
    def replace(match: re.Match[str]) -> str:
        target = unescape(match[2]).strip()
        if target.startswith(_HARMLESS):
            return match[0]
        if not is_web_url(target):
            raise TemplateError(f"{path}: {target!r} is no link; write a whole http:// or https:// URL")
        return match[1] + escape(links.track(target) if links else target) + match[3]

    return _HREF.sub(replace, html)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Jinja's errors, and those of expressions in a template, name the file and the remedy."""
    try:
        yield
    except UndefinedError as error:
        remedy = "give it, or write {{ … | default('…') }}"
        raise TemplateError(f"{path}: {error.message}; {remedy}") from None
    except JinjaError as error:
        raise TemplateError(f"{path}: {error.message}") from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise TemplateError(f"{path}: {type(error).__name__}: {error}") from None


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return -1
