"""Keeps a data folder of a release, once for each: `python -m tests.takeover.make CHECKOUT`.

CHECKOUT is a working copy of that release with its own `.venv`. Commit the file that this writes; the old ones stay.
"""

import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tests.cli.test_up import Up, contact, until
from tests.takeover.people import PARKED, Act, Person, people

HERE = Path(__file__).parent
PACKAGE, RECORDS = "team/acme", "people.json"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
_BEFORE, _AFTER = "welcome/hello", "welcome/guide"
"""The mail of the workflow `edited`, before and after its edit."""


@dataclass(frozen=True)
class Left:
    """One enrollment as the release left it. `due`: by step key, when its wait ends."""

    name: str
    email: str
    id: str
    status: str
    due: dict[str, str | None]
    templates: list[str]


def make(checkout: Path) -> Path:
    """The file that was written."""
    with TemporaryDirectory(prefix="cadencia-takeover-") as name:
        folder = Path(name)
        shutil.copytree(HERE / "acme", folder / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
        up = Up(
            folder / "var", folder / "team", str(checkout / ".venv/bin/python"), WORKFLOWS="workflows,acme"
        )
        try:
            left = _lived(up, folder / PACKAGE / "edited.py")
        finally:
            up.kill()
        (folder / RECORDS).write_text(json.dumps([asdict(one) for one in left], indent=1))
        commit = subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], cwd=checkout, text=True)
        return _packed(folder, HERE / f"{commit.strip()}.tar.xz")


def _lived(up: Up, edited: Path) -> list[Left]:
    after = edited.read_text()
    edited.write_text(after.replace(_AFTER, _BEFORE))
    up.start()
    everybody = [(person, _enroll(up, person)) for person in people()]
    for person, id in everybody:
        for at, act in person.acts:
            _stands(up, id, {at})
            _do(up, person, id, act)
    for person, id in everybody:
        _stands(up, id, person.at)
    assert up.end() == 0, up.shown
    edited.write_text(after)
    up.start()
    until(lambda: all(_state(up, id)["live"] for _, id in everybody))
    left = [_left(up, person, id) for person, id in everybody]
    assert up.end() == 0, up.shown
    assert [one.name for one in left if one.status == "parked"] == [PARKED]
    return left


def _enroll(up: Up, person: Person) -> str:
    attributes = {"renewal": "2034-03-31"}
    order = {"contact": {**contact(person.email), "attributes": attributes}, "params": person.params}
    id: str = up.api("POST", f"/v1/workflows/{person.workflow}/enrollments", json=order)["id"]
    return id


def _state(up: Up, id: str) -> Any:
    return up.api("GET", f"/v1/enrollments/{id}")


def _stands(up: Up, id: str, at: set[str] | frozenset[str]) -> None:
    """Waits until the enrollment stands at one of these steps."""
    until(lambda: any(step["key"] in at for step in _state(up, id)["next"]))


def _do(up: Up, person: Person, id: str, act: Act) -> None:
    match act:
        case "click":
            _click(up, person)
        case "pause":
            up.api("POST", f"/v1/enrollments/{id}/pause")
        case "order" | "small order":
            order = {"amount": "80" if act == "order" else "20", "currency": "EUR"}
            event = {"name": "order.completed", "contact": {"email": person.email}, "properties": order}
            up.api("POST", "/v1/events", json=event)


def _click(up: Up, person: Person) -> None:
    """Follows the newest mail's first link, as a person does."""
    newest = up.mails(person.email)[0]
    catcher = f"http://127.0.0.1:{up.ports['CATCHER_PORT']}"
    links = httpx.get(f"{catcher}/api/messages/{newest['id']}").json()["links"]
    link = next(url for url in links if "/c/" in url)
    assert httpx.get(link, headers={"User-Agent": BROWSER}).is_redirect


def _left(up: Up, person: Person, id: str) -> Left:
    state = _state(up, id)
    return Left(
        name=person.name,
        email=person.email,
        id=id,
        status=state["status"],
        due={step["key"]: step["due"] for step in state["next"]},
        templates=sorted(message["template"] for message in state["messages"]),
    )


def _packed(folder: Path, file: Path) -> Path:
    """Without logs, and the databases without what they no longer need."""
    shutil.rmtree(folder / "var" / "logs")
    for database in _databases(folder / "var"):
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("VACUUM")
    with tarfile.open(file, "w:xz", preset=9) as packed:
        for name in ("var", PACKAGE, RECORDS):
            packed.add(folder / name, name, filter=_plain)
    return file


def _databases(home: Path) -> Iterator[Path]:
    yield from home.rglob("*.db")


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Without whose it was."""
    if "__pycache__" in member.name or member.name.endswith(("-wal", "-shm", ".lock")):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


if __name__ == "__main__":
    written = make(Path(sys.argv[1]).resolve())
    print(f"{written}: {written.stat().st_size // 1024} KiB")  # noqa: T201  # it is a command
