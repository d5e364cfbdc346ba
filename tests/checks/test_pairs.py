"""Each check speaks of the workflow that breaks its rule, in the right lines, and not of the twin that keeps it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.checks.facts import FACTS
from tests.checks.pairs import awaits, data, ends, importing, keeping, leading, outside, people, waiting
from workflows.analysis.checks.examine import CHECKS, examine
from workflows.analysis.checks.finding import Finding
from workflows.kit import ContactWorkflow
from workflows.kit.declaration import slug_of
from workflows.lead_nurturing import LeadNurturing

Findings = Callable[[type[ContactWorkflow]], list[Finding]]
Pair = tuple[str, type[ContactWorkflow], type[ContactWorkflow]]

PAIRS: list[Pair] = [
    *ends.PAIRS, *awaits.PAIRS, *outside.PAIRS, *data.PAIRS, *keeping.PAIRS, *leading.PAIRS, *people.PAIRS,
    *waiting.PAIRS,
    ("unshared-import", importing.ImportsTooMuch, people.UsesThemAll),
]  # fmt: skip
ALSO: dict[type[ContactWorkflow], set[str]] = {importing.ImportsTooMuch: {"outside-world"}}
"""What else is found in a few."""


@pytest.fixture(scope="module")
def findings() -> Findings:
    """Those of one workflow, examined with all the others."""
    classes = dict.fromkeys(cls for _, *both in PAIRS for cls in both)
    found = examine([*classes, LeadNurturing], FACTS)
    return lambda cls: [one for one in found if one.workflow == slug_of(cls.__name__)]


@pytest.mark.parametrize(("check", "broken", "_twin"), PAIRS, ids=lambda one: getattr(one, "__name__", one))
def test_a_broken_rule_is_found(
    check: str, broken: type[ContactWorkflow], _twin: object, findings: Findings
) -> None:
    found = findings(broken)
    assert {one.check for one in found} == {check} | ALSO.get(broken, set())
    lines = {(one.line, one.check) for one in found}
    assert all(f"# {id}" in _lines(broken)[line - 1] for line, id in lines)
    assert {line for line, id in lines if id == check} >= set(_marked(broken, check))


@pytest.mark.parametrize("twin", {pair[2] for pair in PAIRS}, ids=lambda one: one.__name__)
def test_nothing_is_found_in_a_twin(twin: type[ContactWorkflow], findings: Findings) -> None:
    assert findings(twin) == []


def test_each_check_has_a_pair() -> None:
    assert {pair[0] for pair in PAIRS} == {check.id for check in CHECKS}


def _lines(cls: type) -> list[str]:
    return Path(str(__import__(cls.__module__, fromlist=["_"]).__file__)).read_text().splitlines()


def _marked(cls: type, check: str) -> Iterator[int]:
    """The lines of a class that name a check."""
    inside = False
    for number, line in enumerate(_lines(cls), start=1):
        if re.match(r"\S", line):
            inside = line.startswith(f"class {cls.__name__}(")
        if inside and f"# {check}" in line:
            yield number
