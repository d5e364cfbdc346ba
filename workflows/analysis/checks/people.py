"""Work for people: who has it, until when, and what happens when they do not answer."""

import ast
from collections import defaultdict
from collections.abc import Iterator

from activities.calls import CreateTask, Notify
from workflows.analysis.checks.code import Code
from workflows.analysis.checks.finding import Check, Found, Spot
from workflows.analysis.checks.subject import Subject
from workflows.analysis.exploration import Walk
from workflows.kit.steps import Effect, Wait


def _unhandled(subject: Subject) -> Iterator[Found]:
    for code in subject.functions:
        for call, method in subject.calls(code):
            awaited = code.parents.get(call)
            if method != "ask" or not isinstance(awaited, ast.Await):
                continue
            match code.parents.get(awaited):
                case ast.Expr():
                    yield Found(code.spot(call), f"`{code.name}` asks, and does nothing with the answer")
                case ast.Assign(targets=[ast.Name(id=name)]) if not _is_read(code, name):
                    yield Found(code.spot(call), f"`{code.name}` asks, and never looks at `{name}`")
                case ast.Match() as match if not _has_rest(match):
                    yield Found(
                        code.spot(match), f"The `match` in `{code.name}` has no case for nobody answering"
                    )
                case ast.Assign(targets=[ast.Name(id=name)]):
                    for match in _matches(code, name):
                        if not _has_rest(match):
                            yield Found(
                                code.spot(match), f"The `match` on `{name}` has no case for nobody answering"
                            )


def _is_read(code: Code, name: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        for node in code.nodes
    )


def _matches(code: Code, name: str) -> Iterator[ast.Match]:
    for node in code.nodes:
        match node:
            case ast.Match(subject=ast.Name(id=matched)) if matched == name:
                yield node


def _has_rest(match: ast.Match) -> bool:
    """Whether there is a case for None, or for all that is left."""
    return any(_takes_none(case.pattern) and case.guard is None for case in match.cases)


def _takes_none(pattern: ast.pattern) -> bool:
    match pattern:
        case ast.MatchSingleton(value=None):
            return True
        case ast.MatchAs(pattern=inner):
            return inner is None or _takes_none(inner)
        case ast.MatchOr(patterns=several):
            return any(map(_takes_none, several))
    return False


def _without_due(subject: Subject) -> Iterator[Found]:
    for step in subject.steps:
        match step.step:
            case Effect(order=CreateTask(due_seconds=None), label=label):
                yield Found(subject.at(step.site), f"Task `{label}` has no due time")


def _ownerless(subject: Subject) -> Iterator[Found]:
    if not subject.declaration.owner.strip():
        yield Found(subject.spot, "The workflow has no owner")
    for step in subject.steps:
        match step.step:
            case Effect(order=CreateTask(role=role) | Notify(role=role)) if not role.strip():
                yield Found(subject.at(step.site), f"`{step.step.method}` names no role")


def _withdrawn(subject: Subject) -> Iterator[Found]:
    waited: defaultdict[tuple[Spot, str], list[bool]] = defaultdict(list)
    for walk in subject.walks:
        if walk.ended == "outcome" and not walk.outside:
            for spot, label, has_wait in _tasks(subject, walk):
                waited[spot, label].append(has_wait)
    for (spot, label), known in waited.items():
        if not any(known):
            yield Found(spot, f"Task `{label}` is withdrawn as soon as it is made: no wait follows it")


def _tasks(subject: Subject, walk: Walk) -> Iterator[tuple[Spot, str, bool]]:
    """Each task of a walk, and whether a wait comes after it."""
    path = [step for step in walk.steps if step.site.section == "path"]
    for at, step in enumerate(path):
        if isinstance(step.step, Effect) and isinstance(step.step.order, CreateTask):
            later = path if step.site.branch else path[at:]  # other branches wait at the same time
            yield subject.at(step.site), step.step.label, any(isinstance(one.step, Wait) for one in later)


ANSWER_UNHANDLED = Check(
    id="answer-unhandled",
    severity="error",
    meaning="A question is asked, and the path has no way for nobody answering, or none at all.",
    why="People are away: `ask` then answers None, and the path goes on as if it had never asked.",
    remedy="Give it a way: `case None:`, `case _:`, or an `else`.",
    look=_unhandled,
)
TASK_WITHOUT_DUE = Check(
    id="task-without-due",
    severity="warning",
    meaning="A task has no due time.",
    why="Nobody is late who has no date: such tasks sink to the bottom of the list.",
    remedy="Say until when: `create_task(…, due=days(2))`.",
    look=_without_due,
    needs="steps",
)
OWNER_MISSING = Check(
    id="owner-missing",
    severity="error",
    meaning="A workflow has no owner, or a task or notice names no role.",
    why="Nobody is told, and nobody feels meant.",
    remedy="Name a team: `owner=` of the workflow, `role=` of what it asks of people.",
    look=_ownerless,
    needs="steps",
)
TASK_WITHDRAWN = Check(
    id="task-withdrawn",
    severity="error",
    meaning="A task is made, and no wait follows it.",
    why="Tasks that are open when an enrollment ends are withdrawn: this one is, at once.",
    remedy="Wait for it: `await self.wait_for(task.done, within=days(3))`; or `notify`, which asks for nothing.",
    look=_withdrawn,
    needs="walks",
)
CHECKS = (ANSWER_UNHANDLED, TASK_WITHOUT_DUE, OWNER_MISSING, TASK_WITHDRAWN)
