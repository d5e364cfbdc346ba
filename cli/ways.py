"""The ways on from where an enrollment stands, read from the code of its workflow."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cli.when import moment
from workflows.analysis.graph import Edge, Graph, Node
from workflows.analysis.graph_build import OUTSIDE, graph_of
from workflows.analysis.graph_text import words
from workflows.analysis.words import listed

_SILENT = {"nothing came", "no answer"}
_UNSENT = re.compile(r"not (\w+\.)?sent")
_MOST = 3  # steps told of one way


def ways(answer: Mapping[str, Any]) -> list[str]:
    """A line for each; none where the workflow of that release is not installed here."""
    from worker import catalogue, settings

    try:
        listed_here = catalogue.load(settings.load()).find(answer["workflow"])
    except Exception:  # whatever an author's file may raise: what is shown otherwise stays right
        return []
    if listed_here is None or listed_here.code is None or listed_here.release != answer["release"]:
        return []
    graph = graph_of(listed_here.code)
    found = [line for step in answer["next"] for line in _from(graph, step)]
    return [*found, *_goals(graph)] if found else []


def _from(graph: Graph, step: Mapping[str, Any]) -> Iterator[str]:
    node = _node(graph, step["key"])
    if node is None:
        return
    edges = [edge for edge in map(_of_a_sent_mail, graph.after(node.id)) if edge]
    for edge in sorted(edges, key=lambda edge: bool(_SILENT & set(edge.ways))):
        yield f"{_when(node, edge, step['due'], alone=len(edges) == 1)}: {_then(graph, edge.target)}"


def _of_a_sent_mail(edge: Edge) -> Edge | None:
    """The edge as it is for a run that waits: the mail that it waits for was sent, or it would not wait."""
    if _SILENT & set(edge.ways) and any(_UNSENT.fullmatch(condition) for condition in edge.conditions):
        return None
    conditions = tuple(one for one in edge.conditions if not _UNSENT.fullmatch(f"not {one}"))
    return replace(edge, conditions=conditions)


def _node(graph: Graph, key: str) -> Node | None:
    """The call that a step key stands for; of a turn that the map did not walk, by its label."""
    key = re.sub(r"^r\d+/", "", key)
    by_key = (node for node in graph.nodes if key in node.keys)
    base = key.rpartition("#")[0]
    by_label = (node for node in graph.nodes if any(known.rpartition("#")[0] == base for known in node.keys))
    return next(by_key, None) or next(by_label, None)


def _when(node: Node, edge: Edge, due: str | None, *, alone: bool) -> str:
    """Under which condition this way is taken, or at what time."""
    at = f"on {moment(due)}" if due else "when it is due"
    if node.kind == "wait" and (node.method != "wait_for" or alone):
        told = at
    elif _SILENT & set(edge.ways):
        told = f"else {at}"
    else:
        told = f"if {listed(edge.ways, 'or')}" if edge.ways and not alone else "then"
    conditions = listed(edge.conditions, "and")
    return f"{told}, {conditions}" if conditions else told


def _then(graph: Graph, id: str) -> str:
    """What follows, as far as only one thing can."""
    told = [_step(graph.node(id))]
    edges = graph.after(id)
    while len(edges) == 1 and len(told) < _MOST and graph.node(id).kind == "effect":
        id = edges[0].target
        told.append(_step(graph.node(id)))
        edges = graph.after(id)
    return ", then ".join(told)


def _step(node: Node) -> str:
    title, lines = words(node)
    begun = title[:1].lower() + title[1:] if title[1:2].islower() else title
    return " ".join([begun, *([f"({', '.join(lines)})"] if lines else [])])


def _goals(graph: Graph) -> Iterator[str]:
    """What ends it, wherever it stands, with its goal met."""
    for edge in graph.edges:
        if edge.source == OUTSIDE and edge.target == "end:converted":
            yield f"at any time, if {listed(edge.ways, 'or')}: {_step(graph.node(edge.target))}"
