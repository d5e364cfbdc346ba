"""The ways on from where an enrollment stands, read from the code of its workflow."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from activities.calls import Entry
from activities.catalogue import Listed
from cli.when import moment
from workflows.analysis import ahead
from workflows.analysis.words import listed
from workflows.contracts import Enrollment, Next
from workflows.kit.workflow import MarketingWorkflow


def ways(answer: Mapping[str, Any]) -> list[str]:
    """A line for each; none where the workflow of that release is not installed here."""
    from worker import catalogue, settings

    try:
        known = catalogue.load(settings.load()).find(answer["workflow"])
        if known is None or known.release != answer["release"]:
            return []
        return [*_ways(known, answer), *_goals(known)]
    except Exception:  # whatever an author's file may raise: all else that is shown stays right
        return []


def _ways(known: Listed, answer: Mapping[str, Any]) -> Iterator[str]:
    if known.code is None or not issubclass(known.code, MarketingWorkflow):
        return
    enrollment = Enrollment(
        id=answer["id"],
        workflow=answer["workflow"],
        subject_kind=known.kind,
        subject_id=answer["contact_id"],
        entry=answer["entry"],
        params=answer["params"],
        release=answer["release"],
    )
    trail = {entry["key"]: Entry.model_validate(entry) for entry in answer["trail"]}
    keys = {step["key"] for step in answer["next"]}
    for step in answer["next"]:
        at = Next.model_validate(step)
        found = re.match(r"r(\d+)/", at.key)
        place = ahead.Place(enrollment, trail, at, int(found[1]) if found else 1, keys - {at.key})
        several = ahead.ways(known.code, place)
        for way in several:
            yield f"{_when(way, step['due'], alone=len(several) == 1)}: {_then(way)}"


def _when(way: ahead.Way, due: str | None, *, alone: bool) -> str:
    """On which condition it is taken, or at what time."""
    if way.in_time:
        return f"if {listed(way.on, 'or')}"
    at = f"on {moment(due)}" if due else "then"
    return at if alone else f"else {at}"


def _then(way: ahead.Way) -> str:
    end = []
    if way.ending:
        reason = way.ending.reason
        end = [f"ends as {way.ending.outcome}{f' ({reason})' if reason else ''}".replace("_", " ")]
    return ", then ".join([*way.steps, *end]) or "waits for the other branches"


def _goals(known: Listed) -> Iterator[str]:
    """What ends it, wherever it stands, with its goal met."""
    if known.goals:
        yield f"at any time, if {listed(sorted(known.goals), 'or')}: ends as converted"
