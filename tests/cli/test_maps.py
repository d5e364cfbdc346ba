"""`cadencia workflows map`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.output import Failure

run = CliRunner()


def test_mermaid_by_default() -> None:
    result = run.invoke(app, ["workflows", "map", "welcome-series"])
    assert result.exit_code == 0
    assert result.stdout.startswith("flowchart TD")


def test_json_of_one_and_of_all() -> None:
    one = json.loads(run.invoke(app, ["workflows", "map", "LeadNurturing", "--format", "json"]).stdout)
    assert one["slug"] == "lead-nurturing"
    every = json.loads(run.invoke(app, ["workflows", "map", "--format", "json"]).stdout)
    assert {"lead-nurturing", "welcome-series"} <= {turn["slug"] for turn in every["workflows"]}


@pytest.mark.parametrize("name", ["map.html", "map.svg", "map.json", "map.mmd"])
@pytest.mark.parametrize("workflow", [["welcome-series"], []])
def test_a_file_says_its_format(tmp_path: Path, name: str, workflow: list[str]) -> None:
    file = tmp_path / name
    result = run.invoke(app, ["workflows", "map", *workflow, "-o", str(file)])
    assert result.exit_code == 0
    begins = {"html": "<!doctype html>", "svg": "<svg ", "json": "{", "mmd": "flowchart "}
    assert file.read_text().startswith(begins[name.partition(".")[2]])


@pytest.mark.parametrize("format", ["mermaid", "json", "html", "svg"])
def test_mails_are_known_by_their_subjects(format: str) -> None:
    drawn = run.invoke(app, ["workflows", "map", "welcome-series", "--format", format]).stdout
    assert "welcome/hello" in drawn
    assert "“Did our welcome reach you?”" in drawn


def test_a_workflow_that_is_not_there() -> None:
    result = run.invoke(app, ["workflows", "map", "nothing"])
    assert isinstance(result.exception, Failure)
    assert "no workflow 'nothing': the installed ones are" in str(result.exception)


def test_pictures_are_loaded_only_for_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    assert run.invoke(app, ["workflows", "map", "welcome-series"]).exit_code == 0
    result = run.invoke(app, ["workflows", "map", "welcome-series", "--format", "svg"])
    assert isinstance(result.exception, Failure)
    assert "pygraphviz" in str(result.exception)


@pytest.mark.parametrize(
    ("command", "text", "told"),
    [
        (
            ["map", "welcome-series"],
            "x = 1\n\ndef (:\n",
            ":3 cannot be imported: SyntaxError: invalid syntax",
        ),
        (
            ["map"],
            "import nowhere\n",
            ":1 cannot be imported: ModuleNotFoundError: No module named 'nowhere'",
        ),
        (["new", "win-back"], "\ny = 1 / 0\n", ":2 cannot be imported: ZeroDivisionError: division by zero"),
        (["list"], "from shop import no\n", ":1 cannot be imported: ImportError: cannot import name 'no'"),
    ],
)
def test_a_file_that_cannot_be_imported_is_one_line(
    tmp_path: Path, command: list[str], text: str, told: str
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "shop" / "hasty.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "workflows", *command],
        cwd=tmp_path,
        env={**os.environ, "CADENCIA_WORKFLOWS": "workflows,shop", "CADENCIA_HOME": f"{tmp_path / 'var'}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"✗ shop/hasty.py{told}")
