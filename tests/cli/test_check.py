"""`cadencia workflows check`, as people and programs read it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HASTY = '''"""Hasty."""

from datetime import date, datetime

from workflows.kit import ContactWorkflow, Objective, always, days, marketing_workflow


@marketing_workflow(
    stage="convert",
    owner="shop",
    reentry=always(),
    objective=Objective("orders", 0.1, 0.2, days(10), date(2030, 1, 1), "revenue"),
)
class Hasty(ContactWorkflow):
    """Looks at the clock."""

    async def path(self) -> None:
        self.log(f"{datetime.now()}")
        await self.send_email("shop/100%, or less")
        await self.sleep(days(1), "a day")
'''
CALM = (
    HASTY.replace("Hasty", "Calm")
    .replace("{datetime.now()}", "calm")
    .replace("shop/100%, or less", "welcome/hello")
)
Check = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Runs it where a package `shop` lies beside Cadencia."""
    (tmp_path / "shop").mkdir()
    for name, text in {
        "__init__": "",
        "hasty": HASTY,
        "calm": CALM,
    }.items():
        (tmp_path / "shop" / f"{name}.py").write_text(text)
    clean = {name: one for name, one in os.environ.items() if not name.startswith(("CADENCIA_", "GITHUB_"))}
    settings = {
        "CADENCIA_WORKFLOWS": "shop", "CADENCIA_TEMPLATES": f"{ROOT / 'templates'}",
        "CADENCIA_HOME": f"{tmp_path / 'var'}", "NO_COLOR": "1",
    }  # fmt: skip

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "cli.main", "workflows", "check", *arguments],
            cwd=tmp_path, env={**clean, **settings, **more}, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    return run


def test_text(check: Check) -> None:
    done = check()
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == "✓ calm"
    assert lines[2] == "✗ hasty  2 errors"
    assert "  shop/hasty.py:18  error  clock" in lines
    assert "  shop/hasty.py:19  error  template-missing" in lines
    assert lines[-1].startswith("2 workflows: 2 errors")
    assert max(map(len, lines)) <= 100
    assert not any(line.endswith(" ") for line in lines)


def test_one_that_is_well(check: Check) -> None:
    for name in ("calm", "Calm"):
        done = check(name)
        assert (done.returncode, done.stdout) == (0, "✓ calm\n\n1 workflow: nothing wrong\n")


def test_json(check: Check) -> None:
    done = check("hasty", "--format", "json")
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert (told["workflows"], told["errors"], told["warnings"]) == (["hasty"], 2, 0)
    assert told["findings"][0] | {"what": "", "why": "", "remedy": ""} == {
        "check": "clock", "severity": "error", "workflow": "hasty", "file": "shop/hasty.py", "line": 18,
        "what": "", "why": "", "remedy": "",
    }  # fmt: skip


def test_annotations(check: Check) -> None:
    done = check("hasty", GITHUB_ACTIONS="true")
    first, second, _summary = done.stdout.splitlines()
    assert first.startswith(
        "::error file=shop/hasty.py,line=18,title=clock::`path` uses `datetime.datetime.now`. "
    )
    assert "::There is no template `shop/100%25, or less`." in second


def test_a_file_that_cannot_be_imported(check: Check, tmp_path: Path) -> None:
    (tmp_path / "shop" / "hasty.py").write_text("import datetime\n\ndef (:\n")
    done = check()
    assert done.returncode == 1
    assert "✗ all together  1 error" in done.stdout
    assert "  shop/hasty.py:3  error  import-fails" in done.stdout.splitlines()
    named = check("hasty")
    assert named.returncode == 1
    assert "no workflow 'hasty'" in named.stderr
    assert "shop/hasty.py:3" in named.stderr


def test_a_package_that_is_not_there(check: Check) -> None:
    done = check(CADENCIA_WORKFLOWS="workflows,shoop")
    assert done.returncode == 1
    assert "CADENCIA_WORKFLOWS names 'shoop'" in done.stderr
