"""Nothing is wrong with the workflows that come with Cadencia, and little with those of the tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.check.gather import gather
from worker.settings import Settings
from workflows.analysis.checks.examine import examine
from workflows.analysis.checks.finding import Finding

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = (ROOT / "templates", ROOT / "examples" / "acme" / "templates")


def found(*packages: str) -> Iterator[Finding]:
    gathered = gather(Settings(_env_file=None, workflows=packages, templates=TEMPLATES))
    yield from (one for one in examine(gathered.classes, gathered.facts) if one.severity != "hint")


@pytest.mark.parametrize("packages", [("workflows",), ("workflows", "examples.acme")], ids=" and ".join)
def test_shipped_workflows_are_well(packages: tuple[str, ...]) -> None:
    assert list(found(*packages)) == []


def test_of_the_samples_only_those_are_wrong_that_are_to_be() -> None:
    """One reads the clock, one raises errors, to show what becomes of a run then."""
    wrong = {(one.workflow, one.check) for one in found("workflows", "tests.samples", "tests.own")}
    assert wrong == {
        ("impatient", "clock"),
        ("faulty", "own-concurrency"),
    }
