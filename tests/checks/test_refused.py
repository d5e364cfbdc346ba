"""What the toolkit refuses is told with its remedy, and hides nothing else that is wrong."""

from dataclasses import replace

import pytest

from tests.checks.facts import BOTH, FACTS, MAILS
from tests.checks.pairs import refused
from workflows.analysis.checks.examine import examine
from workflows.analysis.checks.finding import Finding
from workflows.analysis.checks.template_reads import unguarded
from workflows.kit import ContactWorkflow


def findings(cls: type[ContactWorkflow]) -> list[Finding]:
    return [one for one in examine([cls, refused.Sound], FACTS) if one.workflow]


@pytest.mark.parametrize(
    ("cls", "remedies"),
    [
        (
            refused.ForgetsItsTime,
            ["Say how long it waits at most: `await self.wait_for(OrderCompleted, within=days(3))`."],
        ),
        (
            refused.NamesEvents,
            [
                "Give the event itself: `OrderCompleted`, by `from workflows.events import OrderCompleted`.",
                "Declare it in the file `events.py` of the package, "
                '`CartLeft = event("cart.left")`, and give `CartLeft`.',
            ],
        ),
        (
            refused.ReadsAttributes,
            [
                f'Ask for it: `await self.matches(attribute("{name}") == …)`. What is known of a contact stays in '
                "the database; the path learns the answer alone."
                for name in ("plan", "city", "tier")
            ],
        ),
        (refused.LacksArguments, ["Write `await self.sleep(duration, label)`."]),
        (refused.ReadsNothing, ["Hand it to the method as an argument, or make it a field of the workflow's "
                                "Parameters: `self.params.…`."]),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)  # fmt: skip
def test_each_has_its_remedy(cls: type[ContactWorkflow], remedies: list[str]) -> None:
    assert [one.remedy for one in findings(cls) if one.check == "path-refused"] == remedies


def test_all_that_the_source_shows_is_told_too() -> None:
    found = [(one.check, one.what) for one in findings(refused.WrongThroughout)]
    assert found == [
        ("template-missing", "There is no template `no/such`"),
        ("path-refused", "`wait_for` in `path` is not given `within`"),
        ("opens-alone", "The wait for `email.opened` hears of opens alone"),
        ("task-without-due", "Task `call` has no due time"),
        ("owner-missing", "`create_task` names no role"),
        ("wait-without-end", "`sleep` of `for ever` may last 11 years"),
        ("template-missing", "There is no template `no/other`"),
        ("unknown-workflow", "`nowhere` is not installed"),
        ("hands-over-to-itself", "It hands over to itself, while it is still running"),
    ]


def test_templates_that_nobody_sends_are_told_beside_a_refused_path() -> None:
    facts = replace(FACTS, templates={"no/such": BOTH, "old": BOTH})
    found = [one.what for one in examine([refused.WrongThroughout], facts) if one.check == "template-unsent"]
    assert found == ["No workflow sends `old`"]


def test_the_sound_neighbour_stays_sound() -> None:
    assert findings(refused.Sound) == []


def test_attributes_that_a_template_reads() -> None:
    reads = unguarded(str(MAILS / "bare.en.mjml"), 0)
    assert reads == ((2, "plan"), (5, "city"), (6, "vip"))
    assert unguarded(str(MAILS / "careful.en.mjml"), 0) == ()
