"""What the demo shows: how it goes on while it runs, then a table of what came of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cli.demo import figures
from cli.demo.figures import Figures, Row
from cli.demo.journeys import Journey
from cli.demo.series import Series
from cli.output import console, say, table
from store import clock

_DAY = timedelta(days=1)


@asynccontextmanager
async def progress(series: Series, title: str, lasts: timedelta) -> AsyncIterator[None]:
    """Shows the series while the block runs: live in a terminal, else a line for each of its days."""
    console.print(Text(title, style="bold"))
    if console.is_terminal:
        with Live(
            console=console,
            refresh_per_second=8,
            transient=True,
            get_renderable=lambda: _picture(series, lasts),
        ):
            yield
        return
    lines = asyncio.create_task(_lines(series))
    try:
        yield
    finally:
        lines.cancel()


async def _lines(series: Series) -> None:
    shown = 0
    while True:
        await asyncio.sleep(0.2)
        day = int(_day(series))
        if day > shown:
            shown = day
            say(f"day {day:<3} {_counts(series).plain}")


def _day(series: Series) -> float:
    return (clock.now() - series.began) / _DAY


def _picture(series: Series, lasts: timedelta) -> RenderableType:
    bar = ProgressBar(
        completed=_done(series, lasts) * 100, width=52, complete_style="cyan", finished_style="green"
    )
    head = Table.grid(padding=(0, 2))
    head.add_row(bar, Text(f"day {_day(series):.0f}", style="bold cyan"))
    return Group(head, Text(), _table(figures.so_far(series.journeys)), Text(), _counts(series))


def _done(series: Series, lasts: timedelta) -> float:
    """How much of all journeys is over, by their time."""
    now, over = clock.now(), 0.0
    for journey in series.journeys:
        if journey.outcome:
            over += 1
        elif journey.enrolled_at:
            over += min((now - journey.enrolled_at) / (lasts * 1.2), 0.95)
    return over / len(series.journeys)


def _counts(series: Series) -> Text:
    mails = [mail for journey in series.journeys for mail in journey.mails.values()]
    numbers = {
        "enrolled": sum(journey.enrolled_at is not None for journey in series.journeys),
        "mails": len(mails),
        "opened": sum(mail.opened for mail in mails),
        "clicked": sum(mail.clicked for mail in mails),
        "orders": sum(mail.ordered_at is not None for mail in mails),
        **figures.outcomes(series.journeys),
    }
    parts = [Text.assemble((str(number), "bold"), (f" {name}", "dim")) for name, number in numbers.items()]
    return Text("  ").join(parts)


def results(journeys: list[Journey]) -> Table:
    """What the stack recorded; where the seed must give another number, that one too."""
    return _table(figures.recorded(journeys), figures.expected(journeys))


def endings(journeys: list[Journey]) -> Text:
    found = figures.outcomes(journeys).most_common()
    return Text.assemble(
        ("Outcomes  ", "bold"), "  ".join(f"{number} {outcome}" for outcome, number in found)
    )


def _table(came: Figures, must: Figures | None = None) -> Table:
    made = table("Template", *(name.capitalize() for name in Row._fields))
    for column in made.columns[1:]:
        column.justify = "right"
    for template, row in came.items():
        wanted = must[template] if must else row
        made.add_row(template, *(_cell(*pair) for pair in zip(row, wanted, strict=True)))
    return made


def _cell(number: int, must: int) -> Text:
    if number != must:
        return Text(f"{number}, not {must}", style="bold red")
    return Text(str(number)) if number else Text("·", style="dim")
