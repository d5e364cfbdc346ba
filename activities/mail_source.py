"""Finds a template's files: the template in the right language, the layout around it, what they include."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

FALLBACK_LOCALE = "en"
LAYOUT = "layout"
CONTENT = "@content"  # where the layout takes up the template

_NAME = re.compile(r"[a-z0-9_][a-z0-9_-]*(?:/[a-z0-9_][a-z0-9_-]*)*")
_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z0-9]{2,8}))?.*", re.DOTALL)
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<head>.*?)^---[ \t]*\n(?P<body>.*)", re.DOTALL | re.MULTILINE)
_INCLUDE = re.compile(r'<mj-include\s+path="([^"]*)"\s*(?:/>|>\s*</mj-include>)')


class TemplateError(Exception):
    """A template cannot be rendered; the text says where and what to do."""


class TemplateMissing(TemplateError):
    """No file has this template, or a part of it."""


@dataclass
class Source:
    """One template with everything included, as MJML with Jinja in it, and the files that it was made of."""

    path: Path
    locale: str
    subject: str = ""
    preheader: str = ""
    mjml: str = ""
    files: dict[Path, bytes] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """A hash of all that decides how the mail looks: 12 hexadecimal digits."""
        return sha256(b"\0".join(self.files.values())).hexdigest()[:12]


def locales_for(locale: str) -> list[str]:
    """The languages to look for, best first: `es-MX`, `es`, `en`."""
    match = _LOCALE.fullmatch(locale)
    wanted: list[str] = []
    if match:
        language, region = match[1].lower(), match[2]
        wanted = [f"{language}-{region.upper()}", language] if region else [language]
    return [*wanted, *({FALLBACK_LOCALE} - set(wanted))]


class TemplateSources:
    """Template folders. Where several have the same file, the later folder's counts."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = list(reversed(folders))

    def available(self) -> dict[str, list[str]]:
        """The locales that each template exists in. Files whose name begins with `_` are parts of others."""
        found: dict[str, set[str]] = {}
        for folder in self._folders:
            for path in folder.rglob("*.*.mjml"):
                stem, locale, _ = path.name.rsplit(".", 2)
                if not stem.startswith("_"):
                    name = (path.parent.relative_to(folder) / stem).as_posix()
                    found.setdefault(name, set()).add(locale)
        return {name: sorted(locales) for name, locales in sorted(found.items())}

    def find(self, name: str, locale: str) -> tuple[Path, str]:
        """The template's file and its language. TemplateMissing names every path tried."""
        if not _NAME.fullmatch(name):
            raise TemplateMissing(f"{name!r} is not a template's name; write it like welcome/hello")
        wanted = [(f"{name}.{language}.mjml", language) for language in locales_for(locale)]
        return self._first(name, wanted)

    def load(self, path: Path, locale: str) -> Source:
        source = Source(path, locale)
        text = self._read(source, path)
        match = _FRONT_MATTER.fullmatch(text)
        if match is None:
            raise TemplateError(f"{path}: begin with subject and preheader between two lines of ---")
        for line in filter(None, map(str.strip, match["head"].splitlines())):
            key, _, value = line.partition(":")
            if key not in ("subject", "preheader") or not value.strip():
                raise TemplateError(f"{path}: {line!r} is not understood; write subject: … or preheader: …")
            setattr(source, key, value.strip())
        if not source.subject:
            raise TemplateError(f"{path}: write a subject: …")
        body = self._expand(source, match["body"], ())
        source.mjml = body if body.lstrip().startswith("<mjml") else self._in_layout(source, body)
        return source

    def _in_layout(self, source: Source, body: str) -> str:
        layout = self._include(source, LAYOUT, ())
        if f'path="{CONTENT}"' not in layout:
            raise TemplateError(
                f'{LAYOUT}.mjml: say where the template goes with <mj-include path="{CONTENT}" />'
            )
        return _INCLUDE.sub(lambda match: body, layout)

    def _expand(self, source: Source, text: str, within: tuple[str, ...]) -> str:
        def replace(match: re.Match[str]) -> str:
            return match[0] if match[1] == CONTENT else self._include(source, match[1], within)

        return _INCLUDE.sub(replace, text)

    def _include(self, source: Source, name: str, within: tuple[str, ...]) -> str:
        if name in within or not _NAME.fullmatch(name):
            raise TemplateError(
                f"{source.path}: cannot include {name!r} (within {' > '.join(within) or 'itself'})"
            )
        wanted = [(f"{name}.{language}.mjml", language) for language in locales_for(source.locale)]
        path, _ = self._first(name, [*wanted, (f"{name}.mjml", source.locale)])
        return self._expand(source, self._read(source, path), (*within, name))

    def _first(self, name: str, wanted: list[tuple[str, str]]) -> tuple[Path, str]:
        tried = [(folder / file, locale) for file, locale in wanted for folder in self._folders]
        for path, locale in tried:
            if path.is_file():
                return path, locale
        raise TemplateMissing(f"No template {name!r}; tried {', '.join(str(path) for path, _ in tried)}")

    @staticmethod
    def _read(source: Source, path: Path) -> str:
        source.files[path] = path.read_bytes()
        return source.files[path].decode("utf-8").replace("\r\n", "\n")
