"""Steps, conditions and moments, in words that people use."""

import pytest

from workflows.analysis.words import conditions, moment, step_in_words
from workflows.kit import WORKING_DAYS, attribute, date_of, days, local, score
from workflows.kit.moments import LocalTime
from workflows.kit.rules import Rule


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("send_email:welcome/hello#1", "sends welcome/hello"),
        ("wait_for:welcome/hello.seen#1", "waits for welcome/hello to be seen"),
        ("wait_for:a/b.clicked|order.completed#2", "waits for a/b to be clicked or order.completed"),
        ("wait_for:call the lead.done#1", "waits for “call the lead” to be done"),
        ("wait_for:order.completed[amount > 50]#1", "waits for order.completed where amount is more than 50"),
        ("sleep:room to look around#1", "waits: room to look around"),
        ("sleep_until:a day before#1", "waits for a date: a day before"),
        ("matches:score >= 50#1", "asks whether score is at least 50"),
        ("notify:sales/team/lead-is-ready#1", "tells sales: team/lead-is-ready"),
        ("r2/left/send_email:welcome/hello#1", "left: sends welcome/hello"),
        ("end/update_crm:customer#1", "sets the CRM stage customer"),
        ("undo/call:release_price#1", "undoes: release_price"),
        ("end:converted#1", "records the outcome converted"),
        ("made_up:thing#1", "made_up:thing#1"),
    ],
)  # fmt: skip
def test_a_step_says_what_it_does(key: str, words: str) -> None:
    assert step_in_words(key) == words


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (score >= 50, "score is at least 50"),
        (attribute("plan") == "pro", "plan is pro"),
        (attribute("trial_days") < 3, "trial days is less than 3"),
        (attribute("country").is_in("ES", "PT"), "country is ES or PT"),
        (attribute("vip") == True, "vip is yes"),  # noqa: E712  # it makes a rule
        (attribute("plan").is_set(), "plan is set"),
        ((score > 1) & (attribute("plan") != "free"), "score is more than 1 and plan is not free"),
    ],
)
def test_a_rule_in_words(rule: Rule, words: str) -> None:
    assert conditions(str(rule)) == words


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (local("09:00", on=date_of("trial_ends") - days(3)), "09:00, 3 days before the trial ends"),
        (local("09:00", on=date_of("renewal") + days(1)), "09:00, 1 day after the renewal"),
        (local("17:00", on=date_of("webinar_on"), zone="UTC"), "17:00 (UTC), on the day of the webinar"),
        (local("16:45", on=date_of("trial_ends")), "16:45, on the day the trial ends"),
        (local("08:00", on=date_of("birthday")), "08:00, on the birthday"),
        (local("09:00", on=WORKING_DAYS), "09:00, Mon–Fri"),
        (local("09:00", on=(1, 5)), "09:00, Mon or Fri"),
        (local("09:00"), "09:00"),
    ],
)  # fmt: skip
def test_a_moment_in_words(when: LocalTime, words: str) -> None:
    assert moment(when.terms) == words
