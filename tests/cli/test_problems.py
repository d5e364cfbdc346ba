"""`problems` and `enrollments migrate`, as an operator has them in a terminal."""

import json
from typing import Any

from tests.cli.test_commands import Run, answers, cadencia

__all__ = ["answers", "cadencia"]

PARKED = {
    "cause": "parked",
    "about": "welcome-series path_error:ZeroDivisionError in path, line 31",
    "count": 12,
    "since": "2026-05-01T10:00:00Z",
    "enrollments": ["welcome-series:con_1:1", "welcome-series:con_2:1"],
    "text": "welcome-series is parked: path_error:ZeroDivisionError in path, line 31: division by zero",
    "remedy": "mend the workflow's code, start the worker again, and let them go on",
    "command": "cadencia enrollments migrate --workflow welcome-series --parked",
}


def test_nothing_is_wrong(cadencia: Run, answers: Any) -> None:
    url, _, answer = answers
    answer["body"] = {"data": []}
    shown = cadencia("problems", API_URL=url, API_KEY="k")
    assert (shown.returncode, shown.stdout) == (0, "✓ Nothing is wrong.\n")


def test_what_is_wrong_is_told_with_the_command_that_helps(cadencia: Run, answers: Any) -> None:
    url, asked, answer = answers
    answer["body"] = {"data": [PARKED]}
    shown = cadencia("problems", API_URL=url, API_KEY="k")
    assert shown.returncode == 1
    assert shown.stdout == (
        "✗ parked · 12 · since 2026-05-01 10:00:00Z\n"
        "  welcome-series is parked: path_error:ZeroDivisionError in path, line 31: division by zero\n"
        "  mend the workflow's code, start the worker again, and let them go on: "
        "cadencia enrollments migrate --workflow welcome-series --parked\n"
        "  welcome-series:con_1:1, welcome-series:con_2:1 …\n"
    )
    as_json = cadencia("problems", "--json", API_URL=url, API_KEY="k")
    assert (as_json.returncode, json.loads(as_json.stdout)) == (1, {"data": [PARKED]})
    assert [request for request, _, _ in asked] == ["GET /v1/problems"] * 2


def test_without_the_api_it_says_what_it_sees_by_itself(cadencia: Run, unused_tcp_port: int) -> None:
    settings = {"API_URL": "http://127.0.0.1:1", "API_KEY": "k", "TEMPORAL_PORT": unused_tcp_port}
    shown = cadencia("problems", "--json", **settings)
    causes = {cause["cause"]: cause["text"] for cause in json.loads(shown.stdout)["data"]}
    assert causes.keys() == {"api_away", "database_away", "temporal_away"}
    assert "cadencia db upgrade" in causes["database_away"]
    assert cadencia("db", "upgrade").returncode == 0
    shown = cadencia("problems", "--json", **settings)
    assert shown.returncode == 1
    assert [cause["cause"] for cause in json.loads(shown.stdout)["data"]] == ["api_away", "temporal_away"]


def test_a_wrong_key_is_told_as_such(cadencia: Run, answers: Any) -> None:
    url, _, answer = answers
    answer |= {"status": 401, "body": {"title": "A valid API key is needed"}}
    shown = cadencia("problems", API_URL=url, API_KEY="k")
    assert (shown.returncode, shown.stderr) == (1, "✗ A valid API key is needed\n")


def test_one_or_all_parked_are_migrated(cadencia: Run, answers: Any) -> None:
    url, asked, answer = answers
    answer["body"] = {"status": "running", "data": [{"id": "w:c:1"}, {"id": "w:c:2"}], "next_cursor": None}
    one = cadencia("enrollments", "migrate", "w:c:1", API_URL=url, API_KEY="k")
    assert one.stdout == "✓ w:c:1: asked to continue on the newest code, running\n"
    many = ["enrollments", "migrate", "--workflow", "w", "--parked"]
    unasked = cadencia(*many, API_URL=url, API_KEY="k")
    assert (unasked.returncode, "Are 2 runs to continue" in unasked.stdout) == (1, True)
    del asked[:]
    assert cadencia(*many, "--yes", API_URL=url, API_KEY="k").returncode == 0
    assert [request for request, _, _ in asked] == [
        "GET /v1/enrollments?workflow=w&status=parked&limit=500",
        "POST /v1/enrollments/w%3Ac%3A1/migrate",
        "POST /v1/enrollments/w%3Ac%3A2/migrate",
    ]
    assert "--parked goes with --workflow" in cadencia("enrollments", "migrate", "x", "--parked").stderr


def test_a_list_says_who_stands_still_and_why(cadencia: Run, answers: Any) -> None:
    url, asked, answer = answers
    since = "2026-05-01T10:00:00Z"
    problem = {"code": "provider_unavailable", "text": "421 busy", "step": "send_email:a#1", "attempt": 4}
    failing = {
        "id": "w:c:1", "workflow": "w", "contact_id": "con_1", "status": "failing", "status_since": since,
        "step": "sleep:b#1", "reason": "provider_unavailable", "problem": problem,
    }  # fmt: skip
    answer["body"] = {"data": [failing], "next_cursor": None}
    listed = cadencia(
        "enrollments", "list", "--status", "failing", "--ended-after", since, API_URL=url, API_KEY="k"
    )
    (line,) = listed.stdout.splitlines()[1:]
    assert line.startswith("con_1  w         sends a: 421 busy")
    assert " ago" in line or "in " in line
    detail = {"live": True, "exiting": True, "not_undone": ["compensate_with:a#1"]}
    answer["body"] = {**failing, **detail, "due": None, "next": [], "trail": [], "messages": []}
    shown = cadencia("enrollments", "show", "w:c:1", API_URL=url, API_KEY="k").stdout
    for told in ("exiting", "Stands still", "421 busy", "compensate_with:a#1"):
        assert told in shown
    assert "status=failing&ended_after=2026-05-01T10%3A00%3A00Z" in asked[0][0]
