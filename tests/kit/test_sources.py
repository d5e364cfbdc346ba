"""What a release is, and that a process keeps to the code it began with."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from temporalio.workflow import _Definition

from tests.cli.edited import LONGER, Package
from worker.catalogue import install
from worker.runner import runner_of
from worker.settings import Settings
from workflows.kit import sources
from workflows.kit.release import release_of

_names = iter(range(1_000))


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Writes the files of a new package; its name."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(**files: str) -> str:
        package = f"team_{next(_names)}"
        (tmp_path / package).mkdir()
        for name, text in {"__init__": "", **files}.items():
            (tmp_path / package / f"{name}.py").write_text(text.replace("PACKAGE", package))
        sources.pin([package])
        return package

    yield write
    for name in [name for name in sys.modules if name.startswith("team_")]:
        del sys.modules[name]


def test_a_module_stays_what_it_was_at_its_first_import(write: Callable[..., str], tmp_path: Path) -> None:
    package = write(path="ANSWER = 1\n")
    assert importlib.import_module(f"{package}.path").ANSWER == 1
    before = sources.behind(f"{package}.path")
    (tmp_path / package / "path.py").write_text("ANSWER = 2\n")
    del sys.modules[f"{package}.path"]  # as in the sandbox, which imports it anew for each run
    assert importlib.import_module(f"{package}.path").ANSWER == 1
    assert sources.behind(f"{package}.path") == before


def test_what_a_workflow_imports_of_its_own_belongs_to_it(write: Callable[..., str]) -> None:
    package = write(
        path="from PACKAGE import helper\nfrom workflows.events import OrderCompleted\nimport json\n",
        helper="from .deeper import answer\n",
        deeper="from workflows.kit import days\nanswer = 1\n",
        other="",
    )
    importlib.import_module(f"{package}.path")
    importlib.import_module(f"{package}.other")
    behind = {name.replace(package, "team") for name in sources.behind(f"{package}.path")}
    assert behind == {"team", "team.path", "team.helper", "team.deeper", "workflows.events"}


async def test_runs_keep_to_the_code_that_the_worker_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox makes each run's classes from the file anew."""
    package = Package(tmp_path / "team")
    monkeypatch.syspath_prepend(package.folder)
    installed = install(Settings(workflows=["acme"], home=tmp_path))
    longer = next(cls for cls in installed.classes if cls.__name__ == LONGER)
    before = release_of(longer)
    package.file(LONGER).write_text("this is no Python")
    runner_of(installed).prepare_workflow(_Definition.must_from_class(longer))
    assert release_of(longer) == before
