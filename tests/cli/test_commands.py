"""The command itself, as a process: help, keys, database, and errors in one line."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.client import problem
from cli.up import home
from tests.docs.documents import README, blocks
from worker.settings import Settings

(THANK_YOU,) = blocks(README, "python")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cadencia(tmp_path: Path) -> Run:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("CADENCIA_", "TEMPORAL_"))
    }

    def run(*arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
        given = {f"CADENCIA_{name}": str(value) for name, value in settings.items()}
        return subprocess.run(
            [sys.executable, "-P", "-m", "cli.main", *arguments],
            cwd=tmp_path,
            env={**clean, "CADENCIA_HOME": str(tmp_path / "var"), **given},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


@pytest.fixture
def answers() -> Iterator[tuple[str, list[tuple[str, str, Any]], dict[str, Any]]]:
    """An API that answers what it is told to: its address, what it was asked, and its answer.

    `bodies` are those of paths that begin so, `body` is that of all others.
    """
    asked: list[tuple[str, str, Any]] = []
    answer: dict[str, Any] = {"status": 200, "body": {}, "bodies": {}}

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            asked.append(
                (f"{self.command} {self.path}", self.headers["Authorization"], self.rfile.read(length))
            )
            self.send_response(answer["status"])
            self.end_headers()
            own = (body for path, body in answer["bodies"].items() if self.path.startswith(path))
            self.wfile.write(json.dumps(next(own, answer["body"])).encode())

        do_GET = do_POST = _serve

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked, answer
    server.shutdown()
    thread.join()
    server.server_close()


def test_help_comes_at_once(cadencia: Run) -> None:
    began = time.monotonic()
    shown = cadencia("--help")
    assert shown.returncode == 0
    assert all(word in shown.stdout for word in ("up", "enroll", "doctor", "keys", "db"))
    assert time.monotonic() - began < 3


def test_help_loads_nothing_heavy() -> None:
    heavy = {"temporalio", "sqlalchemy", "fastapi", "httpx"}
    code = f"import sys, cli.main; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_keys_are_made_listed_and_revoked(cadencia: Run) -> None:
    assert "`cadencia db upgrade`" in cadencia("db", "status").stderr
    assert cadencia("db", "upgrade").returncode == 0
    assert cadencia("db", "status").returncode == 0
    made = cadencia("keys", "create", "shop", "--scope", "enroll", "--scope", "read")
    secret = made.stdout.split()[-1]
    assert secret.startswith("cad_")
    listed = cadencia("keys", "list").stdout
    assert secret not in listed
    key = listed.splitlines()[1].split()[0]
    assert cadencia("keys", "revoke", key).returncode == 0
    again = cadencia("keys", "revoke", key)
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    assert "revoked" in cadencia("keys", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "settings", "says"),
    [
        (["settings"], {"API_PORT": "x"}, "CADENCIA_API_PORT: give a port number"),
        (["db", "upgrade"], {"DATABASE_URL": "sqlite:////nowhere/at/all.db"}, "CADENCIA_DATABASE_URL"),
        (["db", "upgrade"], {"DATABASE_URL": "postgresql://u:hush@127.0.0.1:1/d"}, "CADENCIA_DATABASE_URL"),
        (["db", "upgrade"], {"HOME": "/proc/none"}, "CADENCIA_HOME"),
        (["worker"], {}, "run `cadencia db upgrade`"),
        (["api"], {}, "run `cadencia db upgrade`"),
        (["up"], {"TEMPORAL_CLI": "/no/such/program"}, "CADENCIA_TEMPORAL_CLI"),
        (["keys", "create", "x", "--scope", "all"], {}, "--scope all"),
        (["enroll", "welcome-series", "--email", "ana@example.com"], {}, "No API key"),
        (["enroll", "welcome-series"], {"API_KEY": "k", "API_URL": "http://127.0.0.1:1"}, "CADENCIA_API_URL"),
        (["enroll", "welcome-series", "--param", "x"], {"API_KEY": "k"}, "write name=value"),
        (["enroll", "w", "--attribute", "a=1", "--attribute", "a=2"], {"API_KEY": "k"}, "a is given twice"),
        (["settings"], {"SITE_SHOP_URL": "shop"}, "CADENCIA_SITE_SHOP_URL: give the whole address of a page"),
    ],
)
def test_what_goes_wrong_is_one_line_with_a_remedy(
    cadencia: Run, arguments: list[str], settings: dict[str, str], says: str
) -> None:
    end = cadencia(*arguments, **settings)
    assert end.returncode == 1
    assert says in end.stderr
    assert end.stderr.count("\n") == 1, end.stderr
    assert "hush" not in end.stderr + end.stdout


def test_a_broken_database_file_is_named(cadencia: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_text("this is no database " * 50)
    end = cadencia("db", "upgrade", DATABASE_URL=f"sqlite:///{tmp_path}/broken.db")
    assert (end.returncode, end.stderr.count("\n")) == (1, 1)
    assert "broken.db cannot be used (file is not a database)" in end.stderr


def test_enroll_sends_what_any_caller_would(cadencia: Run, answers: Any) -> None:
    url, asked, answer = answers
    answer["body"] = {
        "id": "welcome-series:con_1:1",
        "created": True,
        "reason": "started",
        "warnings": ["no_consent", "opted_out"],
    }
    options = [
        "--email",
        "ana@example.com",
        "--consent",
        "marketing",
        "--proof",
        "form-9",
        "--attribute",
        "plan=pro",
        "--param",
        "days=3",
        "--param",
        "within=2d",
        "--param",
        'name="2d"',
    ]
    shown = cadencia("enroll", "welcome-series", *options, API_URL=url, API_KEY="cad_1")
    assert shown.returncode == 0
    assert "welcome-series:con_1:1 started" in shown.stdout
    assert "The contact opted out, so --consent changes nothing" in " ".join(shown.stderr.split())
    assert "No consent" not in shown.stderr, "that is said already"
    ((request, key, body),) = asked
    assert (request, key) == ("POST /v1/workflows/welcome-series/enrollments", "Bearer cad_1")
    assert json.loads(body) == {
        "contact": {
            "email": "ana@example.com",
            "attributes": {"plan": "pro"},
            "consent": {"marketing": {"granted": True, "source": "command line", "proof": "form-9"}},
        },
        "params": {"days": 3, "within": "P2D", "name": "2d"},
    }


def test_a_workflow_that_is_not_loaded_yet_is_told_from_one_that_is_not_there(
    cadencia: Run, answers: Any, tmp_path: Path
) -> None:
    url, _, answer = answers
    title = "No workflow 'thank-you'"
    problem_type = "urn:cadencia:problem:unknown_workflow"
    answer |= {"status": 404, "body": {"type": problem_type, "title": title, "errors": []}}
    settings = {"API_URL": url, "API_KEY": "k", "WORKFLOWS": "acme"}
    there = cadencia("enroll", "thank-you", "--email", "ana@example.com", **settings)
    assert (there.returncode, there.stderr) == (1, f"✗ {title}\n")

    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "__init__.py").touch()
    (tmp_path / "acme" / "thank_you.py").write_text(THANK_YOU)
    here = cadencia("enroll", "thank-you", "--email", "ana@example.com", **settings)
    assert here.returncode == 1
    assert "start it again, or run it with `cadencia up --reload`" in here.stderr
    assert here.stderr.count("\n") == 1


def test_a_second_up_on_a_folder_says_where_the_first_one_is(cadencia: Run, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "var")
    home.folder(settings)
    with home.alone(settings):
        second = cadencia("up")
    assert second.returncode == 1
    assert "already, at http://127.0.0.1:8000" in second.stderr
    assert second.stderr.count("\n") == 1


def test_enrollments_are_listed_and_steered(cadencia: Run, answers: Any) -> None:
    url, asked, answer = answers
    contact = {"email": "ana@example.com"}
    row = {"id": "w:c:1", "workflow": "w", "status": "parked", "step": "sleep:a day#1", "contact": contact}
    answer["body"] = {"data": [row], "next_cursor": "abc"}
    listed = cadencia("enrollments", "list", "--status", "parked", API_URL=url, API_KEY="k")
    assert "ana@example.com" in listed.stdout
    assert "last did: waits: a day" in listed.stdout
    assert "--cursor abc" in listed.stdout
    cadencia("enrollments", "resume", "w:c:1", "--policy", "active_time", API_URL=url, API_KEY="k")
    assert [request for request, _, _ in asked] == [
        "GET /v1/enrollments?status=parked&limit=50",
        "POST /v1/enrollments/w%3Ac%3A1/resume",
    ]
    assert json.loads(asked[1][2]) == {"policy": "active_time"}


def test_a_problem_is_one_line_with_field_and_remedy() -> None:
    errors = [{"field": "contact.email", "detail": "has no domain; add one"}]
    body = {"title": "Some fields are not as they must be", "errors": errors}
    told = problem(httpx.Response(422, json=body))
    assert told == "Some fields are not as they must be: contact.email: has no domain; add one"
    ended = {
        "title": "The enrollment has ended",
        "errors": [{"field": "id", "detail": "it ended as converted"}],
    }
    assert problem(httpx.Response(409, json=ended)) == "The enrollment has ended: it ended as converted"
    assert "502" in problem(httpx.Response(502, text="<html>"))
