"""What a workflow declares beside its code, and the decorator that makes it a Temporal workflow."""

import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, TypeVar, get_args, get_type_hints

from annotated_types import Ge, Gt, Interval, Le, Lt
from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic._internal._model_construction import ModelMetaclass  # pydantic has no public name for it
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema
from temporalio import workflow

from activities.catalogue import Reentry
from workflows.contracts import Enrollment, Outcome
from workflows.kit.events import EventType
from workflows.kit.faults import refused
from workflows.kit.release import release_of
from workflows.kit.run import Run
from workflows.kit.runtimes import Runtime
from workflows.kit.workflow import MarketingWorkflow

Stage = Literal["attract", "convert", "delight"]
W = TypeVar("W", bound=MarketingWorkflow)


_built: dict[str, Any] = {}


class _BuiltOnce(ModelMetaclass):
    """Each run imports its workflow's file anew, and takes the models that the worker's own import built: they cost
    kibibytes, and `self.params` is then of the very class that the file names."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any], **options: Any) -> Any:
        full = f"{body['__module__']}.{body['__qualname__']}"
        if full not in _built or not workflow.unsafe.in_sandbox():
            _built[full] = super().__new__(cls, name, bases, body, **options)
        return _built[full]


class Parameters(BaseModel, metaclass=_BuiltOnce):
    """A workflow's typed parameters: numbers, durations, dates, enums, ids. They enter the history.

    A duration is more than 0 and at most five years, unless its field has bounds of its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        for field in cls.model_fields.values():
            if _is_duration(field.annotation):
                field.metadata += [] if has_bound(field, Gt, Ge) else [Gt(timedelta(0))]
                field.metadata += [] if has_bound(field, Lt, Le) else [Le(LONGEST)]
        return handler(source)


LONGEST = timedelta(days=5 * 365)


def has_bound(field: FieldInfo, *kinds: type) -> bool:
    """Whether a parameter has a bound of one of these kinds (`Gt`, `Ge`, `Lt`, `Le`)."""
    return any(isinstance(one, (*kinds, Interval)) for one in field.metadata)


def _is_duration(annotation: Any) -> bool:
    return annotation is timedelta or set(get_args(annotation)) == {timedelta, type(None)}


@dataclass(frozen=True)
class Objective:
    """A measurable aim: bring `metric` from `baseline` to `target`, each contact within a time, until a date."""

    metric: str
    baseline: float
    target: float
    within: timedelta
    by: date
    supports: str

    def __str__(self) -> str:
        aim = f"{self.metric} from {self.baseline:.0%} to {self.target:.0%} within {self.within.days} days"
        return f"{aim}, by {self.by:%Y-%m-%d}, for {self.supports}"


@dataclass(frozen=True)
class Declaration:
    """All that a workflow says of itself."""

    slug: str
    stage: Stage
    owner: str
    objective: Objective
    reentry: Reentry
    starts_on: tuple[EventType, ...]
    goals: tuple[EventType, ...]
    params: type[Parameters]


def once() -> Reentry:
    """A subject enters once, ever."""
    return Reentry("once")


def always() -> Reentry:
    """A subject may enter again whenever no run of it is open."""
    return Reentry("always")


def after(wait: timedelta) -> Reentry:
    """A subject may enter again a time after its last entry began."""
    return Reentry("after", wait)


