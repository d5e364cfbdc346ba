"""Finds the workflows of the configured packages, and tells what is known of each."""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from temporalio import activity

from activities.catalogue import UNSUBSCRIBED, Catalogue, Listed
from worker import plain
from worker.settings import Settings
from workflows.analysis.explore import explore
from workflows.analysis.hearing import Hearing, hearing_of
from workflows.analysis.where import conditions_of
from workflows.kit import sources
from workflows.kit.declaration import Declaration, declaration_of
from workflows.kit.release import name_build, release_of
from workflows.kit.steps import Misuse
from workflows.kit.workflow import MarketingWorkflow

_NO_WORKFLOWS = {"workflows.contracts", "workflows.events", "workflows.kit", "workflows.analysis"}


@dataclass(frozen=True)
class Installed:
    """For workers the workflow classes, `plain` ones apart, and the authors' own activities, `calls`; the modules that
    workflow files may import beside the toolkit, `shared`; the catalogue, for everybody."""

    classes: tuple[type[MarketingWorkflow], ...]
    plain: tuple[type, ...]
    calls: tuple[Callable[..., Any], ...]
    shared: frozenset[str]
    catalogue: Catalogue


def load(settings: Settings) -> Catalogue:
    """The catalogue of `CADENCIA_WORKFLOWS`, read from its source. Raises Misuse, TypeError or ImportError when a file
    is wrong."""
    return _read(settings).catalogue


def install(settings: Settings) -> Installed:
    """The same for workers, which walk every path too, so that a wrong one is found before it runs."""
    read = _read(settings)
    explored = [explore(cls) for cls in read.hearings]
    for found in explored:
        _check_starts(found.name, found.starts, read.catalogue)
    calls = {call for found in explored for call in found.calls}
    calls |= {call for hearing in read.hearings.values() for call in hearing.calls}
    calls |= {value for value in own(read.modules) if is_activity(value)}
    files = {cls.__module__ for cls in (*read.hearings, *read.plain)}
    return Installed(
        classes=tuple(read.hearings),
        plain=read.plain,
        calls=tuple(sorted(calls, key=lambda call: call.__qualname__)),
        shared=shared(settings.workflows, calls) - files,
        catalogue=read.catalogue,
    )


@dataclass(frozen=True)
class _Read:
    """What the source alone tells: of each workflow what it can hear."""

    modules: tuple[ModuleType, ...]
    hearings: Mapping[type[MarketingWorkflow], Hearing]
    plain: tuple[type, ...]
    catalogue: Catalogue


def _read(settings: Settings) -> _Read:
    name_build(settings.release)
    sources.pin(settings.workflows)
    modules = tuple(
        importlib.import_module(name) for package in settings.workflows for name in module_names(package)
    )
    classes = [value for value in own(modules) if isinstance(value, type)]
    hearings = {cls: hearing_of(cls) for cls in classes if declaration_of(cls)}
    others = tuple(cls for cls in classes if plain.is_plain(cls))
    catalogue = Catalogue(_distinct([
        *(_listed(cls, hearing) for cls, hearing in hearings.items()), *map(plain.listed, others)
    ]))  # fmt: skip
    for cls, hearing in hearings.items():
        _check_starts(cls.__name__, hearing.starts, catalogue)
    return _Read(modules, hearings, others, catalogue)


def _check_starts(name: str, starts: Collection[str], catalogue: Catalogue) -> None:
    for target in sorted(starts - catalogue.keys()):
        raise Misuse(f"{name} starts {target!r}, which is not installed; known: {', '.join(catalogue)}")


def shared(packages: Sequence[str], calls: Iterable[Callable[..., Any]]) -> frozenset[str]:
    """Modules of the authors' own that all runs share: those of activities, and the events of each package."""
    events = {name for package in packages if (name := f"{package}.events") in sys.modules}
    return frozenset({call.__module__ for call in calls} | events)


def _distinct(listed: list[Listed]) -> list[Listed]:
    """Raises Misuse when two have one name."""
    seen: set[str] = set()
    for one in listed:
        if one.slug in seen:
            raise Misuse(f"two workflows are called {one.slug!r}: give one class another name")
        seen.add(one.slug)
    return listed


def _listed(cls: type[MarketingWorkflow], hearing: Hearing) -> Listed:
    """What is known of one workflow. `events` are its goals and all that its waits look for."""
    declaration = declaration_of(cls)
    assert declaration is not None
    goals = frozenset(goal.name for goal in declaration.goals)
    return Listed(
        slug=declaration.slug,
        type_name=cls.__name__,
        kind=cls.subject_kind,
        stage=declaration.stage,
        owner=declaration.owner,
        summary=_summary(cls),
        objective=str(declaration.objective),
        release=release_of(cls),
        reentry=declaration.reentry,
        starts_on=_names(declaration),
        goals=goals,
        events=goals | hearing.events | {UNSUBSCRIBED},
        params=declaration.params,
        code=cls,
        guarded=hearing.guarded,
        conditions=conditions_of(declaration.params, hearing.wheres),
    )


def _names(declaration: Declaration) -> frozenset[str]:
    return frozenset(event.name for event in declaration.starts_on)


def _summary(cls: type) -> str:
    return (cls.__doc__ or "").strip().partition("\n")[0]


def own(modules: Iterable[ModuleType]) -> list[Any]:
    """What the modules define themselves, in order."""
    return [
        value
        for module in modules
        for value in vars(module).values()
        if getattr(value, "__module__", None) == module.__name__
    ]


def is_activity(value: object) -> bool:
    return inspect.isfunction(value) and activity._Definition.from_callable(value) is not None


def module_names(package: str) -> list[str]:
    """A package and the modules in it, all of which may hold workflows."""
    root = importlib.import_module(package)
    names = sorted(
        f"{package}.{module.name}" for module in pkgutil.iter_modules(getattr(root, "__path__", []))
    )
    return [package, *(name for name in names if name not in _NO_WORKFLOWS)]
