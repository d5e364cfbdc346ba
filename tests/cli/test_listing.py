"""Enrollments in words: whom a list names, where they are, until when, and the ways on from there."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli import when
from cli.listing import place, who
from cli.ways import ways
from tests.cli.test_commands import Run, answers, cadencia
from worker import catalogue
from worker.settings import Settings

__all__ = ["answers", "cadencia"]

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
WAIT = "wait_for:welcome/hello.seen#1"
ANA = {"id": "con_1", "email": "ana@example.com"}


def row(id: str = "w:con_1:1", **changes: Any) -> dict[str, Any]:
    return {"id": id, "workflow": "w", "contact_id": "con_1", "contact": ANA, "status": "running", **changes}


def at(days: float) -> str:
    return (NOW + timedelta(days=days)).isoformat()


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(when, "_now", lambda: NOW)


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (2, "in 2 days"),
        (1.9999, "in 2 days"),
        (-1 / 24 * 3, "3 hours ago"),
        (1 / 24, "in 60 minutes"),
        (-1 / 86_400, "1 second ago"),
        (0, "0 seconds ago"),
        (400, "in 400 days"),
    ],
)
def test_times_are_told_from_now(days: float, told: str) -> None:
    assert when.relative(at(days)) == told


def test_a_moment_has_its_day_and_a_year_when_it_is_another() -> None:
    assert when.moment("2026-11-26T10:00:00Z") == "Thursday 26 November, 10:00 UTC"
    assert when.moment("2027-01-02T11:00:00+02:00") == "Saturday 2 January 2027, 09:00 UTC"


@pytest.mark.parametrize(
    ("shown", "live", "where"),
    [
        (
            row(),
            {"live": True, "due": at(2), "next": [{"key": WAIT}]},
            ("waits for welcome/hello to be seen", "in 2 days"),
        ),
        (
            row(step="send_email:welcome/hello#1", step_at=at(-1 / 12)),
            None,
            ("last did: sends welcome/hello", "2 hours ago"),
        ),
        (row(status="pending"), None, ("not started yet", "")),
        (
            row(status="failing", problem={"code": "refused", "text": "no\nroute", "step": WAIT, "since": at(-2)}),
            None,
            ("waits for welcome/hello to be seen: no route", "2 days ago"),
        ),
        (
            row(status="ended", outcome="exited", reason="by_hand", ended_at=at(-3)),
            None,
            ("exited (by hand)", "3 days ago"),
        ),
    ],
)  # fmt: skip
def test_where_somebody_is_is_told_in_words(
    shown: dict[str, Any], live: dict[str, Any] | None, where: tuple[str, str]
) -> None:
    assert place(shown, live) == where


def test_somebody_without_an_address_is_named_by_what_is_known() -> None:
    assert who(row()) == "ana@example.com"
    assert who(row(contact={"email": None, "name": "Ana", "external_id": "crm-1"})) == "Ana"
    assert who(row(contact=None)) == "con_1"


def test_the_ways_on_are_those_of_the_code_that_is_here() -> None:
    listed = catalogue.load(Settings()).find("welcome-series")
    assert listed
    done = {"update_crm:lead#1": {}, "send_email:welcome/hello#1": {"message_id": "msg_1"}}
    answer = row(
        workflow="welcome-series",
        entry="1",
        params={},
        release=listed.release,
        next=[{"key": WAIT, "since": at(0), "due": at(2)}],
        trail=[{"key": key, "at": at(0), "result": result, "failed": None} for key, result in done.items()],
    )
    assert ways(answer) == [
        "if opened, clicked or visited the site: score +5: greeting seen, then waits 3 days: room to look around",
        "else on Thursday 26 November, 10:00 UTC: score −2: greeting not seen, then sends welcome/hello-again, "
        "then waits 3 days: room to look around",
        "at any time, if order.completed: ends as converted",
    ]
    assert ways({**answer, "release": "another"}) == []
    assert ways({**answer, "workflow": "unknown"}) == []


def test_an_address_stands_for_the_one_enrollment_that_runs(cadencia: Run, answers: Any) -> None:
    url, asked, answer = answers
    answer["bodies"] = {
        "/v1/contacts?": {"data": [ANA]},
        "/v1/enrollments?": {"data": [row("w:con_1:2"), row(status="ended")]},
    }
    answer["body"] = {"id": "w:con_1:2", "status": "paused"}
    paused = cadencia("enrollments", "pause", "ana@example.com", API_URL=url, API_KEY="k")
    assert paused.stdout == "✓ w:con_1:2: paused\n"
    assert asked[-1][0] == "POST /v1/enrollments/w%3Acon_1%3A2/pause"

    answer["bodies"]["/v1/enrollments?"] = {"data": [row("w:con_1:2"), row("other:con_1:1", status="paused")]}
    for verb in ("show", "pause", "resume", "exit"):
        unclear = cadencia("enrollments", verb, "ana@example.com", API_URL=url, API_KEY="k")
        assert unclear.returncode == 1
        assert "is in 2 workflows: give one of these ids, or --latest" in unclear.stderr
        assert "other:con_1:1  paused" in unclear.stderr
    latest = cadencia("enrollments", "pause", "ana@example.com", "--latest", API_URL=url, API_KEY="k")
    assert latest.stdout == "✓ w:con_1:2: paused\n"


def test_without_anybody_to_mean_it_says_so(cadencia: Run, answers: Any) -> None:
    url, _, answer = answers
    answer["body"] = {"data": []}
    told = {
        ("nobody@example.com",): "No contact is known as nobody@example.com",
        ("--latest",): "There is no enrollment yet",
        ("w:con_1:1", "--latest"): "--latest goes with an address",
        (): "Name an enrollment",
    }
    for arguments, line in told.items():
        shown = cadencia("enrollments", "show", *arguments, API_URL=url, API_KEY="k")
        assert (shown.returncode, shown.stderr.count("\n")) == (1, 1)
        assert line in shown.stderr
