"""Finds the workflows of the configured packages, and tells what is known of each."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from activities.catalogue import Catalogue, Listed
from worker.settings import Settings
from workflows.analysis.explore import explore
from workflows.events import ContactUnsubscribed
from workflows.kit.declaration import Declaration, declaration_of
from workflows.kit.release import name_build, release_of
from workflows.kit.steps import Misuse
from workflows.kit.workflow import MarketingWorkflow

_NO_WORKFLOWS = {"workflows.contracts", "workflows.events", "workflows.kit", "workflows.analysis"}


@dataclass(frozen=True)
class Installed:
    """The workflow classes and the activities that their paths `call`, for workers; the catalogue, for everybody."""

    classes: tuple[type[MarketingWorkflow], ...]
    calls: tuple[Callable[..., Any], ...]
    catalogue: Catalogue


def load(settings: Settings) -> Catalogue:
    """The catalogue of `CADENCIA_WORKFLOWS`. Raises Misuse, TypeError or ImportError when a file is wrong."""
    return install(settings).catalogue


def install(settings: Settings) -> Installed:
    """Imports every workflow file and walks every path, so that a wrong one is found before it runs."""
    name_build(settings.release)
    classes = [cls for package in settings.workflows for cls in _classes(package)]
    explored = {cls: explore(cls) for cls in classes}
    catalogue = Catalogue([_listed(cls, explored[cls].events) for cls in classes])
    for cls in classes:
        for target in explored[cls].starts - set(catalogue):
            raise Misuse(
                f"{cls.__name__} starts {target!r}, which is not installed; known: {', '.join(catalogue)}"
            )
    calls = {call for found in explored.values() for call in found.calls}
    return Installed(tuple(classes), tuple(sorted(calls, key=lambda call: call.__qualname__)), catalogue)


def _listed(cls: type[MarketingWorkflow], awaited: set[str]) -> Listed:
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
        events=goals | awaited | {ContactUnsubscribed.name},
        params=declaration.params,
    )


def _names(declaration: Declaration) -> frozenset[str]:
    return frozenset(event.name for event in declaration.starts_on)


def _summary(cls: type) -> str:
    return (cls.__doc__ or "").strip().partition("\n")[0]


def _classes(package: str) -> list[type[MarketingWorkflow]]:
    found = []
    for module in _modules(package):
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__ and declaration_of(value):
                found.append(value)
    return found


def _modules(package: str) -> list[ModuleType]:
    root = importlib.import_module(package)
    names = sorted(
        f"{package}.{module.name}" for module in pkgutil.iter_modules(getattr(root, "__path__", []))
    )
    files = [name for name in names if name not in _NO_WORKFLOWS]
    return [root, *(importlib.import_module(name) for name in files)]
