"""Which enrollment a command means: by its id, by the contact's address, or the latest."""

from typing import Annotated, Any

import typer

from cli.output import Failure

Target = Annotated[str | None, typer.Argument(help="The enrollment's id, or the contact's address.")]
Latest = Annotated[
    bool, typer.Option("--latest", help="The one that was started last; with an address, of this contact.")
]


def enrollment(target: str | None, latest: bool, *, ended: bool = False) -> str:
    """Its id. `ended`: one that has ended is taken where none runs. Raises `Failure` where it is not clear which."""
    if target is None and not latest:
        raise Failure("Name an enrollment: its id, the contact's address, or --latest")
    if target is not None and "@" not in target:
        if latest:
            raise Failure("--latest goes with an address or with nothing, not with an enrollment's id")
        return target
    query = {"contact_id": contact(target)["id"]} if target else {}
    found = _page({**query, "limit": 1 if latest else 500})
    if not found:
        raise Failure(f"{target} is in no workflow" if target else "There is no enrollment yet")
    return str(found[0]["id"] if latest else _only(str(target), found, ended)["id"])


def contact(name: str) -> Any:
    """The contact with this address, id, or id of the caller's own system. Raises `Failure` when there is none."""
    from cli.client import call  # slow to import

    if name.startswith("con_"):
        return call("GET", f"/v1/contacts/{name}")
    found = call("GET", "/v1/contacts", query={"email" if "@" in name else "external_id": name})["data"]
    if not found:
        raise Failure(f"No contact is known as {name}")
    return found[0]


def _only(address: str, found: list[dict[str, Any]], ended: bool) -> dict[str, Any]:
    inside = [row for row in found if row["status"] != "ended"]
    if not inside and ended:
        return found[0]
    if not inside:
        raise Failure(f"{address} is in no workflow now; the last one was {found[0]['id']}, which has ended")
    if len(inside) > 1:
        raise Failure(
            f"{address} is in {len(inside)} workflows: give one of these ids, or --latest",
            details=[f"{row['id']}  {row['status']}" for row in inside],
        )
    return inside[0]


def _page(query: dict[str, Any]) -> list[dict[str, Any]]:
    from cli.client import call  # slow to import

    found: list[dict[str, Any]] = call("GET", "/v1/enrollments", query=query)["data"]
    return found
