"""Workflows are edited while people are inside and no worker of the old code is left."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.edited import INSERTED, LONGER, RENAMED, Package
from tests.cli.test_up import Up, contact, until

HELLO, AGAIN, GUIDE, OFFER = "hello", "hello-again", "guide", "offer"


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return Package(tmp_path / "team")


@pytest.fixture
def up(tmp_path: Path, package: Package) -> Iterator[Up]:
    up = Up(tmp_path / "var", package.folder, WORKFLOWS="workflows,acme", SPEED="3600")
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
    shown = up.told
    assert f"longer was edited: of the enrollments inside, {2 * count} go on" in shown
    assert f"inserted was edited: of the enrollments inside, {count} go on, {count} were moved" in shown
    assert f"renamed was edited: of the enrollments inside, {count} go on" in shown
    assert f"renamed: {count} parked at send_email:welcome/guide#1: cadencia enrollments show" in shown

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
    assert f"renamed was edited: of the enrollments inside, {count} were moved" in up.told
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
    until(lambda: "✗ acme/inserted.py:30: " in up.shown, 60)
    assert "has no attribute 'secnd'" in up.told
    assert "What ran before goes on." in up.shown
    assert up.running == before

    package.replace(INSERTED, "self.params.secnd", "self.params.second")
    package.edit()
    until(lambda: "inserted was edited: of the enrollments inside, 1 go on, 1 were moved" in up.told, 60)
    until(lambda: "The edited files run now." in up.shown)
    assert len(before.keys() & up.running.keys()) == 3, "the supervisor, Temporal and the mail catcher"
    until(lambda: "score:between#1" in [step["key"] for step in people.states(people.ahead)[0]["trail"]])
    assert people.sent(people.ahead + people.behind) == [[GUIDE, HELLO], [HELLO]]
    assert up.end() == 0, up.shown
