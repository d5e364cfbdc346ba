"""Writes docs/workflows, a page for each workflow, from the code: `python -m tools.workflow_pages [--check]`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from activities.mail_subjects import subjects_in
from workflows.analysis import facts, flywheel
from workflows.analysis.graph import Graph, Node
from workflows.analysis.graph_build import graph_of
from workflows.analysis.graph_mermaid import mermaid
from workflows.analysis.graph_text import edge_text, words
from workflows.analysis.maps import about, turn
from workflows.analysis.words import duration, listed
from workflows.kit.declaration import declaration_of
from workflows.kit.workflow import MarketingWorkflow

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "workflows"
_GENERATED = "Generated from the code by `python -m tools.workflow_pages`."
_SKIPPED = {"start", "outside", "together", "joined", "end", "hand_over"}


def main(check: bool) -> int:
    """Writes what has changed; with `check`, only says what would have. 1 when something is stale then."""
    wanted = pages()
    stale = [name for name, text in wanted.items() if _read(PAGES / name) != text]
    gone = [path for path in PAGES.glob("*.md") if path.name not in wanted]
    for name in stale:
        sys.stdout.write(
            f"{name} {'is stale: run `python -m tools.workflow_pages`' if check else 'written'}\n"
        )
        if not check:
            PAGES.mkdir(exist_ok=True)
            (PAGES / name).write_text(wanted[name], encoding="utf-8")
    for path in gone:
        sys.stdout.write(f"{path.name} {'belongs to no workflow' if check else 'removed'}\n")
        if not check:
            path.unlink()
    return int(check and bool(stale or gone))


def pages() -> dict[str, str]:
    """The text of every page, by file name."""
    classes = _classes()
    return {"README.md": _index(classes)} | {f"{_slug(cls)}.md": page(cls) for cls in classes}


def _classes() -> list[type[MarketingWorkflow]]:
    from worker import catalogue
    from worker.settings import Settings

    settings = Settings(workflows=("workflows",))
    return sorted(catalogue.install(settings).classes, key=lambda cls: cls.__name__)


def _slug(cls: type[MarketingWorkflow]) -> str:
    declaration = declaration_of(cls)
    assert declaration is not None, cls
    return declaration.slug


def _index(classes: list[type[MarketingWorkflow]]) -> str:
    turns = [turn(cls) for cls in classes]
    rows = [
        f"| [{one.name}]({one.slug}.md) | {one.stage} | {one.owner} | {one.objective} |"
        for one in sorted(turns, key=lambda one: (flywheel.STAGES.index(one.stage), one.name))
    ]
    return "\n".join([
        "# Workflows", "", _GENERATED, "", f"```mermaid\n{flywheel.as_mermaid(turns)}```", "",
        "| Workflow | Stage | Owner | Objective |", "| --- | --- | --- | --- |", *rows, "",
    ])  # fmt: skip


def page(cls: type[MarketingWorkflow]) -> str:
    """All about one workflow, as Markdown."""
    declaration = declaration_of(cls)
    graph = graph_of(cls, subjects=subjects_in([ROOT / "templates"]))
    assert declaration is not None, cls
    lines = [f"# {cls.__name__}", "", _GENERATED, "", about(cls), "", "| | |", "| --- | --- |"]
    lines += [f"| {name} | {_cell(text)} |" for name, text in facts.facts(declaration, graph)]
    lines += ["", "## Map", "", f"```mermaid\n{mermaid(graph)}```", ""]
    lines += [
        "## Steps",
        "",
        "| Step | What | Who | Takes | Then | Code |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [_step(graph, node) for node in graph.nodes if node.kind not in _SKIPPED]
    lines += ["", "## Outcomes", "", "| Outcome | Reached by |", "| --- | --- |", *_outcomes(graph), ""]
    parameters = facts.defaults(declaration)
    if parameters:
        lines += ["## Parameters", "", "| Parameter | Default |", "| --- | --- |"]
        lines += [f"| `{name}` | {_cell(text)} |" for name, text in parameters]
        lines += [""]
    if graph.unreached:
        lines += ["## Not reached", "", *(f"- `{one}`" for one in graph.unreached), ""]
    return "\n".join(lines)


def _step(graph: Graph, node: Node) -> str:
    title, lines = words(node)
    takes = listed([f"up to {duration(one)}" for one in node.durations], "or")
    then = "; ".join(_then(graph, node))
    title = title if node.section == "path" else f"At its end: {title}"
    cells = (title, " ".join(lines), node.who, takes, then, node.place)
    return f"| {' | '.join(map(_cell, cells))} |"


def _then(graph: Graph, node: Node) -> Iterator[str]:
    for edge in graph.after(node.id):
        why = edge_text(graph, edge)
        target = graph.node(edge.target)
        yield f"{why}: {_name(target)}" if why else _name(target)


def _name(node: Node) -> str:
    title, lines = words(node)
    return " ".join([title, *lines[:1]]) if node.kind != "joined" else "all branches done"


def _outcomes(graph: Graph) -> Iterator[str]:
    for node in graph.nodes:
        if node.kind in ("end", "hand_over"):
            into = [edge for edge in graph.edges if edge.target == node.id]
            ways = [
                ": ".join(filter(None, (_name(graph.node(one.source)), edge_text(graph, one))))
                for one in into
            ]
            title = "completed" if node.kind == "hand_over" else node.title
            by = "; ".join(ways) + (f" (goes on in {node.title})" if node.kind == "hand_over" else "")
            yield f"| {_cell(title)} | {_cell(by)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
