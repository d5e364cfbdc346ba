"""Every check, on every workflow."""

import traceback
from collections.abc import Iterator, Sequence
from dataclasses import replace

from workflows.analysis.checks import (
    addresses,
    awaiting,
    calling,
    data,
    events,
    imports,
    labels,
    loops,
    onward,
    outside,
    parameters,
    people,
    state,
    swallowing,
    templates,
    waiting,
    walking,
)
from workflows.analysis.checks.finding import Check, Finding, Found, Spot
from workflows.analysis.checks.reach import reach
from workflows.analysis.checks.subject import Facts, Installation, Neighbour, Refusal, Subject
from workflows.analysis.explore import explore
from workflows.analysis.explore_sites import is_author
from workflows.kit.declaration import declaration_of
from workflows.kit.steps import Misuse
from workflows.kit.workflow import MarketingWorkflow

CHECKS: tuple[Check[Subject], ...] = (
    *swallowing.CHECKS, *awaiting.CHECKS, *outside.CHECKS, *imports.CHECKS, *data.CHECKS, *labels.CHECKS,
    *waiting.CHECKS, *calling.CHECKS,
    *state.CHECKS, *loops.CHECKS, *events.CHECKS, *onward.CHECKS, *templates.CHECKS, *people.CHECKS,
    *parameters.CHECKS, *walking.CHECKS,
)  # fmt: skip
OVERALL: tuple[Check[Installation], ...] = (
    *imports.OVERALL, *onward.OVERALL, *events.OVERALL, *templates.OVERALL, *addresses.OVERALL,
)  # fmt: skip


def examine(classes: Sequence[type[MarketingWorkflow]], facts: Facts) -> list[Finding]:
    """All findings, those of one workflow together."""
    subjects = [_subject(cls, facts) for cls in classes]
    whole = replace(facts, workflows={**facts.workflows, **{one.slug: _neighbour(one) for one in subjects}})
    subjects = [replace(one, facts=whole) for one in subjects]
    findings = [finding for subject in subjects for finding in _of(subject)]
    everything = Installation(tuple(subjects), whole)
    return [*findings, *(check.finding(one, None) for check in OVERALL for one in check.look(everything))]


def _subject(cls: type[MarketingWorkflow], facts: Facts) -> Subject:
    declaration = declaration_of(cls)
    if declaration is None:
        raise Misuse(f"{cls.__name__} is not decorated: put @marketing_workflow(…) above it")
    subject = Subject(cls, declaration, reach(cls, declaration.params), None, None, facts)
    if any(found for check in CHECKS if check.spoils for found in check.look(subject)):
        return subject
    try:
        return replace(subject, walked=explore(cls))
    except Misuse as misuse:
        return replace(
            subject, refusal=Refusal(str(misuse).removeprefix(f"{cls.__name__}: "), _raised(misuse))
        )


def _raised(misuse: BaseException) -> Spot | None:
    """The author's line that an error comes from."""
    context: BaseException | None = misuse
    while context is not None:
        frames = traceback.extract_tb(context.__traceback__)
        for frame in reversed(frames):
            if is_author(frame.filename):
                return Spot(frame.filename, frame.lineno or 1)
        context = context.__context__
    return None


def _neighbour(subject: Subject) -> Neighbour:
    walks = [walk for walk in subject.walks if not walk.outside]
    return Neighbour(
        reentry=subject.declaration.reentry,
        params=subject.declaration.params,
        hands_over_to=frozenset(walk.to for walk in walks if walk.to),
        ends=not walks or any(not walk.to and walk.ended == "outcome" for walk in walks),
    )


def _of(subject: Subject) -> Iterator[Finding]:
    found = {
        check.id: sorted({*check.look(subject)}, key=lambda one: (one.spot, one.what))
        for check in CHECKS
        if subject.walked or check.needs != "walks"
    }
    _leave_out_what_follows(subject, found)
    findings = [check.finding(one, subject.slug) for check in CHECKS for one in found.get(check.id, [])]
    yield from sorted(findings, key=lambda one: (one.file, one.line))


def _leave_out_what_follows(subject: Subject, found: dict[str, list[Found]]) -> None:
    """A path that the code itself shows to be wrong is walked wrongly: what the walks say then is no news."""
    errors = {
        one.spot
        for check in CHECKS
        if check.severity == "error" and check.needs == "code" and check is not walking.PATH_REFUSED
        for one in found[check.id]
    }
    refused = found[walking.PATH_REFUSED.id]
    found[walking.PATH_REFUSED.id] = [one for one in refused if one.spot not in errors]
    if errors:
        found[walking.BRANCH_NEVER_REACHED.id] = []
