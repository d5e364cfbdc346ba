"""What a path may not do, as far as walking it shows. Each rule is broken loudly."""

from collections import defaultdict
from typing import Any

from workflows.analysis.exploration import Place, Site
from workflows.analysis.explore_forks import OPEN
from workflows.kit.events import declared
from workflows.kit.steps import Misuse, Step, Wait

MOST_LABELS = 50
"""At one call site: a label from a larger set is data, and would make as many steps."""

_BUILT_IN = {"task.done", "email.opened", "email.clicked", "email.bounced", "site.visited"}
"""What the toolkit's own patterns look for."""


class Rules:
    """Looks at each step of each walk of one workflow."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._labels: defaultdict[tuple[Site, str], set[str]] = defaultdict(set)
        self._splits: dict[tuple[str, str], Place] = {}

    def look_at(self, step: Step[Any], key: str, site: Site, closing: bool) -> None:
        self._label(step, key, site)
        if isinstance(step, Wait):
            self._wait(step, key, closing)
        elif step.method in ("split", "control_group") and site.places:
            self._split(step, site.places[-1])

    def _label(self, step: Step[Any], key: str, site: Site) -> None:
        if OPEN in step.label:
            raise Misuse(
                f"{self._name}: {step.method} at {_where(site)} makes its label of data that is known only while it "
                "runs: give a literal, or one from a set (answers=, results=)"
            )
        known = self._labels[site, step.method]
        known.add(step.label)
        if len(known) > MOST_LABELS:
            raise Misuse(
                f"{self._name}: {step.method} at {_where(site)} has more than {MOST_LABELS} labels, the last {key}: "
                "take labels from a small set"
            )

    def _wait(self, wait: Wait, key: str, closing: bool) -> None:
        if closing:
            raise Misuse(f"{self._name}: {key} waits in an @on_end method: move the wait into the path")
        for pattern in wait.patterns:
            unknown = set(pattern.names) - declared().keys() - _BUILT_IN
            if unknown:
                raise Misuse(f"{self._name}: {key} waits for {unknown.pop()!r}: declare it with event(…)")

    def _split(self, step: Step[Any], place: Place) -> None:
        known = self._splits.setdefault((step.method, step.label), place)
        if known != place:
            raise Misuse(
                f"{self._name}: {step.method} {step.label!r} is asked at {known} and at {place}: "
                "give each its own name, or ask once and keep the answer"
            )


def _where(site: Site) -> str:
    return str(site.places[-1]) if site.places else "its end"
