"""What checks look at: one workflow, or all that are installed together."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pydantic import BaseModel

from activities.catalogue import Reentry
from workflows.analysis.checks.code import Code
from workflows.analysis.checks.finding import Spot
from workflows.analysis.checks.named import named
from workflows.analysis.exploration import Exploration, Site, Taken, Walk
from workflows.analysis.explore_sites import shown
from workflows.analysis.hearing import Hearing, read
from workflows.kit.declaration import Declaration
from workflows.kit.workflow import MarketingWorkflow


@dataclass(frozen=True)
class Neighbour:
    """An installed workflow, as others see it: where it hands over to, and whether it also ends by itself."""

    reentry: Reentry
    params: type[BaseModel]
    hands_over_to: frozenset[str]
    ends: bool


@dataclass(frozen=True)
class Unreadable:
    """A file of workflows that cannot be imported, and why."""

    spot: Spot
    why: str


@dataclass(frozen=True)
class Facts:
    """What is known beside the workflows. `templates` has the file of each template in each language, `parts` all
    files that a template is made of.

    `shared` are the modules that the sandbox shares with runs; `sent` the templates that the product sends by itself,
    `workflows` all that are installed, by slug. `unset`: pages of the website that no setting names, by the setting,
    with the templates that lead to them and where.
    """

    templates: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sent: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    unreadable: tuple[Unreadable, ...] = ()
    workflows: Mapping[str, Neighbour] = field(default_factory=dict)
    unset: Mapping[str, Mapping[str, Spot]] = field(default_factory=dict)

    @property
    def languages(self) -> frozenset[str]:
        """Those that any template exists in; `es-MX` only changes some of `es`."""
        return frozenset(one for locales in self.templates.values() for one in locales if "-" not in one)


@dataclass(frozen=True)
class Refusal:
    """Why a path cannot be walked. `spot` is None where it is about no line."""

    what: str
    spot: Spot | None


@dataclass(frozen=True)
class Subject:
    """One workflow. `walked` is None when its path was not walked, and `refusal` says why it could not be."""

    cls: type[MarketingWorkflow]
    declaration: Declaration
    codes: tuple[Code, ...]
    walked: Exploration | None
    refusal: Refusal | None
    facts: Facts

    @property
    def slug(self) -> str:
        return self.declaration.slug

    @property
    def spot(self) -> Spot:
        """The line of its class."""
        return self.codes[0].spot(self.codes[0].node)

    @property
    def functions(self) -> tuple[Code, ...]:
        return tuple(code for code in self.codes if code.is_function)

    @cached_property
    def hearing(self) -> Hearing:
        return read(self.cls)

    @property
    def walks(self) -> list[Walk]:
        return self.walked.walks if self.walked else []

    @cached_property
    def steps(self) -> tuple[Taken, ...]:
        """Of all walks, the same call many times; without walks those that the source tells."""
        if self.walked is None:
            return tuple(named(self.cls, self.declaration.params, self.functions))
        return tuple(step for walk in self.walks for step in walk.steps if step.key)

    def at(self, site: Site) -> Spot:
        """The author's line of a step, or the class where none leads there."""
        return self.named(site.places[-1].file, site.places[-1].line) if site.places else self.spot

    def named(self, file: str, line: int) -> Spot:
        """A line of a file under the short name that walks give it."""
        return Spot(self._files[file], line) if file in self._files else self.spot

    def calls(self, code: Code) -> "Iterator[tuple[ast.Call, str]]":
        """Calls of the workflow's own and the toolkit's methods, with the method's name."""
        for node in code.nodes:
            name = called(code, node)
            if name is not None and isinstance(node, ast.Call):
                yield node, name

    def is_asynchronous(self, method: str) -> bool:
        return inspect.iscoroutinefunction(inspect.getattr_static(self.cls, method, None))

    def is_toolkit(self, method: str) -> bool:
        found = inspect.getattr_static(self.cls, method, None)
        return getattr(found, "__module__", "").startswith("workflows.kit.")

    @cached_property
    def _files(self) -> dict[str, str]:
        return {shown(code.file.path): code.file.path for code in self.codes}


@dataclass(frozen=True)
class Installation:
    """All workflows together."""

    subjects: tuple[Subject, ...]
    facts: Facts


def called(code: Code, node: ast.AST) -> str | None:
    """The method of the workflow that a node calls."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if name in code.me:
            return method
    return None
