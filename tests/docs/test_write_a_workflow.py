"""docs/write-a-workflow.md, done as it is written."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.documents import ROOT, blocks, prose
from tests.docs.reader import Reader, clone
from tools.fresh_stack import fresh_stack, until
from workflows.kit.contact import ContactWorkflow

GUIDE = ROOT / "docs" / "write-a-workflow.md"
BEGIN, LOOK, ENROLL = blocks(GUIDE, "bash")
WORKFLOW, TEST = blocks(GUIDE, "python")
(MISSING,) = blocks(GUIDE, "text")
THE_BEST = re.compile(r"    async def test_the_best_are_called.*?\n\n", re.DOTALL)
NOBODY = re.compile(r"    async def test_perhaps_nobody_calls.*?\n\n", re.DOTALL)

pytestmark = pytest.mark.timeout(300)


def shell(folder: Path, script: str, fails: bool = False) -> str:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert bool(done.returncode) == fails, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_from_the_idea_to_the_first_contact(tmp_path: Path) -> None:
    clone(tmp_path)
    assert "5 passed" in shell(tmp_path, BEGIN)
    (tmp_path / "acme" / "win_back.py").write_text(WORKFLOW)
    test = tmp_path / "acme" / "tests" / "test_win_back.py"
    test.write_text(TEST)
    looked = shell(tmp_path, LOOK)
    assert "6 passed" in looked
    assert "✓ win-back" in looked
    assert "flowchart" in looked

    test.write_text(NOBODY.sub("", THE_BEST.sub("", TEST)))
    assert MISSING in shell(tmp_path, ".venv/bin/pytest acme", fails=True)

    settings = {"WORKFLOWS": "workflows,acme", "TEMPLATES": "templates,acme/templates"}
    with fresh_stack(tmp_path, ("make", "run", "-o", ".venv/.ready"), **settings) as stack:
        assert "started" in Reader(stack).runs(ENROLL)
        (mail,) = until(lambda: stack.mails("ana@example.com"))
        assert mail["subject"].startswith("Good to have you here")


def test_the_code_is_written_as_the_projects_own(tmp_path: Path) -> None:
    for name, text in (("workflow", WORKFLOW), ("test", TEST)):
        file = tmp_path / f"{name}.py"
        file.write_text(text)
        config = ["--config", str(ROOT / "pyproject.toml")]
        for command in (["format", "--check"], ["check", "--ignore", "I001"]):
            subprocess.run([sys.executable, "-m", "ruff", *command, *config, file], check=True)


def test_its_table_has_every_method_that_a_path_may_call() -> None:
    named = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| .* \|$", prose(GUIDE), re.MULTILINE))))
    public = {name for name in dir(ContactWorkflow) if not name.startswith("_")}
    own = {"path", "run", "enrollment", "params", "subject_kind", "log"}
    assert named == public - own
