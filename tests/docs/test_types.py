"""A package outside the tree is checked against our types, as they lie in the wheel."""

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.docs.documents import ROOT, blocks

WORKFLOW, TEST = blocks(ROOT / "docs" / "write-a-workflow.md", "python")
MISTAKES = {
    "goals=[OrderCompleted]": 'goals=["order.completed"]',
    "wait_for(first.clicked, within=self.params.patience)": 'wait_for("email.clicked", within=5)',
    'self.score(10, "came back to look")': 'self.score("ten", "came back to look")',
}
pytestmark = pytest.mark.timeout(300)
OWN = '''"""An activity of Acme's own."""

from typing import Literal

from temporalio import activity

from activities.calls import Call, Nothing


@activity.defn
async def hold_price(call: Call[Nothing]) -> Literal["held"]:
    """Keeps the contact's price."""
    return "held"
'''


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python into which the wheel is installed, beside the dependencies of this one."""
    folder = tmp_path_factory.mktemp("installed")
    built = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(built, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=False)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder / "env")}))
    zipfile.ZipFile(wheel).extractall(packages)
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "env" / "bin" / "python"


def mypy(python: Path, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python), "acme"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=280,
    )
    return done.stdout + done.stderr


def test_authors_packages_are_checked_against_our_types(python: Path, tmp_path: Path) -> None:
    wrong = WORKFLOW.replace("WinBack", "Wrong")
    for right, mistake in MISTAKES.items():
        assert right in wrong
        wrong = wrong.replace(right, mistake)
    (tmp_path / "acme" / "tests").mkdir(parents=True)
    for name, text in {
        "__init__.py": "",
        "tests/__init__.py": "",
        "win_back.py": WORKFLOW,
        "tests/test_win_back.py": TEST,
        "prices.py": OWN,
        "wrong.py": wrong,
    }.items():
        (tmp_path / "acme" / name).write_text(text)
    lines = mypy(python, tmp_path).splitlines()
    errors = [line for line in lines if ": error:" in line]
    assert {line.partition(":")[0] for line in errors} == {"acme/wrong.py"}, "\n".join(lines)
    for told in ('"str"; expected "EventType"', '"wait_for"', 'Argument "within"', '"score"'):
        assert any(told in line for line in errors), "\n".join(lines)
