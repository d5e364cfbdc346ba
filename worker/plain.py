"""Plain Temporal workflows beside the marketing ones: they run, enroll and list too, without map and preview."""

import inspect

from pydantic import JsonValue, RootModel
from temporalio import workflow

from activities.catalogue import Listed, Reentry
from workflows.kit.declaration import declaration_of, slug_of
from workflows.kit.release import release_of
from workflows.kit.steps import Misuse

PLAIN = "plain"


class AnyParameters(RootModel[dict[str, JsonValue]]):
    """A plain workflow declares none: what it is given is its own affair."""


def is_plain(value: object) -> bool:
    """Whether this is a class with `@workflow.defn` that is no marketing workflow."""
    return isinstance(value, type) and declaration_of(value) is None and _name(value) is not None


def listed(cls: type) -> Listed:
    """What is known of it: it may be entered again whenever no run is open, and is told of no events.

    Raises Misuse when `run` does not take the enrollment, and nothing else.
    """
    name = str(_name(cls))
    _takes_an_enrollment(cls)
    summary = inspect.cleandoc(cls.__doc__ or "").partition("\n")[0]
    return Listed(
        slug=slug_of(name),
        type_name=name,
        kind="contact",
        stage=PLAIN,
        owner=PLAIN,
        summary=summary or "A plain Temporal workflow.",
        objective="none declared",
        release=release_of(cls),
        reentry=Reentry("always"),
        starts_on=frozenset(),
        goals=frozenset(),
        events=frozenset(),
        params=AnyParameters,
    )


def _name(cls: type) -> str | None:
    """None for a dynamic one too: it has no name to enroll under."""
    definition = workflow._Definition.from_class(cls)
    return definition.name if definition else None


def _takes_an_enrollment(cls: type) -> None:
    definition = workflow._Definition.must_from_class(cls)
    parameters = list(inspect.signature(definition.run_fn).parameters)
    if len(parameters) != 2:
        raise Misuse(
            f"{cls.__name__}: a plain workflow is started with one argument, the Enrollment of workflows.contracts: "
            f"write `async def {definition.run_fn.__name__}(self, enrollment: Enrollment)`"
        )
