"""Rules on the subject, written as comparisons: `attribute("plan") == "pro"`, `score >= 50`, joined by `&`."""

from dataclasses import dataclass

from activities.calls import Condition, Match
from workflows.kit.comparisons import Comparable, Operator


@dataclass(frozen=True)
class Rule:
    """All of its conditions must hold. It is evaluated beside the database: no attribute enters a history."""

    conditions: tuple[Condition, ...]

    def __and__(self, other: "Rule") -> "Rule":
        return Rule(self.conditions + other.conditions)

    def __bool__(self) -> bool:
        raise TypeError(
            "a rule has no truth value in the path: use `await self.matches(rule)`, and `&` to join rules"
        )

    def __str__(self) -> str:
        return " & ".join(str(condition) for condition in self.conditions)

    @property
    def match(self) -> Match:
        return Match(conditions=self.conditions)


class Field(Comparable[Rule]):
    """One thing known of the subject."""

    def __init__(self, name: str) -> None:
        self._name = name

    def _compared(self, operator: Operator, value: object) -> Rule:
        return Rule((Condition.model_validate({"field": self._name, "operator": operator, "value": value}),))


def attribute(name: str) -> Field:
    """An attribute of the contact, by the name the API stores it under."""
    return Field(f"attributes.{name}")


score = Field("score")
stage = Field("stage")
locale = Field("locale")
