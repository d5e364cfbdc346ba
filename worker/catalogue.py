"""Finds the workflows of the configured packages, and tells what is known of each."""

import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

from temporalio import activity

from activities.catalogue import Catalogue, Conditions, Listed
from activities.conditions import EventCondition
from worker import plain
from worker.settings import Settings
from workflows.analysis.explore import Exploration, explore
from workflows.events import ContactUnsubscribed
from workflows.kit import sources
from workflows.kit.declaration import Declaration, Parameters, declaration_of
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
    """The catalogue of `CADENCIA_WORKFLOWS`. Raises Misuse, TypeError or ImportError when a file is wrong."""
    return install(settings).catalogue


def install(settings: Settings) -> Installed:
    """Imports every workflow file and walks every path, so that a wrong one is found before it runs."""
    name_build(settings.release)
    sources.pin(settings.workflows)
    modules = [
        importlib.import_module(name) for package in settings.workflows for name in module_names(package)
    ]
    classes = [value for value in own(modules) if isinstance(value, type) and declaration_of(value)]
    others = [value for value in own(modules) if isinstance(value, type) and plain.is_plain(value)]
    explored = {cls: explore(cls) for cls in classes}
    catalogue = Catalogue(_distinct([
        *(_listed(cls, explored[cls]) for cls in classes), *map(plain.listed, others)
    ]))  # fmt: skip
    for cls in classes:
        for target in explored[cls].starts - set(catalogue):
            raise Misuse(
                f"{cls.__name__} starts {target!r}, which is not installed; known: {', '.join(catalogue)}"
            )
    calls = {call for found in explored.values() for call in found.calls}
    calls |= {value for value in own(modules) if is_activity(value)}
    files = {cls.__module__ for cls in (*classes, *others)}
    return Installed(
        classes=tuple(classes),
        plain=tuple(others),
        calls=tuple(sorted(calls, key=lambda call: call.__qualname__)),
        shared=shared(settings.workflows, calls) - files,
        catalogue=catalogue,
    )


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


def _listed(cls: type[MarketingWorkflow], found: Exploration) -> Listed:
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
        events=goals | found.events | {ContactUnsubscribed.name},
        params=declaration.params,
        code=cls,
        conditions=_conditions(cls, declaration.params(), found),
    )


def _conditions(cls: type[MarketingWorkflow], defaults: Parameters, found: Exploration) -> Conditions:
    """Those that a run's parameters lead to. It was explored under the defaults already, and a path without conditions
    need not be explored again."""
    if not found.conditions:
        return lambda _params: ()

    @lru_cache(maxsize=256)
    def under(params: str) -> frozenset[EventCondition]:
        return frozenset(explore(cls, json.loads(params)).conditions)

    usual = defaults.model_dump(mode="json")
    return lambda params: found.conditions if params == usual else under(json.dumps(params, sort_keys=True))


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
