"""Everybody whom an earlier release left waiting goes on on the code of today, as if nothing had been replaced."""

import asyncio
import json
import shutil
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.testing import TimeSkipper

from tests.cli.test_up import Up, until
from tests.takeover.make import HERE, RECORDS, Left
from tests.takeover.people import PARKED, PAUSED

ROUNDS, LONG = 12, timedelta(days=3000)
"""More waits than anybody still has, each longer than it is."""


@dataclass
class Taken:
    """A data folder of an earlier release, and the code of today that runs on it."""

    up: Up
    left: dict[str, Left]

    @property
    def waiting(self) -> list[Left]:
        return [one for name, one in self.left.items() if name not in (PARKED, PAUSED)]

    def state(self, one: Left) -> Any:
        return self.up.api("GET", f"/v1/enrollments/{one.id}")

    def listed(self, one: Left) -> str:
        """The status in the list, which the database alone tells."""
        workflow = one.id.partition(":")[0]
        page = self.up.api("GET", "/v1/enrollments", params={"workflow": workflow, "limit": 500})
        status: str = next(row["status"] for row in page["data"] if row["id"] == one.id)
        return status

    def pass_time(self, everybody: list[Left]) -> None:
        """Until they have ended."""
        asyncio.run(self._skip(everybody))

    async def _skip(self, everybody: list[Left]) -> None:
        client = await Client.connect(f"127.0.0.1:{self.up.ports['TEMPORAL_PORT']}")
        await asyncio.gather(*(self._skip_for(TimeSkipper(client), one) for one in everybody))

    async def _skip_for(self, skipper: TimeSkipper, one: Left) -> None:
        handle = skipper.client.get_workflow_handle(one.id)
        for _ in range(ROUNDS):
            if self.state(one)["status"] == "ended":
                return
            await skipper.fast_forward(handle, LONG)


def releases() -> list[Path]:
    return sorted(HERE.glob("*.tar.xz"))


@pytest.fixture(scope="module", params=releases(), ids=lambda file: file.name.partition(".")[0])
def taken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    folder = tmp_path_factory.mktemp("taken")
    with tarfile.open(request.param) as packed:
        packed.extractall(folder, filter="data")
    left = [Left(**one) for one in json.loads((folder / RECORDS).read_text())]
    temporal = _that_can_skip_time(folder / "temporal")
    up = Up(folder / "var", folder / "team", WORKFLOWS="workflows,acme", TEMPORAL_CLI=str(temporal))
    try:
        up.start()
        yield Taken(up, {one.name: one for one in left})
        assert up.end() == 0, up.shown
    finally:
        up.kill()


def _that_can_skip_time(file: Path) -> Path:
    tool = shutil.which("temporal", path=str(Path(sys.executable).parent)) or shutil.which("temporal")
    skips = "--dynamic-config-value frontend.WorkflowTimeSkippingEnabled=true"
    file.write_text(f"""#!/bin/sh
exec {tool} "$@" {skips} --dynamic-config-value 'history.timerProcessorMaxTimeShift="10ms"'
""")
    file.chmod(0o700)
    return file


def test_nobody_is_parked_who_was_not_and_no_wait_is_longer(taken: Taken) -> None:
    assert len(taken.waiting) == 30
    for one in taken.waiting:
        state = taken.state(one)
        assert state["live"] or state["status"] == "ended"
        assert state["status"] in ("running", "ended"), (one, state)
        for step in state["next"]:
            due = one.due.get(step["key"])
            assert due is None or step["due"] <= due, (one, step)


def test_a_wait_that_is_not_due_ends_when_it_would_have(taken: Taken) -> None:
    now = datetime.now(UTC).isoformat()
    for one in taken.waiting:
        later = {key: due for key, due in one.due.items() if due is not None and due > now}
        if later:
            assert later.items() <= {step["key"]: step["due"] for step in taken.state(one)["next"]}.items()


def test_who_was_paused_is_paused_and_goes_on_when_resumed(taken: Taken) -> None:
    paused = taken.left[PAUSED]
    assert (taken.state(paused)["status"], taken.listed(paused)) == ("paused", "paused")
    taken.up.api("POST", f"/v1/enrollments/{paused.id}/resume")
    until(lambda: taken.listed(paused) == "running")
    taken.pass_time([paused])
    assert taken.listed(paused) == "ended"


def test_who_was_parked_is_listed_as_parked_and_can_leave(taken: Taken) -> None:
    parked = taken.left[PARKED]
    state = taken.state(parked)
    assert state["status"] == "parked"
    assert state["parked"].startswith("send_email:welcome/hello#1 was done")
    until(lambda: taken.listed(parked) == "parked")
    taken.up.api("POST", f"/v1/enrollments/{parked.id}/exit")
    until(lambda: taken.state(parked)["outcome"] == "exited")


def test_everybody_reaches_the_end_and_nothing_is_mailed_twice(taken: Taken) -> None:
    taken.pass_time(taken.waiting)
    for one in taken.waiting:
        state = taken.state(one)
        assert state["status"] == "ended", (one, state)
        assert state["outcome"] not in ("failed", "terminated", "exited")
        templates = sorted(message["template"] for message in state["messages"])
        assert len(set(templates)) == len(templates)
        assert set(one.templates) <= set(templates)
        subjects = [mail["subject"] for mail in taken.up.mails(one.email)]
        assert len(set(subjects)) == len(subjects), (one, subjects)
        assert len(subjects) >= len(templates)
