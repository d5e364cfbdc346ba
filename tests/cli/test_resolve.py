"""`messages resolve`: what became of one, or of all that are unknown."""

import json
from typing import Any

import pytest

from tests.cli.test_commands import Run, answers, cadencia

__all__ = ["answers", "cadencia"]


def test_one_is_resolved(cadencia: Run, answers: Any) -> None:
    url, asked, answer = answers
    answer["body"] = {"id": "msg_1", "status": "failed"}
    assert (
        cadencia("messages", "resolve", "msg_1", "--failed", API_URL=url, API_KEY="k").stdout
        == "✓ msg_1: failed\n"
    )
    ((request, _, body),) = asked
    assert (request, json.loads(body)) == ("POST /v1/messages/msg_1/resolve", {"status": "failed"})


def test_before_all_are_resolved_it_asks(cadencia: Run, answers: Any) -> None:
    url, asked, answer = answers
    answer["body"] = {"data": [{"id": "msg_1"}, {"id": "msg_2"}], "next_cursor": None}
    command = ["messages", "resolve", "--all", "--sent"]
    unasked = cadencia(*command, API_URL=url, API_KEY="k")
    assert (unasked.returncode, "Are 2 messages to count as sent?" in unasked.stdout) == (1, True)
    assert cadencia(*command, "--yes", API_URL=url, API_KEY="k").stdout == "✓ msg_1: sent\n✓ msg_2: sent\n"
    assert [request for request, _, _ in asked] == [
        "GET /v1/messages?status=unknown&limit=500",
        "GET /v1/messages?status=unknown&limit=500",
        "POST /v1/messages/msg_1/resolve",
        "POST /v1/messages/msg_2/resolve",
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["msg_1"], "--sent or --failed"),
        (["msg_1", "--sent", "--failed"], "--sent or --failed"),
        (["--sent"], "Name one message, or give --all"),
        (["msg_1", "--all", "--sent"], "Name one message, or give --all"),
    ],
)
def test_what_is_not_clear_is_asked_back(cadencia: Run, arguments: list[str], says: str) -> None:
    end = cadencia("messages", "resolve", *arguments, API_KEY="k")
    assert (end.returncode, says in end.stderr) == (1, True)
