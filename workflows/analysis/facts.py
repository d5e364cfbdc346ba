"""What a workflow says of itself, in words: for maps and pages."""

from typing import Any, NamedTuple

from pydantic_core import PydanticUndefined

from workflows.analysis.graph import Graph
from workflows.analysis.words import listed
from workflows.kit.declaration import Declaration


class Fact(NamedTuple):
    name: str
    text: str


def facts(declaration: Declaration, graph: Graph) -> list[Fact]:
    """In the order in which people ask."""
    starts = listed([event.name for event in declaration.starts_on], "or") or "a call of the API"
    goals = listed([goal.name for goal in declaration.goals], "or") or "none"
    return [
        Fact("Stage", declaration.stage),
        Fact("Owner", declaration.owner),
        Fact("Objective", str(declaration.objective)),
        Fact("Starts on", starts),
        Fact("Goal", goals),
        Fact("Enters", str(declaration.reentry)),
        Fact("Length", length(graph)),
    ]


def length(graph: Graph) -> str:
    """Messages and days on the longest way through, as far as walks went."""
    more = " in one round" if graph.endless else ""
    messages = "1 message" if graph.messages == 1 else f"{graph.messages} messages"
    days = "1 day" if graph.days == 1 else f"{graph.days:g} days"
    beside = ", not counting waits for dates" if graph.dated else ""
    return f"at most {messages} and {days}{more}{beside}"


def defaults(declaration: Declaration) -> list[Fact]:
    """The parameters and their defaults, as the API writes them."""
    shown = []
    for name, field in declaration.params.model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        shown.append(Fact(name, "has to be given" if default is PydanticUndefined else _told(default)))
    return shown


def _told(value: Any) -> str:
    return f"{value.days} days" if hasattr(value, "total_seconds") and not value.seconds else str(value)
