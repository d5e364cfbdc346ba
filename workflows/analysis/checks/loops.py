"""Loops and waits that nothing ends."""

import ast
from collections.abc import Iterator
from datetime import timedelta

from workflows.analysis.checks.code import Code
from workflows.analysis.checks.finding import Check, Found
from workflows.analysis.checks.subject import Subject, called
from workflows.kit.steps import Wait

_LEAVE = {"finish", "withdraw", "hand_over", "next_round"}
_ENDLESS = {"itertools.count", "itertools.cycle", "itertools.repeat"}
_LOOPS = ast.For | ast.AsyncFor | ast.While
_TOO_LONG = timedelta(days=3653)


def _without_exit(subject: Subject) -> Iterator[Found]:
    leaving = _leaving(subject)
    for code in subject.functions:
        for node in code.nodes:
            if isinstance(node, _LOOPS) and _is_endless(code, node) and not _leaves(code, node, leaving):
                head = ast.unparse(node).partition("\n")[0]
                yield Found(code.spot(node), f"Nothing leads out of `{head}` in `{code.name}`")


def _is_endless(code: Code, loop: ast.stmt) -> bool:
    match loop:
        case ast.While(test=ast.Constant(value=value)):
            return bool(value)
        case ast.For(iter=ast.Call(func=function)):
            return code.dotted(function) in _ENDLESS
    return False


def _leaving(subject: Subject) -> set[str]:
    """Methods that may end the path, by themselves or by those that they call."""
    known = set(_LEAVE)
    while True:
        more = {
            code.name for code in subject.functions for _, method in subject.calls(code) if method in known
        } - known
        if not more:
            return known
        known |= more


def _leaves(code: Code, loop: ast.stmt, leaving: set[str]) -> bool:
    for node in code.nodes:
        if loop not in code.above(node):
            continue
        match node:
            case ast.Return() | ast.Raise():
                return True
            case ast.Break() if next(one for one in code.above(node) if isinstance(one, _LOOPS)) is loop:
                return True
            case ast.Call() if called(code, node) in leaving:
                return True
    return False


def _without_end(subject: Subject) -> Iterator[Found]:
    for step in subject.steps:
        if isinstance(step.step, Wait) and step.lasts is not None and step.lasts >= _TOO_LONG:
            years = round(step.lasts.days / 365.25)
            yield Found(
                subject.at(step.site), f"`{step.step.method}` of `{step.step.label}` may last {years} years"
            )


LOOP_WITHOUT_EXIT = Check(
    id="loop-without-exit",
    severity="error",
    meaning="Nothing leads out of a loop.",
    why="Such a run has no outcome, so no report ever counts it; only a goal or an operator ends it.",
    remedy="Bound it (`for _ in range(self.params.most)`), `finish` in it, or turn in rounds with `next_round(…)`.",
    look=_without_exit,
    spoils=True,
)
WAIT_WITHOUT_END = Check(
    id="wait-without-end",
    severity="error",
    meaning="A wait may last ten years or more.",
    why="It is a dead end: whoever comes here stays, and is counted as under way for ever.",
    remedy="Wait as long as an answer still matters, then `finish` under an outcome of its own.",
    look=_without_end,
    needs="steps",
)
CHECKS = (LOOP_WITHOUT_EXIT, WAIT_WITHOUT_END)
