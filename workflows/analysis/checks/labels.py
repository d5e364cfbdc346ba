"""Names of steps: the keys by which runs, maps and reports know them."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from inspect import getattr_static, signature
from typing import Any, Literal, get_args, get_origin

from workflows.analysis.checks.answers import answer_of, held
from workflows.analysis.checks.code import Code
from workflows.analysis.checks.finding import Check, Found
from workflows.analysis.checks.subject import Subject

_LABELS: Mapping[str, Sequence[str]] = {
    "sleep": ["label"], "sleep_until": ["label"], "send_email": ["template"], "score": ["reason"],
    "update_contact": ["label"], "withdraw_consent": ["topic"], "update_crm": ["stage"], "start": ["workflow"],
    "hand_over": ["to"], "notify": ["role", "template"], "publish": ["channel", "item"], "call": ["label"],
    "compensate_with": ["label"], "split": ["name"], "control_group": ["name"], "random": ["label"],
    "create_task": ["label"], "ask": ["label"], "finish": ["outcome"], "withdraw": ["reason"],
}  # fmt: skip
_IDS = {"id", "at", "about", "message_id", "task_id", "enrollment_id", "publication_id"}
_UNLABELLED = {"now", "compare"}


def _unbounded(subject: Subject) -> Iterator[Found]:
    for code in subject.functions:
        for call, method in subject.calls(code):
            for label in given_label(subject, call, method):
                culprit = _culprit(subject, code, label)
                if culprit:
                    yield Found(
                        code.spot(call),
                        f"`{method}` in `{code.name}` makes its name `{ast.unparse(label)}` of {culprit}",
                    )


def given_label(subject: Subject, call: ast.Call, method: str) -> Iterator[ast.expr]:
    """The arguments that name a step."""
    if method not in _LABELS or not subject.is_toolkit(method):
        return
    order = list(signature(getattr_static(subject.cls, method)).parameters)[1:]
    for name in _LABELS[method]:
        at = order.index(name)
        if at < len(call.args):
            yield call.args[at]
        yield from (one.value for one in call.keywords if one.arg == name)


def _culprit(subject: Subject, code: Code, label: ast.expr) -> str | None:
    """What in a label comes from no set that is known beforehand."""
    known = held(code)
    for node in ast.walk(label):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr="enrollment") if name in code.me:
                return "the enrollment, which is another for each contact"
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id=name), attr="params"), attr=field) if (
                name in code.me and not _is_bounded(subject, field)
            ):
                return f"the parameter `{field}`, which may be anything"
            case ast.Attribute(attr=part) if part in _IDS and answer_of(code, node, known):
                return "an id or a time, which is another each time"
            case ast.Name() | ast.Await():
                answer = answer_of(code, node, known)
                if answer and answer.is_open:
                    return f"what `{answer.method}` answers, which may be anything"
    return None


def _is_bounded(subject: Subject, field: str) -> bool:
    """Whether a parameter has a known set of values."""
    declared = subject.declaration.params.model_fields.get(field)
    kind: Any = declared.annotation if declared else None
    is_set = isinstance(kind, type) and issubclass(kind, Enum | bool)
    return declared is None or is_set or get_origin(kind) is Literal or _are_constants(get_args(kind))


def _are_constants(kinds: tuple[Any, ...]) -> bool:
    """Of `Literal["a"] | None`, say."""
    return bool(kinds) and all(one is type(None) or get_origin(one) is Literal for one in kinds)


def _missing(subject: Subject) -> Iterator[Found]:
    for step in subject.steps:
        if not step.step.label.strip(" /") and step.step.method not in _UNLABELLED:
            yield Found(subject.at(step.site), f"`{step.step.method}` has an empty label")


def _asked_twice(subject: Subject) -> Iterator[Found]:
    first: dict[tuple[str, str], tuple[Code, ast.Call]] = {}
    for code in subject.functions:
        for call, method in subject.calls(code):
            if method not in ("split", "control_group"):
                continue
            for label in given_label(subject, call, method):
                if isinstance(label, ast.Constant) and isinstance(label.value, str):
                    where, before = first.setdefault((method, label.value), (code, call))
                    if before is not call:
                        yield Found(
                            code.spot(call),
                            f"`{method}` `{label.value}` is asked here and in line {before.lineno} (`{where.name}`)",
                        )


UNBOUNDED_LABEL = Check(
    id="unbounded-label",
    severity="error",
    meaning="A step's name is made of data: an id, a time, a free parameter, an open answer.",
    why="Steps are known by name. Made of data there are as many as contacts: no report knows them again.",
    remedy="Give a literal, or one of a set: an enum or `Literal` parameter, `answers=`, `results=`, a tuple.",
    look=_unbounded,
)
LABEL_MISSING = Check(
    id="label-missing",
    severity="error",
    meaning="A step has an empty label.",
    why="Operators read it in Temporal UI, and runs know their steps by it.",
    remedy='Say what it is for: `await self.sleep(days(3), "room to look around")`.',
    look=_missing,
    needs="steps",
)
SPLIT_ASKED_TWICE = Check(
    id="split-asked-twice",
    severity="error",
    meaning="Two splits, or two control groups, of one name are in one workflow.",
    why="A split's name is its draw: both would put a contact into the same arm, and reports would count it twice.",
    remedy="Give each its own name, or ask once and keep the answer.",
    look=_asked_twice,
)
CHECKS = (UNBOUNDED_LABEL, LABEL_MISSING, SPLIT_ASKED_TWICE)
