"""What is looked for in all workflows together."""

from dataclasses import replace
from pathlib import Path

from tests.checks.facts import BOTH, FACTS
from tests.checks.pairs import circling
from tests.checks.pairs.leading import Sends
from workflows.analysis.checks.examine import OVERALL, examine
from workflows.analysis.checks.finding import Finding, Spot
from workflows.analysis.checks.subject import Unreadable
from workflows.kit import ContactWorkflow, event

Forgotten = event("order.forgotten", amount=int)  # event-unused


def overall(*classes: type[ContactWorkflow], check: str) -> list[Finding]:
    assert check in {one.id for one in OVERALL}
    return [one for one in examine(classes, FACTS) if one.check == check]


def test_each_of_them_is_tested_here() -> None:
    """Like the checks of one workflow, which have pairs."""
    text = Path(__file__).read_text()
    assert [one.id for one in OVERALL if f'"{one.id}"' not in text] == []


def line_of(finding: Finding) -> str:
    return Path(finding.file).read_text().splitlines()[finding.line - 1]


def test_a_circle_is_told_once() -> None:
    (found,) = overall(circling.There, circling.Back, check="hand-over-circle")
    assert found.what == "there → back → there goes round for ever"
    assert "# hand-over-circle" in line_of(found)


def test_a_way_out_and_a_rule_that_keeps_people_out_end_a_circle() -> None:
    classes = (circling.Round, circling.AndOut, circling.Begin, circling.OnlyOnce)
    assert overall(*classes, check="hand-over-circle") == []


def test_a_name_that_is_taken() -> None:
    (found,) = overall(circling.There, circling.Back, circling.namesake(), check="name-taken")
    assert "# name-taken" in line_of(found)
    assert overall(circling.There, circling.Back, check="name-taken") == []


def test_events_that_nobody_speaks_of_are_a_hint() -> None:
    found = [one for one in overall(Sends, check="event-unused") if "order.forgotten" in one.what]
    assert [one.severity for one in found] == ["hint"]
    assert "# event-unused" in line_of(found[0])


def test_the_products_own_events_are_always_used() -> None:
    assert not any("email.opened" in one.what for one in overall(Sends, check="event-unused"))


def test_templates_that_nobody_sends_are_a_hint() -> None:
    facts = replace(
        FACTS,
        templates={"welcome/hello": BOTH, "old": BOTH, "team/task": BOTH},
        sent=frozenset({"team/task"}),
    )
    found = [one for one in examine([Sends], facts) if one.check == "template-unsent"]
    assert [(one.what, one.file) for one in found] == [("No workflow sends `old`", BOTH["en"])]


def test_a_file_that_cannot_be_imported_is_an_error() -> None:
    facts = replace(FACTS, unreadable=(Unreadable(Spot("/a/b.py", 7), "SyntaxError: invalid syntax"),))
    (found,) = [one for one in examine([], facts) if one.check == "import-fails"]
    assert (found.file, found.line, found.severity) == ("/a/b.py", 7, "error")
    assert "SyntaxError" in found.what


def test_pages_that_templates_lead_to() -> None:
    facts = replace(FACTS, unset={"CADENCIA_SITE_SHOP_URL": {"welcome/offer": Spot("/templates/offer", 3)}})
    (found,) = [one for one in examine([Sends], facts) if one.check == "address-unset"]
    assert (found.file, found.line, found.remedy) == (
        "/templates/offer", 3, "Set CADENCIA_SITE_SHOP_URL to a page of your website.",
    )  # fmt: skip
    assert (
        found.what == "CADENCIA_SITE_SHOP_URL is not set, so there is no link to that page in `welcome/offer`"
    )
