"""`messages resolve`: what became of mails whose server took them and did not answer."""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli.output import Failure, done, say


def resolve(
    id: Annotated[str | None, typer.Argument(help="The message's id.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All that are unknown, instead of one.")] = False,
    sent: Annotated[bool, typer.Option("--sent", help="The server's log says that it went out.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="It did not go out.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Tells what became of a message that is unknown. It is not sent again."""
    if sent == failed:
        raise Failure("Say what became of it: --sent or --failed")
    if (id is None) != all_:
        raise Failure("Name one message, or give --all")
    status = "sent" if sent else "failed"
    ids = [id] if id else _unknown()
    if not ids:
        say("No message is unknown.")
        return
    if all_ and not yes and not typer.confirm(f"Are {len(ids)} messages to count as {status}?"):
        raise Failure("Nothing was done")
    for one in ids:
        _call("POST", f"/v1/messages/{quote(one, safe='')}/resolve", body={"status": status})
        done(f"{one}: {status}")


def _unknown() -> list[str]:
    ids: list[str] = []
    cursor = None
    while True:
        page = _call("GET", "/v1/messages", query={"status": "unknown", "limit": 500, "cursor": cursor})
        ids += (message["id"] for message in page["data"])
        cursor = page["next_cursor"]
        if not cursor:
            return ids


def _call(method: str, path: str, **options: Any) -> Any:
    from cli.client import call  # slow to import

    return call(method, path, **options)


VERBS: dict[str, Callable[..., None]] = {"resolve": resolve}
