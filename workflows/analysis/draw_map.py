"""The map of one workflow as pictures: the whole, and above a size the helper methods apart."""

from collections.abc import Iterable
from dataclasses import replace

from workflows.analysis.draw_picture import Box, Frame, Line, Picture, Shape
from workflows.analysis.graph import Edge, Graph, Kind, Node
from workflows.analysis.graph_mermaid import style
from workflows.analysis.graph_text import edge_text, words

FOLDED_FROM = 60
"""Nodes; a larger map shows each helper method as one box, and draws it apart."""

_SHAPES: dict[Kind, Shape] = {
    "start": "pill",
    "effect": "box",
    "wait": "hexagon",
    "question": "diamond",
    "decision": "diamond",
    "person": "person",
    "together": "bar",
    "joined": "bar",
    "hand_over": "arrow",
    "outside": "pill",
    "end": "pill",
}


def pictures(graph: Graph) -> tuple[Picture, dict[str, Picture]]:
    """The map, and by name the helper methods that are folded in it."""
    if len(graph.nodes) <= FOLDED_FROM:
        return _picture(graph.name, graph, frames=_frames(graph.nodes, 0)), {}
    names = {node.group[0] for node in graph.nodes if node.group}
    return _picture(graph.name, _folded(graph)), {
        name: _picture(f"{graph.name}: {shown(name)}", _only(graph, name)) for name in sorted(names)
    }


def shown(group: str) -> str:
    """`greet:48` is the method `greet`."""
    return group.partition(":")[0].replace("_", " ")


def _picture(title: str, graph: Graph, frames: tuple[Frame, ...] = ()) -> Picture:
    lines = [Line(edge.source, edge.target, edge_text(graph, edge), edge.again) for edge in graph.edges]
    return Picture(title, tuple(map(_box, graph.nodes)), tuple(lines), frames)


def _box(node: Node) -> Box:
    if node.method == "folded":
        return Box(node.id, "card", "helper", node.title, node.details, link=f"#{node.id}")
    title, lines = words(node)
    shape: Shape = "octagon" if node.dead else "person" if node.method == "notify" else _SHAPES[node.kind]
    chip = node.who if node.kind == "wait" and node.who != "system" else ""
    return Box(
        node.id,
        shape,
        style(node),
        title,
        lines,
        chip,
        note=" · ".join(filter(None, (node.place, *node.keys[:6]))),
    )


def _frames(nodes: Iterable[Node], depth: int) -> tuple[Frame, ...]:
    groups: dict[str, list[Node]] = {}
    for node in nodes:
        if len(node.group) > depth:
            groups.setdefault(node.group[depth], []).append(node)
    return tuple(
        Frame(shown(name), tuple(node.id for node in inside), _frames(inside, depth + 1))
        for name, inside in groups.items()
    )


def _folded(graph: Graph) -> Graph:
    """Each outermost helper method as one node, with the edges into it and out of it."""
    where = {node.id: f"in:{node.group[0]}" if node.group else node.id for node in graph.nodes}
    nodes: dict[str, Node] = {}
    for node in graph.nodes:
        name = where[node.id]
        inside = sum(one == name for one in where.values())
        folded = Node(name, "effect", "folded", (shown(name[3:]),), details=(f"{inside} steps",))
        nodes.setdefault(name, folded if node.group else node)
    edges: dict[tuple[str, str], Edge] = {}
    for edge in graph.edges:
        ends = (where[edge.source], where[edge.target])
        if ends[0] != ends[1]:
            edges.setdefault(ends, replace(edge, source=ends[0], target=ends[1]))
    return replace(graph, nodes=tuple(nodes.values()), edges=tuple(edges.values()))


def _only(graph: Graph, group: str) -> Graph:
    """A helper method by itself, with what leads into it and out of it as plain ends."""
    inside = [node for node in graph.nodes if node.group[:1] == (group,)]
    ids = {node.id for node in inside}
    edges = [edge for edge in graph.edges if {edge.source, edge.target} & ids]
    around = {end for edge in edges for end in (edge.source, edge.target)} - ids
    return replace(graph, nodes=(*inside, *(graph.node(id) for id in sorted(around))), edges=tuple(edges))
