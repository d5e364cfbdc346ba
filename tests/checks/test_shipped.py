"""Nothing is wrong with the workflows that come with Cadencia, and little with those of the tests."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.check.gather import gather
from worker.settings import Settings
from workflows.analysis.checks.examine import examine
from workflows.analysis.checks.finding import Finding

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = (ROOT / "templates", ROOT / "examples" / "acme" / "templates")


PAGES = {
    f"site_{page}_url": f"https://www.acme.example/{page}" for page in ("preferences", "meeting", "shop")
}


def found(*packages: str, pages: Mapping[str, Any] = PAGES) -> Iterator[Finding]:
    gathered = gather(Settings(_env_file=None, workflows=packages, templates=TEMPLATES, **pages))
    yield from (one for one in examine(gathered.classes, gathered.facts) if one.severity != "hint")


@pytest.mark.parametrize("packages", [("workflows",), ("workflows", "examples.acme")], ids=" and ".join)
def test_shipped_workflows_are_well(packages: tuple[str, ...]) -> None:
    assert list(found(*packages)) == []


def test_pages_of_the_website_that_are_not_set_are_named() -> None:
    warnings = list(found("workflows", pages={}))
    assert {one.check for one in warnings} == {"address-unset"}
    assert {one.severity for one in warnings} == {"warning"}, "they fail no check of a fresh clone"
    what = sorted(one.what for one in warnings)
    assert [text.partition(" ")[0] for text in what] == [
        "CADENCIA_SITE_MEETING_URL",
        "CADENCIA_SITE_PREFERENCES_URL",
        "CADENCIA_SITE_SHOP_URL",
    ]
    assert "`reactivation/best-since`, `reactivation/last-call`, `reactivation/miss-you`" in what[1]
    assert all("site." in Path(one.file).read_text().splitlines()[one.line - 1] for one in warnings)


def test_of_the_samples_only_those_are_wrong_that_are_to_be() -> None:
    """One reads the clock, one raises errors, to show what becomes of a run then."""
    wrong = {(one.workflow, one.check) for one in found("workflows", "tests.samples", "tests.own")}
    assert wrong == {
        ("impatient", "clock"),
        ("faulty", "own-concurrency"),
    }