def marketing_workflow(
    *,
    stage: Stage,
    owner: str,
    objective: Objective,
    reentry: Reentry,
    starts_on: EventType | None = None,
    goals: list[EventType] | None = None,
) -> Callable[[type[W]], type[W]]:
    """Makes a class a Temporal workflow of its own name; its slug is the name in kebab case.

    Raises TypeError at import when the class or a declaration is not what it must be.
    """

    def decorate(cls: type[W]) -> type[W]:
        if not issubclass(cls, MarketingWorkflow):
            raise TypeError(
                f"{cls.__name__} must extend ContactWorkflow (or another base class of workflows.kit)"
            )
        if not (cls.__doc__ or "").strip():
            raise TypeError(
                f"{cls.__name__} needs a docstring: operators read it in lists and in Temporal UI"
            )
        if stage not in get_args(Stage):
            raise TypeError(
                f"{cls.__name__}: stage must be one of {', '.join(get_args(Stage))}, not {stage!r}"
            )
        wrong = [
            one for one in [starts_on, *(goals or [])] if one is not None and not isinstance(one, EventType)
        ]
        if wrong:
            raise TypeError(
                f"{cls.__name__}: {wrong[0]!r} is no event; give the event itself, as workflows/events.py declares it"
            )
        declaration = _declared.get(_name(cls)) if workflow.unsafe.in_sandbox() else None
        if declaration is None:
            declaration = _declared[_name(cls)] = Declaration(
                slug=slug_of(cls.__name__),
                stage=stage,
                owner=owner,
                objective=objective,
                reentry=reentry,
                starts_on=(starts_on,) if starts_on else (),
                goals=tuple(goals or ()),
                params=_params(cls),
            )
        cls.__cadencia__ = declaration  # type: ignore[attr-defined]  # read back by `declaration_of`
        _give_temporal_its_methods(cls, declaration)
        return workflow.defn(name=cls.__name__)(cls)

    return decorate


_declared: dict[str, Declaration] = {}
"""Each run imports its workflow's file anew: it takes what the worker's own import declared, and builds no model."""


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def declaration_of(cls: type) -> Declaration | None:
    """What a class declares, or None when it is no marketing workflow. A subclass does not inherit it."""
    found: Declaration | None = vars(cls).get("__cadencia__")
    return found


def path_on(cls: type[W], enrollment: Enrollment, runtime: Runtime) -> W:
    """An instance whose path runs on any runtime. Raises ValidationError when the code refuses the parameters."""
    instance = cls.__new__(cls)
    _equip(instance, cls, enrollment, runtime)
    return instance


def path_of(cls: type[W], enrollment: Enrollment) -> Callable[[Runtime], Coroutine[Any, Any, None]]:
    """The path of an enrollment, for any runtime. Called, it raises Parking when the code refuses the parameters."""

    def path(runtime: Runtime) -> Coroutine[Any, Any, None]:
        try:
            return path_on(cls, enrollment, runtime).path()
        except ValidationError as error:
            raise refused(error) from None

    return path


def slug_of(name: str) -> str:
    """`WelcomeSeries` → `welcome-series`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def _params(cls: type) -> type[Parameters]:
    hint = get_type_hints(cls).get("params", Parameters)
    if not (isinstance(hint, type) and issubclass(hint, Parameters)):
        raise TypeError(f"{cls.__name__}.params must be annotated with a subclass of Parameters")
    return hint


def _equip(instance: Any, cls: type, enrollment: Enrollment, runtime: Runtime) -> None:
    declaration = declaration_of(cls)
    assert declaration is not None
    instance.enrollment = enrollment
    instance._runtime = runtime
    instance.params = declaration.params.model_validate(enrollment.params)


def _give_temporal_its_methods(cls: type[W], declaration: Declaration) -> None:
    """`self` stays without annotation: annotated, the SDK drops the type hints and the input arrives as a dict."""
    goals = frozenset(goal.name for goal in declaration.goals)

    @workflow.init
    def __init__(self, enrollment: Enrollment) -> None:  # type: ignore[no-untyped-def]  # see above
        path = path_of(cls, enrollment)
        self._run = Run(enrollment, self, goals=goals, release=release_of(cls), path_on=path)
        try:
            _equip(self, cls, enrollment, self._run.runtime)
        except ValidationError as error:
            self._run.refused = refused(error)

    async def run(self, enrollment: Enrollment) -> Outcome:  # type: ignore[no-untyped-def]  # see above
        outcome: Outcome = await self._run.run()
        return outcome

    for method in (__init__, run):
        method.__module__ = cls.__module__
        method.__qualname__ = f"{cls.__name__}.{method.__name__}"
    cls.__init__ = __init__  # type: ignore[method-assign, assignment]  # one for each class
    cls.run = workflow.run(run)  # type: ignore[method-assign]  # one for each class
