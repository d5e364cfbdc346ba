"""Waits: by what label they are known, and what becomes of one for a date that nobody knows."""

import ast
from collections.abc import Iterator

from activities.calls import Moment
from workflows.analysis.checks.code import Code
from workflows.analysis.checks.finding import Check, Found
from workflows.analysis.checks.labels import given_label
from workflows.analysis.checks.subject import Subject
from workflows.kit.steps import Effect

_LABELLED = {"sleep", "sleep_until"}


def _alike(subject: Subject) -> Iterator[Found]:
    first: dict[str, tuple[Code, ast.Call]] = {}
    for code in subject.functions:
        for call, method in subject.calls(code):
            for label in given_label(subject, call, method) if method in _LABELLED else ():
                if isinstance(label, ast.Constant) and isinstance(label.value, str):
                    where, before = first.setdefault(label.value, (code, call))
                    if before is not call:
                        yield Found(
                            code.spot(call),
                            f"The wait `{label.value}` is here and in line {before.lineno} (`{where.name}`)",
                        )


def _thrown_away(subject: Subject) -> Iterator[Found]:
    dated = {
        subject.at(step.site)
        for step in subject.steps
        if isinstance(step.step, Effect)
        and isinstance(step.step.order, Moment)
        and step.step.order.attribute is not None
    }
    for code in subject.functions:
        for call, method in subject.calls(code):
            awaited = code.parents.get(call)
            is_thrown_away = isinstance(awaited, ast.Await) and isinstance(
                code.parents.get(awaited), ast.Expr
            )
            if method == "sleep_until" and is_thrown_away and code.spot(call) in dated:
                yield Found(code.spot(call), f"`{code.name}` never looks whether the contact has this date")


WAIT_LABEL_TWICE = Check(
    id="wait-label-twice",
    severity="warning",
    meaning="Two waits, by `sleep` or `sleep_until`, have one label in a workflow.",
    why="Operators and reports know a wait by its label: at which of the two somebody stands they cannot tell.",
    remedy="Give each its own, such as `time to read` and `time to decide`; what is one wait goes into one method.",
    look=_alike,
)
DATE_UNHANDLED = Check(
    id="date-unhandled",
    severity="error",
    meaning="A path waits for a date of the contact's, and throws the answer away.",
    why="Where the attribute holds no date, `sleep_until` answers False at once: what was to come then is done now.",
    remedy='Give it a way: `if not await self.sleep_until(…): self.finish("no date")`.',
    look=_thrown_away,
    needs="steps",
)
CHECKS = (WAIT_LABEL_TWICE, DATE_UNHANDLED)
