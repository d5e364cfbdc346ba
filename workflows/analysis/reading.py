"""Reads a run's recorded history, without any code of the workflow."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import zip_longest
from typing import Any

from pydantic import JsonValue, TypeAdapter
from temporalio.api.history.v1 import (
    ActivityTaskScheduledEventAttributes,
    HistoryEvent,
    MarkerRecordedEventAttributes,
)
from temporalio.client import WorkflowHistory

from activities.calls import Cursor, Entry, EventSignal, EventsRead
from workflows.analysis.protos import code, decoded, is_command, moment, summary
from workflows.analysis.recorded import News, Orders, Recorded, Turn
from workflows.contracts import Enrollment, Exit, HandedOver, Next, Received, Resume
from workflows.kit.dispatch import GIVEN_UP
from workflows.kit.habits import PARKED
from workflows.kit.timing import RunClock

_CALL: TypeAdapter[Orders] = TypeAdapter(Orders)
_LOCAL = "core_local_activity"
_PATCH = "core_patch"
_END, _STATUS, _READ = _ENGINES = ("record_end", "record_status", "read_events")
"""What the engine does itself: no steps of the path."""


def read_history(history: WorkflowHistory) -> Recorded:
    """Raises ValueError when it is not the history of a marketing workflow."""
    return _Reader(history).read()


def came_after(history: WorkflowHistory, heard: int, read: int) -> list[tuple[int, News]]:
    """What the run was told and had not `heard` when its history was `read` up to that event, in order, each with its
    event's id. An update is an event only once it was heard."""
    return [
        (event.event_id, news)
        for event in history.events
        for news in (
            *(_news(event) if event.event_id > heard else ()),
            *(_updates(event) if event.event_id > read else ()),
        )
    ]


