"""`demo`: the command."""

import asyncio
from typing import Annotated

import typer


def demo(
    workflow: Annotated[
        str, typer.Argument(help="Its slug or class name: welcome-series, WelcomeSeries.")
    ] = "welcome-series",
    contacts: Annotated[int, typer.Option(min=1, max=500, help="How many sample contacts.")] = 30,
    seed: Annotated[int, typer.Option(min=0, help="Decides who does what.")] = 1,
    opens: Annotated[float, typer.Option(min=0, max=1, help="Share of the mails that are opened.")] = 0.6,
    clicks: Annotated[float, typer.Option(min=0, max=1, help="Share of the mails that are clicked.")] = 0.3,
    buys: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the mails that bring an order, after a click.")
    ] = 0.1,
) -> None:
    """Sends sample contacts through a workflow in under a minute, and checks all that comes of it.

    The stack needs a fast clock: `CADENCIA_SPEED=43200 CADENCIA_HOME=var/demo cadencia up`.
    """
    from cli.demo.people import Habits
    from cli.demo.run import run  # slow to import
    from worker import settings

    raise typer.Exit(asyncio.run(run(settings.load(), workflow, contacts, Habits(seed, opens, clicks, buys))))
