"""What walking the path shows: that it cannot be walked, or where no walk comes."""

import ast
from collections.abc import Iterator

from workflows.analysis.checks.code import Code
from workflows.analysis.checks.finding import Check, Found, Spot
from workflows.analysis.checks.misused import misused
from workflows.analysis.checks.subject import Subject


def _refused(subject: Subject) -> Iterator[Found]:
    """All that the source shows, and what the walk met first, unless that is among it."""
    shown = list(misused(subject))
    yield from shown
    refusal = subject.refusal
    if refusal and refusal.spot not in {one.spot for one in shown}:
        yield Found(refusal.spot or subject.spot, refusal.what)


def _uncovered(subject: Subject) -> Iterator[Found]:
    for one in subject.walked.uncovered if subject.walked else ():
        spot = subject.named(one.file, one.line)
        code = next((code for code in subject.functions if code.holds(spot)), None)
        if code is None or not _turns_on_parameters(code, spot):
            told = f"`{one.function}` {one.what}" if code and code.spot(code.node) == spot else one.what
            yield Found(spot, f"No walk comes here: {told}")


def _turns_on_parameters(code: Code, spot: Spot) -> bool:
    """Under other parameters than the defaults, the branch may well be come to."""
    given = _of_parameters(code)
    return any(
        _reads(code, test, given)
        for node in code.nodes
        for test, lines in _branches(node)
        if spot.line in lines
    )


def _branches(node: ast.AST) -> Iterator[tuple[ast.AST, set[int]]]:
    """What is tested, and the lines by which its sides are told."""
    match node:
        case ast.If(test=test, body=body, orelse=orelse) | ast.While(test=test, body=body, orelse=orelse):
            yield test, {node.lineno, body[0].lineno, *(one.lineno for one in orelse[:1])}
        case ast.For(iter=test, body=body, orelse=orelse):
            yield test, {node.lineno, body[0].lineno, *(one.lineno for one in orelse[:1])}
        case ast.Match(subject=test, cases=cases):
            yield test, {one.body[0].lineno for one in cases}


def _of_parameters(code: Code) -> set[str]:
    """Local names whose values follow from parameters."""
    given: set[str] = set()
    while True:
        more = {
            name.id
            for node in code.nodes
            if isinstance(node, ast.Assign) and _reads(code, node.value, given)
            for target in node.targets
            for name in ast.walk(target)
            if isinstance(name, ast.Name)
        }
        if more <= given:
            return given
        given |= more


def _reads(code: Code, node: ast.AST, given: set[str]) -> bool:
    for one in ast.walk(node):
        match one:
            case ast.Attribute(value=ast.Name(id=name), attr="params") if name in code.me:
                return True
            case ast.Name(id=name) if name in given:
                return True
    return False


PATH_REFUSED = Check(
    id="path-refused",
    severity="error",
    meaning="The path breaks a rule of the toolkit, or raises an error, when it is walked.",
    why="Workers do not start with it.",
    remedy="Change the line so that it keeps the rule.",
    look=_refused,
)
BRANCH_NEVER_REACHED = Check(
    id="branch-never-reached",
    severity="warning",
    meaning="No walk of the path comes to a branch, or a method is never called.",
    why="Nothing leads there, or only many answers in a certain order do. Runs that come there hear their events all "
    "the same, but the map does not show the branch.",
    remedy="Take it away, or correct what leads there; give a rare branch a test. What only an error of ours may "
    "reach says so by `assert_never`.",
    look=_uncovered,
    needs="walks",
)
CHECKS = (PATH_REFUSED, BRANCH_NEVER_REACHED)
