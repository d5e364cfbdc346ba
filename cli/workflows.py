"""`workflows`: what is installed."""

from collections.abc import Callable

from cli.output import say, show, table


def list_() -> None:
    """Lists the installed workflows."""
    from worker import catalogue, settings

    rows = table("Workflow", "Stage", "Owner", "Enters", "Starts on", "Goal", "What it does")
    found = catalogue.load(settings.load())
    for one in found.values():
        starts, goals = ", ".join(sorted(one.starts_on)), ", ".join(sorted(one.goals))
        rows.add_row(one.slug, one.stage, one.owner, str(one.reentry), starts, goals, one.summary)
    if found:
        show(rows)
    else:
        say("No workflows: CADENCIA_WORKFLOWS names the packages they are looked for in.")


VERBS: dict[str, Callable[..., None]] = {"list": list_}
