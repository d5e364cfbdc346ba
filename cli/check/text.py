"""Findings for people, in a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from cli.check.formats import counted, shown, summary
from cli.output import console
from workflows.analysis.checks.finding import Finding, Severity

_STYLES: dict[Severity, str] = {"error": "bold red", "warning": "bold yellow", "hint": "dim"}
_WIDEST = 100
_HINTS = 5


def show(findings: Sequence[Finding], slugs: Sequence[str]) -> None:
    """By workflow: those in which nothing was found in one line, then the others, then hints, then the sum."""
    width = min(console.width, _WIDEST) if console.is_terminal else _WIDEST
    out = Console(file=console.file, highlight=False, width=width)
    grave = [one for one in findings if one.severity != "hint"]
    spoken_of = {one.workflow for one in grave}
    clean = [slug for slug in slugs if slug not in spoken_of]
    if clean:
        _print(out, Text.assemble(("✓ ", "green"), ", ".join(clean)), hanging=2)
    for slug in [*slugs, None]:
        if slug in spoken_of:
            _group(out, slug or "all together", [one for one in grave if one.workflow == slug])
    hints = sorted((one for one in findings if one.severity == "hint"), key=lambda one: (one.file, one.line))
    if hints:
        _hint(out, hints)
    out.print()
    out.print(Text(summary(findings, slugs)))


def _group(out: Console, name: str, findings: Sequence[Finding]) -> None:
    out.print()
    failed = any(one.severity == "error" for one in findings)
    mark = ("✗ ", "bold red") if failed else ("! ", "bold yellow")
    out.print(Text.assemble(mark, (name, "bold"), "  ", (counted(findings), "dim")), soft_wrap=True)
    for one in findings:
        out.print()
        head = Text.assemble(
            "  ", shown(one), "  ", (one.severity, _STYLES[one.severity]), "  ", (one.check, "bold")
        )
        out.print(head, soft_wrap=True)
        _print(out, _marked(f"{one.what}.", "", out), indent=4)
        _print(out, _marked(one.why, "dim", out), indent=4)
        _print(out, _marked(f"→ {one.remedy}", "", out), indent=4, hanging=2)


def _hint(out: Console, hints: Sequence[Finding]) -> None:
    """The first few: they are no faults."""
    out.print()
    for one in hints[:_HINTS]:
        _print(out, _marked(f"{shown(one)}  {one.what}", "dim", out), indent=2, hanging=2)
    if len(hints) > _HINTS:
        out.print(Text(f"  and {len(hints) - _HINTS} more hints: see --format json", style="dim"))


def _marked(text: str, style: str, out: Console) -> Text:
    """Code between backticks is told from words by colour, where there is one."""
    if out.no_color or not out.is_terminal:
        return Text(text)
    made = Text(style=style)
    for at, part in enumerate(text.split("`")):
        made.append(part, style="cyan" if at % 2 else "")
    return made


def _print(out: Console, text: Text, *, indent: int = 0, hanging: int = 0) -> None:
    """Wrapped, and nothing after the last letter of a line."""
    for at, line in enumerate(text.wrap(out, out.width - indent - hanging)):
        line.rstrip()
        out.print(Text(" " * (indent + (hanging if at else 0))) + line, soft_wrap=True)
