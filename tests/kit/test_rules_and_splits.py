"""Rules and splits, the decisions that a path takes."""

from collections import Counter

import pytest

from activities.rules import holds
from store.tables import Contact
from workflows.kit import attribute, score
from workflows.kit.rules import Rule
from workflows.kit.splits import arm_of

ANN = Contact(id="con_1", score=40, attributes={"plan": "pro", "seats": 3})


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (score >= 40, True),
        (score > 40, False),
        (attribute("plan") == "pro", True),
        (attribute("plan") != "pro", False),
        (attribute("plan").is_in("free", "pro"), True),
        (attribute("seats") < 3, False),
        (attribute("missing") == "x", False),
        (attribute("missing") != "x", True),
        (attribute("missing").is_set(), False),
        (attribute("plan") > 5, False),
        ((score >= 40) & (attribute("plan") == "pro"), True),
        ((score >= 41) & (attribute("plan") == "pro"), False),
    ],
)
def test_rules(rule: Rule, expected: bool) -> None:
    assert all(holds(ANN, one) for one in rule.conditions) is expected


def test_a_rule_reads_like_its_code() -> None:
    assert str((score >= 40) & (attribute("plan") == "pro")) == "score >= 40 & plan == 'pro'"


def test_a_rule_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match=r"use `await self.matches\(rule\)`"):
        bool(score >= 40)


def test_a_split_is_sticky_and_follows_its_weights() -> None:
    arms = {"guide": 1, "offer": 3}
    counts = Counter(arm_of(f"con_{number}", "incentive", arms) for number in range(8_000))
    assert abs(counts["offer"] / 8_000 - 0.75) < 0.02
    assert arm_of("con_7", "incentive", arms) == arm_of("con_7", "incentive", arms)
    assert {arm_of("con_7", f"split {number}", arms) for number in range(20)} == {"guide", "offer"}
