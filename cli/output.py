"""What commands print: results on standard output, a line for each thing that is wrong on standard error."""

import json
from collections.abc import Iterable
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

Json = Annotated[bool, typer.Option("--json", help="Print the API's answer as it is.")]

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


class Failure(Exception):
    """A command cannot go on: a line for each thing that is wrong, with its remedy, then `details`."""

    def __init__(self, *lines: str, details: Iterable[str] = ()) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
        self.details = tuple(details)


def complain(lines: Iterable[str], details: Iterable[str] = ()) -> None:
    for line in lines:
        errors.print(f"[bold red]✗[/] {escape(line)}", soft_wrap=True)
    for detail in details:
        errors.print(f"  [dim]│ {escape(detail)}[/]", soft_wrap=True)


def warn(line: str) -> None:
    errors.print(f"[yellow]![/] {escape(line)}", soft_wrap=True)


def say(line: str) -> None:
    """A line of text, taken as it is."""
    console.print(escape(line), soft_wrap=True)


def done(line: str) -> None:
    console.print(f"[green]✓[/] {escape(line)}", soft_wrap=True)


def table(*columns: str) -> Table:
    """A table without lines, its first column whole; `show` prints it."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(column, overflow="fold", no_wrap=not made.columns)
    return made


def show(rows: Table) -> None:
    """Prints a table as wide as it needs to be when nobody looks at it in a terminal."""
    if console.is_terminal:
        console.print(rows)
        return
    wide = Console(file=console.file, width=10_000, highlight=False)
    wide.print(rows, width=wide.measure(rows).maximum)


def print_fields(fields: dict[str, Any]) -> None:
    width = max(map(len, fields), default=0)
    for name, value in fields.items():
        console.print(f"  [dim]{words(name):<{width}}[/]  {escape(shown(name, value))}", soft_wrap=True)


def shown(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "at" or name.endswith(("_at", "_since")) or name in {"since", "due"}:
        return time(value)
    if isinstance(value, dict):
        return ", ".join(f"{key}={shown(key, one)}" for key, one in value.items() if one is not None)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def time(text: str | None) -> str:
    return text[:19].replace("T", " ") + "Z" if text else ""


def shortened(text: str, most: int = 80) -> str:
    return text if len(text) <= most else f"{text[:most]} …"


def words(code: str) -> str:
    return code.replace("_", " ")
