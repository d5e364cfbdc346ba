"""`workflows`: what is installed."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.markup import escape

from cli.check.command import check
from cli.maps import map_
from cli.new.command import new
from cli.output import console, say

if TYPE_CHECKING:
    from activities.catalogue import Listed


def list_() -> None:
    """Lists the installed workflows."""
    from cli.installed import import_all
    from worker import catalogue, settings

    configured = settings.load()
    import_all(configured)
    found = catalogue.load(configured)
    for one in found.values():
        _show(one)
    if not found:
        say("No workflows: CADENCIA_WORKFLOWS names the packages they are looked for in.")


def _show(one: "Listed") -> None:
    facts = [one.stage, one.owner, f"enters {one.reentry}"]
    facts += [f"starts on {', '.join(sorted(one.starts_on))}"] if one.starts_on else []
    facts += [f"goal {', '.join(sorted(one.goals))}"] if one.goals else []
    console.print(f"[bold]{escape(one.slug)}[/]  [dim]{escape(' · '.join(facts))}[/]", soft_wrap=True)
    say(f"  {one.summary}")


VERBS: dict[str, Callable[..., None]] = {"list": list_, "map": map_, "check": check, "new": new}
