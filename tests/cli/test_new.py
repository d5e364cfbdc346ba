"""`cadencia workflows new`, in a package outside the tree."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.documents import ROOT

BIN = Path(sys.executable).parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where somebody keeps their own workflows."""
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "__init__.py").touch()
    return tmp_path


def run(folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / program), *arguments],
        cwd=folder,
        env={**os.environ, "CADENCIA_WORKFLOWS": "workflows,acme", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def new(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(folder, "cadencia", "workflows", "new", *arguments)


def written(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_what_it_writes_passes_its_own_tests_at_once(folder: Path) -> None:
    made = new(folder, "win-back")
    assert made.returncode == 0, made.stderr
    assert "CADENCIA_TEMPLATES=templates,acme/templates" in made.stdout
    copy = new(folder, "SecondWelcome", "--from", "welcome-series")
    assert copy.returncode == 0, copy.stderr
    assert {"acme/win_back.py", "acme/tests/test_win_back.py"} <= written(folder)
    mails = ("first.en", "first.es", "second.en", "second.es")
    assert {f"acme/templates/win-back/{mail}.mjml" for mail in mails} <= written(folder)

    tested = run(folder, "pytest", "-v", "acme")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "TestWinBack::test_every_branch PASSED" in tested.stdout
    assert "TestSecondWelcome::test_it_comes_to_its_first_wait PASSED" in tested.stdout
    assert "second-welcome" in run(folder, "cadencia", "workflows", "list").stdout


def test_it_is_written_as_the_projects_own(folder: Path) -> None:
    new(folder, "win-back")
    new(folder, "second-welcome", "--from", "WelcomeSeries")
    config = ["--config", str(ROOT / "pyproject.toml")]
    for command in (
        ["format", "--check"],
        ["check", "--ignore", "I001"],
    ):  # whose packages come first is theirs
        checked = run(folder, "ruff", *command, *config, "acme")
        assert checked.returncode == 0, checked.stdout
    copy = (folder / "acme" / "second_welcome.py").read_text()
    assert "starts_on" not in copy, "two workflows would start on one event"
    assert '"second-welcome/hello"' in copy


def test_nothing_is_overwritten(folder: Path) -> None:
    test = folder / "acme" / "tests" / "test_win_back.py"
    test.parent.mkdir()
    test.write_text("# mine")
    before = written(folder)
    refused = new(folder, "win-back")
    assert (refused.returncode, test.read_text(), written(folder)) == (1, "# mine", before)
    assert "is there already" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["Win Back!"], "is no name for a workflow"),
        (["welcome-series"], "there is a workflow welcome-series already"),
        (["win-back", "--from", "nowhere"], "no workflow 'nowhere' to begin with"),
    ],
)
def test_it_says_what_is_wrong(folder: Path, arguments: list[str], told: str) -> None:
    refused = new(folder, *arguments)
    assert refused.returncode == 1
    assert told in refused.stderr
    assert written(folder) == {"acme/__init__.py"}
