"""Maps as files: a page or a picture of one workflow, or of all together. Needs Graphviz, which pygraphviz brings."""

from collections.abc import Iterable, Mapping

from workflows.analysis import facts
from workflows.analysis.draw_map import pictures
from workflows.analysis.draw_page import page
from workflows.analysis.draw_svg import svg
from workflows.analysis.flywheel import Turn, flywheel, turn_of
from workflows.analysis.graph_build import graph_of
from workflows.kit.declaration import Declaration, declaration_of
from workflows.kit.workflow import MarketingWorkflow

_ABOUT = "Attract, convert, delight: what starts each workflow, and where it hands over."


def map_svg(cls: type[MarketingWorkflow], subjects: Mapping[str, str] | None = None) -> str:
    graph = graph_of(cls, subjects=subjects)
    declaration = _declared(cls)
    picture, _ = pictures(graph)
    return svg(
        picture,
        notes=(
            about(cls),
            f"{declaration.objective}",
            f"{declaration.owner} · {facts.length(graph)}",
            *(f"Not reached: {place}" for place in graph.unreached),
        ),
    )


def map_page(cls: type[MarketingWorkflow], subjects: Mapping[str, str] | None = None) -> str:
    graph = graph_of(cls, subjects=subjects)
    picture, folded = pictures(graph)
    return page(
        picture, folded, about=about(cls), facts=facts.facts(_declared(cls), graph), unreached=graph.unreached
    )


def flywheel_svg(turns: Iterable[Turn]) -> str:
    return svg(flywheel(turns), notes=(_ABOUT,))


def flywheel_page(turns: Iterable[Turn]) -> str:
    return page(flywheel(turns), {}, about=_ABOUT)


def turn(cls: type[MarketingWorkflow]) -> Turn:
    """What the flywheel shows of a workflow."""
    declaration = _declared(cls)
    return turn_of(
        graph_of(cls),
        stage=declaration.stage,
        owner=declaration.owner,
        objective=str(declaration.objective).partition(", by ")[0],
        starts_on=tuple(event.name for event in declaration.starts_on),
        goals=tuple(goal.name for goal in declaration.goals),
    )


def about(cls: type) -> str:
    """The first line of a class's docstring."""
    return (cls.__doc__ or "").strip().partition("\n")[0]


def _declared(cls: type) -> Declaration:
    declaration = declaration_of(cls)
    assert declaration is not None, cls
    return declaration
