"""docs/for-temporal-engineers.md, compared with the history of a workflow that takes every step."""

import json
import re
from dataclasses import dataclass

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from tests.docs import raw
from tests.docs.documents import ROOT, prose
from tests.docs.tour.tour import Tour
from worker.testing.host import host
from workflows.analysis.explore import explore
from workflows.kit import ContactWorkflow, Misuse, days
from workflows.kit.testing import enrolled

pytest_plugins = ["workflows.kit.testing.plugin"]

GUIDE = ROOT / "docs" / "for-temporal-engineers.md"


SKIPPING = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
}
"""Made by the server of the tests alone."""


@dataclass(frozen=True)
class Made:
    """What one step left in the history."""

    command: str
    activity: str = ""


def rows() -> dict[str, tuple[str, str, str]]:
    """By call: command, activity with its queue, events."""
    table = prose(GUIDE).partition("## What may be used raw")[0]
    lines = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line[:1] == "|"
    ]
    return {call: (command, activity, events) for call, command, activity, events in lines[2:]}


def made(event: HistoryEvent) -> tuple[str, Made] | None:
    """The step's key and what it made."""
    if event.HasField("activity_task_scheduled_event_attributes"):
        told = event.activity_task_scheduled_event_attributes
        return told.activity_id, Made("activity", f"`{told.activity_type.name}`, `{told.task_queue.name}`")
    if event.HasField("timer_started_event_attributes"):
        return json.loads(event.user_metadata.summary.data), Made("timer")
    if event.HasField("marker_recorded_event_attributes"):
        told = json.loads(event.marker_recorded_event_attributes.details["data"].payloads[0].data)
        return told["activity_id"], Made("local activity", f"`{told['activity_type']}`")
    return None


@pytest.fixture(scope="module")
async def history() -> list[HistoryEvent]:
    """Of a tour to its end."""
    async with enrolled(Tour) as run:
        await run.advance(days(10))
        assert run.outcome == "toured"
        shared = await host().shared("tests.docs.tour")
        elsewhere = host().elsewhere
        handle = shared.backend.handle(run.enrollment_id)
        assert await elsewhere.done(handle.query("colour")) == "red"
        events = (await elsewhere.done(handle.fetch_history())).events
        return [event for event in events if event.event_type not in SKIPPING]


async def test_each_call_makes_what_the_table_says(history: list[HistoryEvent]) -> None:
    steps = dict(step for event in history if (step := made(event)))
    for call, (command, activity, _) in rows().items():
        for method in re.findall(r"`(\w+)`", call.partition(" a ")[0]):
            found = {one for key, one in steps.items() if key.startswith(f"{method}:")}
            kinds = {one.command for one in found}
            if command in ("none", "activity", "timer", "local activity"):
                assert kinds - {"local activity"} == {command} - {"none", "local activity"}, call
            if command == "activity" and "your own" not in activity:
                assert {one.activity for one in found} == {activity}, call
            if command == "local activity":
                assert {one.activity for one in found} == {activity}, call
    assert Made("local activity", "`find_moment`") in steps.values()
    assert Made("local activity", "`record_end`") in steps.values()
    assert Made("activity", "`chase_task`, `cadencia-email`") in steps.values()


async def test_the_counts_of_events_add_up(history: list[HistoryEvent]) -> None:
    counts = {call: int(events) for call, (_, _, events) in rows().items() if events}
    activities = sum(event.HasField("activity_task_scheduled_event_attributes") for event in history)
    timers = sum(event.HasField("timer_started_event_attributes") for event in history)
    markers = sum(event.HasField("marker_recorded_event_attributes") for event in history)
    began, completed = 4, 1  # the start with its workflow task, and the end's event
    together = 2 * 3  # two effects side by side may share workflow tasks
    expected = began + counts["`score`"] * activities + counts["`sleep`"] * timers + markers + completed
    assert expected - together <= len(history) <= expected
    assert counts["`sleep_until` a `local(…)`"] == counts["`sleep`"] + counts["`matches`"]


def test_every_call_is_in_the_table() -> None:
    named = set(re.findall(r"`(\w+)`", " ".join(rows())))
    public = {name for name in dir(ContactWorkflow) if not name.startswith("_")}
    assert public - named <= {
        "path",
        "run",
        "enrollment",
        "params",
        "subject_kind",
        "log",
        "finish",
        "withdraw",
    }


def test_a_path_that_uses_temporal_raw_is_refused() -> None:
    for cls in (raw.Sleeps, raw.Asks, raw.Patches):
        with pytest.raises(Misuse):
            explore(cls)
