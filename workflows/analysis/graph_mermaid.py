"""A graph as a Mermaid flowchart, which GitHub and many editors draw."""

from collections.abc import Iterable, Iterator

from workflows.analysis.graph import Graph, Kind, Node
from workflows.analysis.graph_text import edge_text, words

_SHAPES: dict[Kind, tuple[str, str]] = {
    "start": ("([", "])"),
    "effect": ("[", "]"),
    "wait": ("{{", "}}"),
    "question": ("{", "}"),
    "decision": ("{", "}"),
    "person": ("[/", "/]"),
    "together": ("[[", "]]"),
    "joined": ("[[", "]]"),
    "hand_over": (">", "]"),
    "outside": ("([", "])"),
    "end": ("([", "])"),
}
_COLOURS = {
    "message": "fill:#dbeafe,stroke:#2563eb,color:#172554",
    "effect": "fill:#f1f5f9,stroke:#64748b,color:#0f172a",
    "wait": "fill:#fef3c7,stroke:#d97706,color:#451a03",
    "decision": "fill:#ede9fe,stroke:#7c3aed,color:#2e1065",
    "person": "fill:#fce7f3,stroke:#db2777,color:#500724",
    "good": "fill:#dcfce7,stroke:#16a34a,color:#052e16",
    "named": "fill:#ffffff,stroke:#0f172a,color:#0f172a",
    "lost": "fill:#e2e8f0,stroke:#475569,color:#0f172a",
    "dead": "fill:#fee2e2,stroke:#dc2626,color:#450a0a,stroke-width:3px",
    "begin": "fill:#0f172a,stroke:#0f172a,color:#ffffff",
    "hand_over": "fill:#ccfbf1,stroke:#0d9488,color:#042f2e",
}
_WON = {"completed", "converted"}
_LOST = {"exited", "unsubscribed", "failed", "withdrawn", "expired", "terminated"}
_LIKE: dict[Kind, str] = {
    "start": "begin",
    "end": "named",
    "question": "decision",
    "together": "effect",
    "joined": "effect",
    "outside": "begin",
}


def mermaid(graph: Graph) -> str:
    """The whole map, helper methods as boxes of their own."""
    lines = ["flowchart TD"]
    lines += _grouped(graph.nodes, 0)
    for edge in graph.edges:
        text = edge_text(graph, edge)
        arrow = "-.->" if edge.again else "-->"
        lines.append(
            f"  {id_of(edge.source)} {arrow}{f'|{_quoted(text)}|' if text else ''} {id_of(edge.target)}"
        )
    met = {style(node) for node in graph.nodes}
    lines += [f"  %% Not reached: {place}" for place in graph.unreached]
    lines += [f"  classDef {name} {colours}" for name, colours in _COLOURS.items() if name in met]
    return "\n".join(lines) + "\n"


def style(node: Node) -> str:
    """What a node is coloured as."""
    if node.dead:
        return "dead"
    if node.kind == "end" and node.title in _WON | _LOST:
        return "good" if node.title in _WON else "lost"
    if node.method == "send_email":
        return "message"
    return "person" if node.method == "notify" else _LIKE.get(node.kind, node.kind)


def _grouped(nodes: Iterable[Node], depth: int) -> Iterator[str]:
    boxes: dict[str, list[Node]] = {}
    for node in nodes:
        if len(node.group) > depth:
            boxes.setdefault(node.group[depth], []).append(node)
        else:
            yield f"{'  ' * (depth + 1)}{_node(node)}"
    for name, inside in boxes.items():
        path = ".".join(inside[0].group[: depth + 1])
        yield f"{'  ' * (depth + 1)}subgraph {id_of(path)}[{_quoted(name.partition(':')[0].replace('_', ' '))}]"
        yield from _grouped(inside, depth + 1)
        yield f"{'  ' * (depth + 1)}end"


def _node(node: Node) -> str:
    opening, closing = _SHAPES[node.kind]
    title, lines = words(node)
    text = "<br/>".join([escaped(title), *map(escaped, lines)])
    return f'{id_of(node.id)}{opening}"{text}"{closing}:::{style(node)}'


def id_of(text: str) -> str:
    """Mermaid's ids know letters, digits and underscores; `end` is a word of its own."""
    return "_" + "".join(sign if sign.isalnum() else "_" for sign in text)


def _quoted(text: str) -> str:
    return f'"{escaped(text)}"'


def escaped(text: str) -> str:
    """Mermaid reads `#…;` as a character and the rest as HTML."""
    for sign, code in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(sign, code)
    return text
