"""Who a test enrolls."""

import secrets
from collections.abc import Mapping

from pydantic import JsonValue

from activities.placing import MARKETING
from store import clock
from store.contacts import ConsentGrant, ContactDraft, Contacts
from store.ids import new_id
from store.tables import Contact
from worker.testing.backend import Backend
from workflows.analysis.exploration import Exploration
from workflows.kit.steps import Asked, Decision

Arms = Mapping[str, str | bool]

_TRIES = 100_000


def contact(
    *,
    name: str | None = "Ana Example",
    email: str | None = None,
    locale: str = "en",
    time_zone: str = "UTC",
    consent: bool = True,
    attributes: Mapping[str, JsonValue] | None = None,
) -> ContactDraft:
    """A contact for one run, with an address that no other has. `consent` is that to marketing mail."""
    return ContactDraft(
        email=email or f"{secrets.token_hex(6)}@example.com",
        name=name,
        locale=locale,
        time_zone=time_zone,
        attributes=dict(attributes or {}),
        consent={MARKETING: ConsentGrant(granted=consent, source="test")},
    )


async def make(backend: Backend, draft: ContactDraft, found: Exploration, arms: Arms) -> Contact:
    """The contact, under an id that splits and control groups put where `arms` say."""
    if not arms:
        return await backend.contact(draft)
    id = _falling(found, arms)
    async with backend.composition.database.begin() as session:
        session.add(Contact(id=id))
        await session.flush()
        return (await Contacts(session).upsert(draft.model_copy(update={"id": id})))[0]


def _falling(found: Exploration, arms: Arms) -> str:
    """An id that falls into the arms: they are drawn by a hash of it."""
    decisions = [(_decision(found, name), arm) for name, arm in arms.items()]
    for name, (decision, arm) in zip(arms, decisions, strict=True):
        assert arm in decision.samples, (
            f"{name!r} has no arm {arm!r}: {', '.join(map(str, decision.samples))}"
        )
    for _ in range(_TRIES):
        id = new_id("con")
        asked = Asked(enrollment_id="", subject_id=id, key="", now=clock.now())
        if all(decision.decide(asked) == arm for decision, arm in decisions):
            return id
    raise AssertionError(
        f"nobody falls into {dict(arms)}: are the arms too small, or do they exclude each other?"
    )


def _decision(found: Exploration, name: str) -> "Decision[object]":
    steps = {taken.step.label: taken.step for walk in found.walks for taken in walk.steps}
    step = steps.get(name)
    assert isinstance(step, Decision), f"{found.name} has no split or control group {name!r}"
    return step
