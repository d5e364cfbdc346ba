"""`enrollments recover`: one, or all that were found after it has asked."""

import json
from typing import Any

import pytest

from tests.cli.test_commands import Run, answers, cadencia

__all__ = ["answers", "cadencia"]

FOUND = {
    "data": [
        {"id": "w:c:1", "missing": "run", "since": None},
        {"id": "w:c:2", "missing": "row", "since": None},
    ],
    "next_cursor": None,
    "temporal": "127.0.0.1:7233",
    "namespace": "default",
}


def test_one_is_started_again_and_the_line_says_from_when_it_waits(cadencia: Run, answers: Any) -> None:
    url, asked, answer = answers
    answer["body"] = {"id": "w:c:1", "status": "running", "counts_from": "2026-03-01T12:00:00Z"}
    shown = cadencia("enrollments", "recover", "w:c:1", "--restart", API_URL=url, API_KEY="k")
    assert "w:c:1: running; what is left to wait counts from 2026-03-01T12:00:00Z" in shown.stdout
    ((request, _, body),) = asked
    assert (request, json.loads(body)) == ("POST /v1/enrollments/w%3Ac%3A1/recover", {"how": "restart"})


def test_all_are_let_go_when_it_was_said_that_nothing_need_be_asked(cadencia: Run, answers: Any) -> None:
    url, asked, answer = answers
    answer["body"] = {**FOUND, "status": "ended", "outcome": "lost"}
    shown = cadencia("enrollments", "recover", "--all", "--let-go", "--yes", API_URL=url, API_KEY="k")
    assert shown.stdout.splitlines() == ["✓ w:c:1: ended, lost", "✓ w:c:2: ended, lost"]
    assert [request for request, _, _ in asked] == [
        "GET /v1/enrollments/recoverable",
        "POST /v1/enrollments/w%3Ac%3A1/recover",
        "POST /v1/enrollments/w%3Ac%3A2/recover",
    ]


def test_before_all_are_started_it_asks_and_names_the_server(cadencia: Run, answers: Any) -> None:
    url, asked, answer = answers
    answer["body"] = FOUND
    shown = cadencia("enrollments", "recover", "--all", "--restart", API_URL=url, API_KEY="k")
    assert shown.returncode == 1
    told = "1 enrollments have no run at 127.0.0.1:7233, namespace default; 1 runs have no enrollment"
    assert told in shown.stdout
    assert [request for request, _, _ in asked] == ["GET /v1/enrollments/recoverable"]


def test_where_nothing_is_lost_it_says_so(cadencia: Run, answers: Any) -> None:
    url, _, answer = answers
    answer["body"] = {**FOUND, "data": []}
    shown = cadencia("enrollments", "recover", "--all", "--restart", API_URL=url, API_KEY="k")
    assert shown.stdout == "Nothing is lost at 127.0.0.1:7233, namespace default.\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["w:c:1"], "--restart or --let-go"),
        (["w:c:1", "--restart", "--let-go"], "--restart or --let-go"),
        (["--restart"], "Name one enrollment, or give --all"),
        (["w:c:1", "--all", "--restart"], "Name one enrollment, or give --all"),
    ],
)
def test_what_is_not_clear_is_asked_back(cadencia: Run, arguments: list[str], says: str) -> None:
    end = cadencia("enrollments", "recover", *arguments, API_KEY="k")
    assert (end.returncode, end.stderr.count("\n")) == (1, 1)
    assert says in end.stderr