class _Reader:
    """Goes through the events in order: what arrives belongs to the next workflow task, a command to the last."""

    def __init__(self, history: WorkflowHistory) -> None:
        self._events = history.events
        first = history.events[0] if history.events else None
        if first is None or not first.HasField("workflow_execution_started_event_attributes"):
            raise ValueError(f"the history of {history.workflow_id} has no beginning")
        given = first.workflow_execution_started_event_attributes.input
        enrollment = Enrollment.model_validate(decoded(given))
        self._clock = RunClock(enrollment.pace)
        self._by_id = {event.event_id: event for event in history.events}
        self._recorded = Recorded(enrollment, history.run_id, self._time(first))
        self._recorded.parked = bool(enrollment.ledger and enrollment.ledger.fault)
        self._next = Turn(self._recorded.began)
        self._answered: list[tuple[str, Any, str | None]] = []
        self._since = {wait.key: wait.since for wait in enrollment.ledger.open} if enrollment.ledger else {}
        self._engines: dict[str, tuple[str, Orders]] = {}  # calls under way that no step of the path made
        self._has_commanded = False  # since it last woke
        self._asked: set[str] = set()  # questions that are asked again as ordinary activities

    def read(self) -> Recorded:
        for event, following in zip_longest(self._events, self._events[1:]):
            self._arrives(event)
            completed = event.HasField("workflow_task_completed_event_attributes")
            if completed and not self._is_heartbeat(following):
                self._wake(event)
            self._commanded(event)
        self._recorded.unheard = self._next.news
        if self._recorded.turns:
            self._recorded.began = self._recorded.turns[0].at  # a run's first thought, not its order
        return self._recorded

    def _arrives(self, event: HistoryEvent) -> None:
        self._next.news += _news(event)
        if event.HasField("timer_fired_event_attributes"):
            key = summary(self._by_id[event.timer_fired_event_attributes.started_event_id])
            self._next.fired.add(key)
            self._recorded.at.pop(key, None)
        elif event.HasField("activity_task_completed_event_attributes"):
            done = event.activity_task_completed_event_attributes
            self._answered.append((self._activity(done.scheduled_event_id), decoded(done.result), None))
        elif event.HasField("activity_task_failed_event_attributes"):
            failed = event.activity_task_failed_event_attributes
            self._answered.append((self._activity(failed.scheduled_event_id), None, code(failed.failure)))
        elif event.HasField("activity_task_timed_out_event_attributes"):
            late = event.activity_task_timed_out_event_attributes
            self._answered.append((self._activity(late.scheduled_event_id), None, "failed"))
        elif event.HasField("activity_task_canceled_event_attributes"):
            ended = event.activity_task_canceled_event_attributes
            self._answered.append((self._activity(ended.scheduled_event_id), None, GIVEN_UP))

    def _is_heartbeat(self, following: HistoryEvent | None) -> bool:
        """Whether a task that was completed only asked for more time, for a local activity. Where nothing had been
        commanded before it, a replay knows of the task that follows alone, and has its time."""
        if self._has_commanded or following is None:
            return False
        return following.HasField("workflow_task_scheduled_event_attributes")

    def _wake(self, completed: HistoryEvent) -> None:
        """A task that failed or timed out told the run nothing: what came before it belongs to the next."""
        started = self._by_id[completed.workflow_task_completed_event_attributes.started_event_id]
        turn, self._next = self._next, Turn(self._next.at, task=self._next.task + 1)
        turn.at = self._time(started)
        turn.leaving = started.workflow_task_started_event_attributes.suggest_continue_as_new
        self._recorded.turns.append(turn)
        self._recorded.heard = started.event_id
        self._has_commanded = False
        self._recorded.waited |= {key: Entry(key=key, at=turn.at) for key in turn.fired}
        for key, result, failed in self._answered:
            self._answer(key, result, failed, turn.at)
        self._answered = []

    def _answer(self, key: str, result: JsonValue, failed: str | None, at: datetime) -> None:
        if key in self._engines:
            kind, call = self._engines.pop(key)
            if kind == _READ and failed is None:
                self._recorded.turns[-1].news.append(EventsRead.model_validate(result))
        else:
            call = self._recorded.pending.pop(key)
            self._recorded.at.pop(key, None)
            self._recorded.entries[key] = Entry(key=key, result=result, failed=failed, at=at)
            self._recorded.effects |= {key} if failed is None and key not in self._asked else set()
        if failed is None:
            self._recorded.stored.update(entry.key for entry in call.entries)

    def _commanded(self, event: HistoryEvent) -> None:
        self._has_commanded |= is_command(event)
        if event.HasField("activity_task_scheduled_event_attributes"):
            self._called(event.activity_task_scheduled_event_attributes)
        elif event.HasField("timer_started_event_attributes"):
            self._wait(event)
        elif event.HasField("timer_canceled_event_attributes"):
            self._wait_ended(summary(self._by_id[event.timer_canceled_event_attributes.started_event_id]))
        elif event.HasField("workflow_execution_update_accepted_event_attributes"):
            # It was dealt with in the task that has just completed.
            for news in _updates(event):
                self._update(news)
        elif event.HasField("marker_recorded_event_attributes"):
            self._mark(event)

    def _called(self, scheduled: ActivityTaskScheduledEventAttributes) -> None:
        call = _CALL.validate_python(decoded(scheduled.input))
        if scheduled.activity_type.name in _ENGINES:
            self._engines[call.key] = (scheduled.activity_type.name, call)
        else:
            self._recorded.pending[call.key] = call
            self._recorded.at[call.key] = Next(key=call.key, since=self._recorded.turns[-1].at)
        for entry in call.entries:
            self._recorded.entries[entry.key] = entry

    def _wait(self, event: HistoryEvent) -> None:
        key, length = summary(event), event.timer_started_event_attributes.start_to_fire_timeout
        began = event.event_time
        due = moment(began.seconds + length.seconds, began.nanos + length.nanos)
        self._recorded.timed.add(key)
        self._recorded.turns[-1].began.append(key)
        self._recorded.waited.pop(key, None)
        since = self._since.setdefault(key, self._recorded.turns[-1].at)
        self._recorded.at[key] = Next(key=key, since=since, due=self._clock.at(due))

    def _wait_ended(self, key: str) -> None:
        """A pause takes the timer away, not the wait."""
        turn, wait = self._recorded.turns[-1], self._recorded.at.pop(key)
        if "pause" in turn.news:
            self._recorded.at[key] = wait.model_copy(update={"due": None})
            return
        event = next((news for news in reversed(turn.news) if isinstance(news, EventSignal)), None)
        result = Received(**event.model_dump(), at=turn.at).model_dump(mode="json") if event else None
        self._recorded.waited[key] = Entry(key=key, result=result, at=turn.at)

    def _update(self, news: News) -> None:
        self._recorded.turns[-1].news.append(news)
        if isinstance(news, Resume):  # waits whose timer the pause took away get a new one, or are over
            self._recorded.at = {
                key: one
                for key, one in self._recorded.at.items()
                if one.due is not None or key in self._recorded.pending
            }

    def _mark(self, event: HistoryEvent) -> None:
        marker = event.marker_recorded_event_attributes
        if marker.marker_name == _PATCH:
            told = decoded(marker.details["patch-data"])
            self._recorded.parked |= isinstance(told, dict) and told.get("id") == PARKED
        elif marker.marker_name == _LOCAL and marker.HasField("failure"):
            self._asked.add(decoded(marker.details["data"])["activity_id"])
        elif marker.marker_name == _LOCAL:
            data = decoded(marker.details["data"])
            at = self._clock.at(moment(data["complete_time"]["seconds"], data["complete_time"]["nanos"]))
            # The path goes on in the midst of a task, at the time its question was answered.
            last = self._recorded.turns[-1]
            self._recorded.turns.append(Turn(at, leaving=last.leaving, task=last.task))
            self._answered_locally(data["activity_type"], data["activity_id"], marker, at)

    def _answered_locally(
        self, kind: str, key: str, marker: MarkerRecordedEventAttributes, at: datetime
    ) -> None:
        if kind == _END:
            self._recorded.over = True
        elif kind == _READ:
            self._recorded.turns[-1].news.append(EventsRead.model_validate(decoded(marker.details["result"])))
        elif kind != _STATUS:
            result = decoded(marker.details["result"])
            self._recorded.entries[key] = Entry(key=key, result=result, at=at)

    def _activity(self, scheduled: int) -> str:
        return self._by_id[scheduled].activity_task_scheduled_event_attributes.activity_id

    def _time(self, event: HistoryEvent) -> datetime:
        return self._clock.at(moment(event.event_time.seconds, event.event_time.nanos))


_SIGNALS: Mapping[str, type[EventSignal] | type[Cursor] | type[HandedOver]] = {
    "event": EventSignal,
    "unread": Cursor,
    "handed_over": HandedOver,
}


def _news(event: HistoryEvent) -> Iterable[News]:
    if event.HasField("workflow_execution_signaled_event_attributes"):
        told = event.workflow_execution_signaled_event_attributes
        if told.signal_name in _SIGNALS:
            yield _SIGNALS[told.signal_name].model_validate(decoded(told.input))
    elif event.HasField("workflow_execution_cancel_requested_event_attributes"):
        yield "cancel"


_UPDATES: Mapping[str, type[Resume] | type[Exit]] = {"resume": Resume, "exit": Exit}


def _updates(event: HistoryEvent) -> Iterable[News]:
    if event.HasField("workflow_execution_update_accepted_event_attributes"):
        order = event.workflow_execution_update_accepted_event_attributes.accepted_request.input
        name = order.name
        yield _UPDATES[name].model_validate(decoded(order.args)) if name in _UPDATES else name
