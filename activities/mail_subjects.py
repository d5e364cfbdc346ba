"""The subject lines of templates, as a map shows them: for a contact of whom nothing is known."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import ChainableUndefined
from jinja2.exceptions import TemplateError as JinjaError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from activities.mail_source import FALLBACK_LOCALE, TemplateError, TemplateSources


class _Left(ChainableUndefined):
    """What only a run knows."""

    def __str__(self) -> str:
        return "…"


_LENIENT = ImmutableSandboxedEnvironment(undefined=_Left)


def subjects_in(folders: Sequence[Path]) -> Mapping[str, str]:
    """By template, its subject in the default language. A template that cannot be read has none."""
    sources = TemplateSources(folders)
    found = {name: _subject(sources, name) for name in sources.available()}
    return {name: subject for name, subject in found.items() if subject}


def _subject(sources: TemplateSources, name: str) -> str:
    try:
        source = sources.load(*sources.find(name, FALLBACK_LOCALE))
        return " ".join(_LENIENT.from_string(source.subject).render().split())
    except (
        TemplateError,
        JinjaError,
        OSError,
        ArithmeticError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ):
        return ""  # what is wrong with it `check` and `doctor` say
