"""Rules on the subject, written as comparisons: `attribute("plan") == "pro"`, `score >= 50`, joined by `&`."""

from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from activities.calls import Condition, Match

Operator = Literal["==", "!=", "<", "<=", ">", ">=", "in", "is_set"]


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


class Field:
    """One thing known of the subject."""

    def __init__(self, name: str) -> None:
        self._name = name

    __hash__ = None  # type: ignore[assignment]  # comparing makes a rule, so a field can be no key

    def __eq__(self, value: object) -> Rule:  # type: ignore[override]  # comparing makes a rule
        return self._rule("==", value)

    def __ne__(self, value: object) -> Rule:  # type: ignore[override]  # comparing makes a rule
        return self._rule("!=", value)

    def __lt__(self, value: float | str) -> Rule:
        return self._rule("<", value)

    def __le__(self, value: float | str) -> Rule:
        return self._rule("<=", value)

    def __gt__(self, value: float | str) -> Rule:
        return self._rule(">", value)

    def __ge__(self, value: float | str) -> Rule:
        return self._rule(">=", value)

    def is_in(self, *values: JsonValue) -> Rule:
        return self._rule("in", list(values))

    def is_set(self) -> Rule:
        return self._rule("is_set", None)

    def _rule(self, operator: Operator, value: object) -> Rule:
        return Rule((Condition.model_validate({"field": self._name, "operator": operator, "value": value}),))


def attribute(name: str) -> Field:
    """An attribute of the contact, by the name the API stores it under."""
    return Field(f"attributes.{name}")


score = Field("score")
stage = Field("stage")
locale = Field("locale")
