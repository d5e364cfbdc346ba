"""All workflows together: by stage of the flywheel, with what starts them and where they hand over to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.analysis.draw_picture import Box, Frame, Line, Picture
from workflows.analysis.graph import Graph
from workflows.analysis.graph_mermaid import escaped, id_of
from workflows.analysis.words import listed

STAGES = ("attract", "convert", "delight")
FROM_OUTSIDE = {"exited", "unsubscribed", "failed"}
"""Outcomes that every workflow has."""


@dataclass(frozen=True)
class Turn:
    """One workflow of the flywheel. `starts` are those that it starts while it goes on."""

    slug: str
    name: str
    stage: str
    owner: str
    objective: str
    starts_on: tuple[str, ...]
    goals: tuple[str, ...]
    outcomes: tuple[str, ...]
    hand_overs: tuple[str, ...]
    starts: tuple[str, ...]


def flywheel(turns: Iterable[Turn]) -> Picture:
    """The flywheel as a picture. A hand-over to a workflow that is not there is a dead end."""
    known = {turn.slug: turn for turn in turns}
    missing = sorted(
        {to for turn in known.values() for to in (*turn.hand_overs, *turn.starts)} - known.keys()
    )
    return Picture(
        title="Flywheel",
        boxes=(
            *map(_box, known.values()),
            *(Box(slug, "octagon", "dead", slug, ("is not installed",)) for slug in missing),
        ),
        lines=tuple(_lines(known)),
        frames=tuple(Frame(stage, slugs) for stage, slugs in _stages(known) if slugs),
        ordered=True,
    )


def _stages(known: Mapping[str, Turn]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for stage in STAGES:
        yield stage, tuple(turn.slug for turn in known.values() if turn.stage == stage)


def _box(turn: Turn) -> Box:
    lines = (
        turn.objective,
        f"starts on {listed(turn.starts_on, 'or')}" if turn.starts_on else "starts on request",
        f"ends {listed([one for one in turn.outcomes if one not in FROM_OUTSIDE], 'or')}",
        turn.owner,
    )
    return Box(turn.slug, "card", turn.stage, turn.name, lines, note=turn.slug)


def _lines(known: Mapping[str, Turn]) -> Iterator[Line]:
    """Hand-overs, and starts while the workflow itself goes on; back to an earlier stage they close the wheel."""
    for turn in known.values():
        for to in dict.fromkeys((*turn.hand_overs, *turn.starts)):
            back = to in known and STAGES.index(known[to].stage) < STAGES.index(turn.stage)
            yield Line(turn.slug, to, "hands over" if to in turn.hand_overs else "starts", dashed=back)


def as_mermaid(turns: Iterable[Turn]) -> str:
    """The flywheel as a Mermaid flowchart."""
    known = {turn.slug: turn for turn in turns}
    lines = ["flowchart LR"]
    for stage, slugs in _stages(known):
        boxes = [f'    {id_of(slug)}["{"<br/>".join(map(escaped, _words(known[slug])))}"]' for slug in slugs]
        lines += [f'  subgraph {id_of(stage)}["{stage}"]', *boxes, "  end"] if boxes else []
    lines += [f'  {id_of(line.source)} -->|"{line.text}"| {id_of(line.target)}' for line in _lines(known)]
    return "\n".join(lines) + "\n"


def _words(turn: Turn) -> tuple[str, ...]:
    box = _box(turn)
    return (box.title, *box.lines)


def as_json(turns: Iterable[Turn]) -> dict[str, Any]:
    return {"workflows": [vars(turn) for turn in turns]}


def turn_of(graph: Graph, **declared: Any) -> Turn:
    """What the graph of a workflow adds to its declaration."""
    starts = {
        label
        for node in graph.nodes
        if node.method == "start"
        for label in node.labels
        if node.kind == "effect"
    }
    return Turn(
        slug=graph.slug,
        name=graph.name,
        outcomes=graph.outcomes,
        hand_overs=graph.hand_overs,
        starts=tuple(sorted(starts)),
        **declared,
    )
