"""The demo from its plan to its exit code."""

import time

from cli.demo import figures, screen, stack
from cli.demo.people import Habits
from cli.demo.plan import Plan, plan, start_here
from cli.demo.series import Series
from cli.demo.verdict import Difference, differences
from cli.output import complain, console, done, say, show, warn
from worker.settings import Settings

AS_EXPECTED, DIFFERENT, TOO_SLOW = 0, 1, 3


async def run(settings: Settings, workflow: str, contacts: int, habits: Habits) -> int:
    """The exit code: 3 when the machine was too slow to tell. Raises `Failure` when it cannot run."""
    planned = plan(settings, workflow, contacts, habits)
    began = time.monotonic()
    async with stack.opened(settings, start_here(settings, planned.speed)) as running:
        series = Series(running, planned.workflow, planned.samples, planned.expecting)
        async with screen.progress(series, planned.title, planned.lasts):
            await series.run(planned.within.total_seconds())
    return _report(settings, planned, series, time.monotonic() - began)


def _report(settings: Settings, planned: Plan, series: Series, took: float) -> int:
    console.print()
    show(screen.results(series.journeys))
    console.print()
    console.print(screen.endings(series.journeys))
    found = differences(series.journeys, planned.speed)
    code = _verdict(planned, series, found, took)
    say(f"The mails: http://{settings.host}:{settings.catcher_port}")
    say(f"The runs:  http://127.0.0.1:{settings.temporal_ui_port}")
    return code


def _verdict(planned: Plan, series: Series, found: list[Difference], took: float) -> int:
    wrong = [one for one in found if not one.late]
    late = [one for one in found if one.late]
    complain(map(str, wrong))
    for one in late:
        warn(f"late: {one}")
    if wrong:
        complain([f"{len(wrong)} of {len(series.journeys)} contacts came out otherwise than the seed says"])
        return DIFFERENT
    if late:
        complain(["The machine was too slow to tell: close other programs, or take fewer --contacts"])
        return TOO_SLOW
    mails = sum(row.sent for row in figures.recorded(series.journeys).values())
    days = planned.lasts.days
    done(f"{len(series.journeys)} contacts, {mails} mails, {days} days in {took:.0f} s: all as the seed says")
    return AS_EXPECTED
