"""What is installed, for checks: also when a file of it cannot be imported."""

import importlib
import re
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType

from temporalio.worker.workflow_sandbox import SandboxRestrictions

from activities.mail_source import TemplateError, TemplateSources
from activities.rendering import Site
from cli.output import Failure
from worker import catalogue, plain, sandbox
from worker.settings import PREFIX, Settings
from workflows.analysis.checks.finding import Spot
from workflows.analysis.checks.subject import Facts, Neighbour, Unreadable
from workflows.analysis.explore_sites import is_author
from workflows.kit.declaration import declaration_of
from workflows.kit.steps import Misuse
from workflows.kit.workflow import MarketingWorkflow

_PAGE = re.compile(rf"\bsite\.({'|'.join(one.name for one in fields(Site))})\b")
_SENT_BY_TASKS = frozenset({"team/task", "team/reminder", "team/escalation"})


@dataclass(frozen=True)
class Gathered:
    """The workflows that could be imported, and what is known beside them."""

    classes: tuple[type[MarketingWorkflow], ...]
    facts: Facts


def gather(settings: Settings) -> Gathered:
    """Raises Failure when CADENCIA_WORKFLOWS names a package that is not there."""
    modules: list[ModuleType] = []
    unreadable: list[Unreadable] = []
    for name in _names(settings):
        try:
            modules.append(importlib.import_module(name))
        except Exception as error:  # whatever an author's file raises
            unreadable.append(Unreadable(_spot(error, name), f"{type(error).__name__}: {error}"))
    values = catalogue.own(modules)
    classes = tuple(value for value in values if isinstance(value, type) and declaration_of(value))
    activities = [value for value in values if catalogue.is_activity(value)]
    parts = _parts(settings)
    facts = Facts(
        templates=_templates(settings),
        parts=parts,
        sent=_SENT_BY_TASKS,
        shared=frozenset({
            *sandbox.SHARED,
            *SandboxRestrictions.default.passthrough_modules,
            *catalogue.shared(settings.workflows, activities),
        }),
        unreadable=tuple(unreadable),
        workflows=dict(_plain(values)),
        unset=_unset(settings, parts),
    )  # fmt: skip
    return Gathered(classes, facts)


def _names(settings: Settings) -> list[str]:
    names: list[str] = []
    for package in settings.workflows:
        try:
            names += catalogue.module_names(package)
        except ImportError as error:
            raise Failure(
                f"CADENCIA_WORKFLOWS names {package!r}, which cannot be imported: {error}"
            ) from error
    return names


def _spot(error: Exception, module: str) -> Spot:
    """The author's line that an import stopped at, or the file's first."""
    if isinstance(error, SyntaxError) and error.filename:
        return Spot(error.filename, error.lineno or 1)
    authors = [one for one in traceback.extract_tb(error.__traceback__) if is_author(one.filename)]
    if authors and authors[-1].filename != __file__:
        return Spot(authors[-1].filename, authors[-1].lineno or 1)
    return Spot(str(Path(*module.split(".")).with_suffix(".py").resolve()), 1)


def _templates(settings: Settings) -> Mapping[str, Mapping[str, str]]:
    sources = TemplateSources(settings.templates)
    return {
        name: {locale: str(sources.find(name, locale)[0].resolve()) for locale in locales}
        for name, locales in sources.available().items()
    }


def _unset(settings: Settings, parts: Mapping[str, tuple[str, ...]]) -> Mapping[str, Mapping[str, Spot]]:
    """The website's pages that no setting names, by the setting, with the templates that lead there."""
    found: dict[str, dict[str, Spot]] = {}
    for name, file in [(name, file) for name, files in parts.items() for file in files]:
        for at, line in enumerate(Path(file).read_text().splitlines(), 1):
            for page in _PAGE.findall(line):
                if getattr(settings, f"site_{page}_url") is None:
                    spot = Spot(str(Path(file).resolve()), at)
                    found.setdefault(f"{PREFIX}SITE_{page.upper()}_URL", {}).setdefault(name, spot)
    return found


def _parts(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    sources = TemplateSources(settings.templates)
    return {
        name: tuple(dict.fromkeys(_files(sources, name, locales)))
        for name, locales in sources.available().items()
    }


def _files(sources: TemplateSources, name: str, locales: list[str]) -> Iterator[str]:
    for locale in locales:
        try:
            yield from map(str, sources.load(*sources.find(name, locale)).files)
        except TemplateError:
            continue  # `doctor` says what is wrong with it


def _plain(values: list[object]) -> Iterator[tuple[str, Neighbour]]:
    """Plain Temporal workflows can be started too; where they lead is their own affair."""
    for value in values:
        if not isinstance(value, type) or not plain.is_plain(value):
            continue
        try:
            listed = plain.listed(value)
        except Misuse as misuse:
            raise Failure(str(misuse)) from misuse
        yield listed.slug, Neighbour(listed.reentry, listed.params, frozenset(), ends=True)
