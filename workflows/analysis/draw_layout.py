"""Gives everything in a picture its place, by Graphviz, which pygraphviz brings along."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from workflows.analysis.draw_picture import Box, Frame, Line, Picture, width

Point = tuple[float, float]

_INCH = 72.0


@dataclass(frozen=True)
class Placed:
    """`boxes` by id, as centre; `lines` as Bézier curves that end before an arrow's `tip`; `y` grows downwards."""

    width: float
    height: float
    boxes: dict[str, Point]
    lines: list[tuple[Line, list[Point], Point, Point | None]]
    frames: list[tuple[str, float, float, float, float]]


def place(picture: Picture) -> Placed:
    """Sizes are ours, fonts play no part: the same picture has the same layout everywhere."""
    import pygraphviz  # heavy, and only for pictures

    graph = pygraphviz.AGraph(
        directed=True,
        strict=False,
        rankdir="TB",
        ranksep="0.5",
        nodesep="0.35",
        splines="true",
        margin="0",
    )
    for box in picture.boxes:
        _add(graph, box)
    for number, line in enumerate(picture.lines):
        options = {"label": _spacer(*line.size)} if line.text else {}
        ends = (line.source, line.target)
        if line.dashed:
            # Laid out the other way round, so that what a loop leads back to stays above what leads there.
            options["dir"] = "back"
            ends = (line.target, line.source)
        graph.add_edge(*ends, key=str(number), id=str(number), **options)
    _frame(graph, picture.frames, "cluster")
    if picture.ordered:
        _in_order(graph, picture.frames)
    return _read(json.loads(graph.draw(format="json0", prog="dot")), picture)


def _add(graph: Any, box: Box) -> None:
    wide, height = box.size
    shape = "diamond" if box.shape == "diamond" else "box"
    graph.add_node(
        box.id,
        shape=shape,
        label="",
        fixedsize="true",
        width=wide / _INCH,
        height=height / _INCH,
    )


def _in_order(graph: Any, frames: tuple[Frame, ...]) -> None:
    """One frame after the other: unseen points between them hold them apart."""
    for number, (frame, following) in enumerate(pairwise(frames)):
        hub = f"hub_{number}"
        graph.add_node(hub, shape="point", label="", style="invis", width=0.01, height=0.01)
        for box in frame.boxes:
            graph.add_edge(box, hub, style="invis")
        for box in following.boxes:
            graph.add_edge(hub, box, style="invis")


def _spacer(wide: float, high: float) -> str:
    """Room for words. Without words no font is asked for, and a layout is the same on every machine."""
    return f'<<TABLE BORDER="0" FIXEDSIZE="TRUE" WIDTH="{wide:.0f}" HEIGHT="{high:.0f}"><TR><TD></TD></TR></TABLE>>'


def _frame(graph: Any, frames: tuple[Frame, ...], prefix: str) -> None:
    for number, frame in enumerate(frames):
        name = f"{prefix}_{number}"
        room = _spacer(width(frame.name, 12.0) + 16, 14)
        inner = graph.add_subgraph(list(frame.boxes), name=name, label=room, margin="14", labeljust="l")
        _frame(inner, frame.frames, name)


def _read(drawn: dict[str, Any], picture: Picture) -> Placed:
    _, _, wide, height = (float(one) for one in drawn["bb"].split(","))
    objects = drawn.get("objects", [])
    names = dict(_named(picture.frames, "cluster"))
    boxes = {one["name"]: _point(one["pos"], height) for one in objects if "pos" in one and "bb" not in one}
    frames = [(names[one["name"]], *_corners(one["bb"], height)) for one in objects if one["name"] in names]
    lines = []
    for one in drawn.get("edges", []):
        if "id" not in one:
            continue
        line = picture.lines[int(one["id"])]
        tip, points = _curve(one["pos"], height)
        lines.append((line, points, tip, _point(one["lp"], height) if "lp" in one else None))
    return Placed(wide, height, boxes, lines, frames)


def _named(frames: tuple[Frame, ...], prefix: str) -> Iterator[tuple[str, str]]:
    for number, frame in enumerate(frames):
        yield f"{prefix}_{number}", frame.name
        yield from _named(frame.frames, f"{prefix}_{number}")


def _point(text: str, height: float) -> Point:
    x, y = text.split(",")[:2]
    return float(x), height - float(y)


def _corners(text: str, height: float) -> tuple[float, float, float, float]:
    left, bottom, right, top = (float(one) for one in text.split(","))
    return left, height - top, right - left, top - bottom


def _curve(text: str, height: float) -> tuple[Point, list[Point]]:
    """Graphviz writes `e,x,y` for an arrow's tip at the end, `s,x,y` for one at the start, then the curve's points."""
    parts = text.split()
    points = [_point(part, height) for part in parts if part[1] != ","]
    for part in parts:
        if part.startswith("e,"):
            return _point(part[2:], height), points
        if part.startswith("s,"):
            return _point(part[2:], height), points[::-1]
    return points[-1], points
