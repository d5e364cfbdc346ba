"""What the nodes and edges of a graph say to people."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from workflows.analysis.code_words import text_in_words
from workflows.analysis.graph import Edge, Graph, Node
from workflows.analysis.words import awaited, conditions, duration, listed

_SHOWN = 3
"""Labels of one call; of more, the first one and how many there are."""


class Words(NamedTuple):
    title: str
    lines: tuple[str, ...] = ()


def words(node: Node) -> Words:
    """A title of a few words, and lines that say more."""
    say = _SAID.get(node.method)
    title, lines = say(node) if say else (node.method.replace("_", " ").capitalize(), _labels(node))
    return Words(title, (*lines, node.dead) if node.dead else lines)


def edge_text(graph: Graph, edge: Edge) -> str:
    """Why the path goes this way; nothing where it always does."""
    beside = graph.after(edge.source)
    if len(beside) == 1:
        return "next round" if "next round" in edge.ways else ""
    same = all(set(other.ways) == set(edge.ways) for other in beside)
    ways = [] if same and edge.conditions else [listed(edge.ways, "or")]
    return " · ".join(part for part in (*ways, listed(edge.conditions, "and")) if part)


def as_json(graph: Graph) -> dict[str, Any]:
    """Plain values, in a stable order, with the words that pictures show; what is empty is left out."""
    plain = asdict(graph)
    for node, told in zip(graph.nodes, plain["nodes"], strict=True):
        title, lines = words(node)
        told |= {"title": title, "lines": lines}
    for edge, told in zip(graph.edges, plain["edges"], strict=True):
        told["text"] = edge_text(graph, edge)
    for part in ("nodes", "edges"):
        plain[part] = [
            {name: value for name, value in one.items() if value not in ((), "", False)}
            for one in plain[part]
        ]
    return plain


def durations(node: Node) -> str:
    """All that a wait may take, each at most: `7 or 14 days`."""
    told = [duration(one) for one in node.durations]
    units = {one.partition(" ")[2] for one in told}
    if len(told) > 1 and len(units) == 1:
        told = [*(one.partition(" ")[0] for one in told[:-1]), told[-1]]
    return listed(told, "or")


def _labels(node: Node, cut: str = "") -> tuple[str, ...]:
    labels = [label.removeprefix(cut) for label in node.labels if label]
    if len(labels) <= _SHOWN:
        return tuple(labels)
    return (f"one of {len(labels)}, such as {labels[0]}",)


def _titled(title: str) -> Callable[[Node], Words]:
    return lambda node: Words(title, _labels(node))


def _email(node: Node) -> Words:
    return Words("Email", _mails(node))


def _mails(node: Node, cut: str = "") -> tuple[str, ...]:
    """The templates, each with its subject."""
    labels = _labels(node, cut)
    subjects = [f"“{subject}”" if subject else "" for subject in node.subjects[: len(labels)]]
    return tuple(line for both in zip(labels, subjects, strict=True) for line in both if line)


def _score(node: Node) -> Words:
    return Words(f"Score {listed(node.details, 'or')}".replace("-", "−"), _labels(node))


def _notify(node: Node) -> Words:
    return Words(f"Tell {node.who}", _mails(node, f"{node.who}/"))


def _ask(node: Node) -> Words:
    answers = (listed(node.details[0].split(" / "), "or"), *node.details[1:]) if node.details else ()
    within = (f"within {duration(max(node.durations))}",) if node.durations else ()
    return Words(
        f"{'Ask' if node.method == 'ask' else 'Task for'} {node.who}", (*_labels(node), *answers, *within)
    )


def _sleep(node: Node) -> Words:
    return Words(f"Wait {durations(node)}", _labels(node))


def _sleep_until(node: Node) -> Words:
    until = listed(node.details, "or") or ("for a date" if not node.durations else f"up to {durations(node)}")
    return Words(f"Wait {until}", _labels(node))


def _wait_for(node: Node) -> Words:
    title = f"Wait up to {durations(node)}" if node.durations else "Look back"
    if len(node.labels) <= _SHOWN:
        return Words(title, (f"for {listed([*map(awaited, node.labels)], 'or')}",))
    return Words(title, (f"for one of {len(node.labels)}, such as {awaited(node.labels[0])}",))


def _compare(node: Node) -> Words:
    """Of a `match` only the case is known."""
    return _question([
        f"is it {text_in_words(label)}" if label[:1] in "\"'" and label[1:-1].isidentifier() else text_in_words(label)
        for label in node.labels
    ])  # fmt: skip


def _question(asked: Sequence[str]) -> Words:
    text = listed(asked, "or")
    return Words(f"{text[:1].upper()}{text[1:]}?")


def _start(node: Node) -> Words:
    return Words("Start", (f"on {listed(node.events, 'or')}",) if node.events else ("on request",))


_SAID: dict[str, Callable[[Node], Words]] = {
    "send_email": _email,
    "notify": _notify,
    "score": _score,
    "update_crm": _titled("CRM stage"),
    "update_contact": _titled("Update contact"),
    "withdraw_consent": _titled("End consent"),
    "publish": _titled("Publish"),
    "call": _titled("Call"),
    "compensate_with": _titled("To undo it later"),
    "undo": _titled("Undo"),
    "ask": _ask,
    "create_task": _ask,
    "sleep": _sleep,
    "sleep_until": _sleep_until,
    "wait_for": _wait_for,
    "matches": lambda node: _question([*map(conditions, node.labels)]),
    "split": lambda node: Words(f"Split {node.title}", node.details),
    "control_group": lambda node: Words(f"Control group {listed(node.details, 'or')}", _labels(node)),
    "compare": _compare,
    "start": lambda node: _start(node) if node.kind == "start" else Words("Start workflow", _labels(node)),
    "outside": lambda _: Words("In any wait"),
    "together": lambda _: Words("Side by side"),
    "joined": lambda _: Words("All done"),
    "hand_over": lambda node: Words("Hand over to", node.labels),
    "end": lambda node: Words(node.title.capitalize()),
}
