"""The README, done as it is written: by somebody with a terminal, a browser and an editor."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.docs.documents import README, blocks
from tests.docs.reader import Reader, clone
from tools.fresh_stack import Stack, fresh_stack, until

MAKE, ENROLL, STEER, ORDER, WHY, FAST, FAST_ENROLL, OWN = blocks(README, "bash")
(ANSWER,) = blocks(README, "json")
(THANK_YOU,) = blocks(README, "python")
INSTALLED = ("-o", ".venv/.ready")  # what runs the tests is not installed again
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}

needed = [program for program in ("make", "curl", "bash") if shutil.which(program) is None]
pytestmark = [
    pytest.mark.skipif(bool(needed), reason=f"not installed: {', '.join(needed)}"),
    pytest.mark.timeout(300),
]


def test_the_two_commands_are_targets_of_make() -> None:
    commands = [line.partition("#")[0].split() for line in MAKE.splitlines()]
    assert commands == [["make", "run"], ["make", "test"]]
    for command, program in zip(commands, ("cadencia up", "pytest"), strict=True):
        dry = subprocess.run([*command, "--dry-run", *INSTALLED], capture_output=True, text=True, check=True)
        assert program in dry.stdout


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """`make run`, with the reader's own workflow beside the product's."""
    clone(tmp_path)
    package = tmp_path / "acme"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "thank_you.py").write_text(THANK_YOU)
    with fresh_stack(tmp_path, ("make", "run", *INSTALLED), WORKFLOWS="workflows,acme") as stack:
        yield stack


def test_from_the_first_enrollment_to_the_first_workflow(stack: Stack) -> None:
    reader = Reader(stack)

    enrolled = reader.asks(ENROLL)
    assert enrolled.keys() == json.loads(ANSWER).keys()
    assert (enrolled["created"], enrolled["warnings"]) == (True, [])
    again = reader.asks(ENROLL)
    assert (again["created"], again["id"]) == (False, enrolled["id"])

    (mail,) = until(lambda: stack.mails("ana@example.com"))
    button = next(link for link in stack.mail(mail["id"])["links"] if "/c/" in link)
    assert httpx.get(button, headers=BROWSER).status_code == 302
    path = f"/v1/enrollments/{enrolled['id']}"
    until(lambda: stack.api("GET", path)["step"].startswith("sleep:"))

    steered = reader.runs(STEER)
    assert "paused" in steered
    assert "ana@example.com" in steered
    assert "Ana <ana@example.com> in welcome-series" in steered
    assert "changes the score: greeting seen" in steered
    assert ": splits by incentive: " in steered.partition("From here")[2]
    assert "at any time, if order.completed: ends as converted" in steered
    assert stack.api("GET", path)["status"] == "running"

    assert reader.asks(ORDER)["told"] == 1
    until(lambda: stack.api("GET", path)["outcome"] == "converted")
    told = reader.runs(WHY)
    assert "converted (order.completed)" in told
    assert [line.split()[-3:] for line in told.splitlines() if "consented" in line] == [
        ["welcome/hello", "sent", "consented"]
    ]
    assert "order.completed" in told.partition("What happened")[2]

    assert "thank-you" in reader.runs(OWN)
    until(lambda: len(stack.mails("ana@example.com")) == 2)
    sent = stack.api("GET", "/v1/messages", params={"template": "welcome/guide"})["data"]
    assert [message["enrollment_id"].partition(":")[0] for message in sent] == ["thank-you"]


def test_nine_days_in_less_than_a_minute(tmp_path: Path) -> None:
    clone(tmp_path)
    settings, command = FAST.split()[:2], FAST.split()[2:]
    given = dict(setting.removeprefix("CADENCIA_").split("=") for setting in settings)
    with fresh_stack(tmp_path, (*command, *INSTALLED), **given) as stack:
        assert "started" in Reader(stack).runs(FAST_ENROLL)
        until(lambda: len(stack.mails("bo@example.com")) >= 3, within=60)


def test_the_workflow_is_written_as_the_projects_own(tmp_path: Path) -> None:
    file = tmp_path / "thank_you.py"
    file.write_text(THANK_YOU)
    config = ["--config", str(README.parent / "pyproject.toml")]
    for command in (["format", "--check"], ["check"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, *config, file], check=True)
