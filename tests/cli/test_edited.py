"""Workflows are edited while people are inside and no worker of the old code is left."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.edited import INSERTED, LONGER, RENAMED, Package
from tests.cli.test_up import Up, contact, until
from tests.ports import free_port

LONG = {"first": "P1800D", "second": "PT16H"}
HELLO, AGAIN, GUIDE, OFFER = "hello", "hello-again", "guide", "offer"


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return Package(tmp_path / "team")


@pytest.fixture
def up(tmp_path: Path, package: Package) -> Iterator[Up]:
    metrics = str(free_port())  # one worker after the other serves them
    settings = {"WORKFLOWS": "workflows,acme", "SPEED": "3600", "METRICS_PORT": metrics}
    up = Up(tmp_path / "var", package.folder, **settings)
    yield up
    up.kill()


class People:
    """Those inside one workflow: half of them wait for the first time, half for the second."""

    def __init__(self, up: Up, name: str, count: int, *, wait: str = "PT16H") -> None:
        self._up = up
        self.slug = name.lower()
        self.ahead = [self._enroll(f"ahead-{number}", "PT1M", wait) for number in range(count)]
        self.behind = [self._enroll(f"behind-{number}", wait, wait) for number in range(count)]

    def _enroll(self, who: str, first: str, second: str) -> tuple[str, str]:
        email = f"{who}@{self.slug}.example"
        order = {"contact": contact(email), "params": {"first": first, "second": second}}
        answer = self._up.api("POST", f"/v1/workflows/{self.slug}/enrollments", json=order)
        return answer["id"], email

    def states(self, of: list[tuple[str, str]]) -> list[Any]:
        return [self._up.api("GET", f"/v1/enrollments/{id}") for id, _ in of]

    def come_to(self, status: str, of: list[tuple[str, str]]) -> None:
        until(lambda: all(one["status"] == status for one in self.states(of)), 90)

    def sent(self, of: list[tuple[str, str]]) -> list[list[str]]:
        """The templates each has been sent, by its messages; something else where the catcher has other mails."""
        sent = []
        for (_, email), state in zip(of, self.states(of), strict=True):
            templates = [one["template"].removeprefix("welcome/") for one in state["messages"]]
            mails = len(self._up.mails(email))
            sent.append(sorted(templates) if mails == len(templates) else [f"{mails} mails", *templates])
        return sent


def told(up: Up, line: str) -> None:
    until(lambda: line in up.told, 120)


class Calling:
    """Calls the API again and again, each time anew, until the block is left; `wrong` is what it answered badly."""

    def __init__(self, up: Up) -> None:
        self._url = f"http://127.0.0.1:{up.ports['API_PORT']}/healthz"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._call)
        self.wrong: list[str] = []

    def __enter__(self) -> "Calling":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _call(self) -> None:
        while not self._stop.wait(0.01):
            try:
                httpx.get(self._url, timeout=10).raise_for_status()
            except httpx.HTTPError as error:
                self.wrong.append(repr(error))


def edited_while_inside(up: Up, package: Package, count: int) -> People:
    """Edits three workflows between two starts; gives those inside the one in which some were parked."""
    up.start()
    longer, inserted, renamed = (People(up, name, count) for name in (LONGER, INSERTED, RENAMED))
    everybody = (longer, inserted, renamed)
    until(lambda: all(one.sent(one.ahead) == [[GUIDE, HELLO]] * count for one in everybody), 60)
    assert all(one.sent(one.behind) == [[HELLO]] * count for one in everybody)
    assert up.end() == 0, up.shown

    package.edit()
    up.start()
    told(up, f"longer was edited: of the enrollments inside, {2 * count} go on")
    told(up, f"inserted was edited: of the enrollments inside, {count} go on, {count} were moved")
    told(up, f"renamed was edited: of the enrollments inside, {count} go on")
    told(up, f"renamed: {count} parked at send_email:welcome/guide#1: cadencia enrollments show")

    for one in (longer, inserted):
        one.come_to("ended", one.ahead + one.behind)
        assert one.sent(one.ahead + one.behind) == [[GUIDE, HELLO, OFFER]] * (2 * count)
    renamed.come_to("ended", renamed.behind)
    assert renamed.sent(renamed.behind) == [[HELLO, AGAIN, OFFER]] * count

    parked = renamed.states(renamed.ahead)
    assert all("send_email:welcome/guide#1 was done" in one["parked"] for one in parked)
    assert renamed.sent(renamed.ahead) == [[GUIDE, HELLO]] * count, "who is parked gets nothing"
    assert up.end() == 0
    return renamed


def edited_back(up: Up, package: Package, renamed: People, count: int) -> None:
    """Who was parked goes on when the code fits again."""
    package.replace(RENAMED, "welcome/hello-again", "welcome/guide")
    up.start()
    told(up, f"renamed was edited: of the enrollments inside, {count} were moved")
    renamed.come_to("ended", renamed.ahead)
    assert renamed.sent(renamed.ahead) == [[GUIDE, HELLO, OFFER]] * count
    assert up.end() == 0


@pytest.mark.timeout(240)
def test_workflows_edited_while_people_are_inside(up: Up, package: Package) -> None:
    edited_while_inside(up, package, 1)


@pytest.mark.timeout(240)
def test_a_save_is_run_at_once(up: Up, package: Package) -> None:
    up.start("--reload")
    before = up.running
    people = People(up, INSERTED, 1, wait="P30D")
    until(lambda: people.sent(people.ahead) == [[GUIDE, HELLO]])

    package.replace(INSERTED, "self.params.second", "self.params.secnd")
    until(lambda: "✗ acme/inserted.py:32: " in up.shown, 60)
    assert "has no attribute 'secnd'" in up.told
    assert "What ran before goes on." in up.shown
    assert up.running == before

    package.replace(INSERTED, "self.params.secnd", "self.params.second")
    package.edit()
    package.add("Added")
    with Calling(up) as calling:
        told(up, "inserted was edited: of the enrollments inside, 1 go on, 1 were moved")
        until(lambda: "The edited files run now." in up.shown)
    assert calling.wrong == []
    added = People(up, "Added", 1)
    until(lambda: added.sent(added.behind) == [[HELLO]])
    assert len(before.keys() & up.running.keys()) == 3, "the supervisor, Temporal and the mail catcher"
    until(lambda: "score:between#1" in [step["key"] for step in people.states(people.ahead)[0]["trail"]])
    assert people.sent(people.ahead + people.behind) == [[GUIDE, HELLO], [HELLO]]
    assert up.end() == 0, up.shown


@pytest.mark.timeout(240)
@pytest.mark.parametrize("inside", [10, pytest.param(100, marks=pytest.mark.long)])
def test_nobody_waits_for_the_move_of_many(up: Up, package: Package, inside: int) -> None:
    up.start("--reload")
    crowd = [{"contact": contact(f"{number}@crowd.example"), "params": LONG} for number in range(inside)]
    up.api("POST", "/v1/workflows/inserted/enrollments/batch", json={"enrollments": crowd})
    until(lambda: len(up.api("GET", "/v1/messages?status=sent&limit=500")["data"]) == inside, 120)
    (before,) = processes(up, "worker")
    hello = '        await self.send_email("welcome/hello", purpose="transactional")\n'
    package.replace(INSERTED, hello, f'{hello}        await self.score(1, "after it")\n')
    until(lambda: before not in processes(up, "worker"))
    gone = time.monotonic()
    until(lambda: (up.home / "logs" / "worker.log").read_text().count("worker ready") == 2)
    assert time.monotonic() - gone < 5 or inside < 100, "the promise is proven, not tested by the way"
    other = People(up, LONGER, 1)
    until(lambda: other.sent(other.behind) == [[HELLO]])
    told(up, f"inserted was edited: of the enrollments inside, {inside} were moved")
    assert up.end() == 0, up.shown


@pytest.mark.timeout(240)
def test_what_ran_before_goes_on_where_another_does_not_start(up: Up, package: Package) -> None:
    """As when memory ran out: the new process is killed while it starts."""
    up.start("--reload")
    before = up.running
    package.edit()
    until(lambda: len(processes(up, "api")) == 2)
    (new,) = processes(up, "api") - before.keys()
    os.kill(new, signal.SIGKILL)
    until(lambda: "✗ The API ended by itself (signal 9)" in up.shown)
    until(lambda: "What ran before goes on." in up.shown)
    assert up.running == before
    people = People(up, LONGER, 1)
    until(lambda: people.sent(people.behind) == [[HELLO]])
    assert up.end() == 0, up.shown


def processes(up: Up, part: str) -> set[int]:
    return {id for id, line in up.running.items() if f" {part} " in line}


@pytest.mark.timeout(240)
def test_who_stays_parked_is_told_as_parked(up: Up, package: Package) -> None:
    """Also where the code is again what it was when they parked."""
    parked = "renamed: 1 parked at send_email:welcome/guide#1"
    up.start("--reload")
    people = People(up, RENAMED, 1, wait="P30D")
    until(lambda: people.sent(people.ahead) == [[GUIDE, HELLO]])
    owners = 'owner="tests"', 'owner="others"'
    for old, new in (("welcome/guide", "welcome/hello-again"), owners, owners[::-1]):
        lines = up.told.count(parked) + 1
        package.replace(RENAMED, old, new)
        until(lambda number=lines: up.told.count(parked) == number, 90)  # type: ignore[misc]  # a default binds
    assert up.told.count("renamed was edited: of the enrollments inside, 1 go on") == 3, "the one behind"
    assert "2 go on" not in up.told
    assert people.sent(people.ahead) == [[GUIDE, HELLO]]
    assert up.end() == 0, up.shown
