"""Whose clock a moment is on, and the dates that attributes hold."""

from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.calls import Found, Moment
from activities.moments import Moments
from store.database import Database
from store.tables import Contact, Enrollment
from tests.activities.conftest import Ordered, perform
from tests.activities.test_moments import at

NO_DATES: list[Any] = ["", "soon", "2027-02-30", "20270301", "2027-03-01x", 20270301, None, []]


@pytest.mark.parametrize(
    ("value", "offset", "expected"),
    [
        ("2027-03-01", 0, "2027-03-01T08:00Z"),
        ("2027-03-01", -60, "2026-12-31T08:00Z"),
        ("2027-03-01", 60, "2027-04-30T07:00Z"),
        ("2027-03-01T23:30:00Z", 0, "2027-03-01T08:00Z"),
        ("2027-03-01T23:30:00.5-05:00", 1, "2027-03-02T08:00Z"),
        ("2020-03-01", 0, "2020-03-01T08:00Z"),
        *((value, 0, None) for value in NO_DATES),
        ("9999-12-31", 1, None),
        ("0001-01-01", -1, None),
    ],
)
async def test_the_date_that_an_attribute_holds(
    database: Database,
    ordered: Ordered,
    enrollment: Enrollment,
    value: Any,
    offset: int,
    expected: str | None,
) -> None:
    async with database.begin() as session:
        contact = await session.get(Contact, enrollment.subject_id)
        assert contact
        contact.attributes = {"renewal": value}
    order = Moment(since=at("2026-01-01T00:00Z"), time="09:00", attribute="renewal", offset_days=offset)
    found = await perform(Moments(database).find, ordered(order))
    assert found == Found(at=expected and at(expected))


async def test_a_missing_attribute_has_no_date(database: Database, ordered: Ordered) -> None:
    order = Moment(since=at("2026-01-01T00:00Z"), time="09:00", attribute="renewal")
    assert await perform(Moments(database).find, ordered(order)) == Found()


@pytest.mark.parametrize(
    ("contacts", "own", "expected"),
    [
        ("Asia/Tokyo", None, "2026-01-02T00:00Z"),
        ("Asia/Tokyo", "America/New_York", "2026-01-01T14:00Z"),
        ("Mars/Olympus", None, "2026-01-01T09:00Z"),
        ("../etc/passwd", None, "2026-01-01T09:00Z"),
        ("America", None, "2026-01-01T09:00Z"),
    ],
)
async def test_whose_zone_counts(
    database: Database,
    ordered: Ordered,
    enrollment: Enrollment,
    contacts: str,
    own: str | None,
    expected: str,
) -> None:
    async with database.begin() as session:
        contact = await session.get(Contact, enrollment.subject_id)
        assert contact
        contact.time_zone = contacts
    order = Moment(since=at("2026-01-01T01:00Z"), time="09:00", zone=own)
    assert (await perform(Moments(database).find, ordered(order))).at == at(expected)


async def test_a_contact_that_is_gone_lives_by_utc(database: Database, ordered: Ordered) -> None:
    order = Moment(since=at("2026-01-01T10:00Z"), time="09:00")
    call = ordered(order).model_copy(update={"subject_id": "con_gone"})
    assert (await perform(Moments(database).find, call)).at == at("2026-01-02T09:00Z")


async def test_a_workflows_own_zone_must_exist(database: Database, ordered: Ordered) -> None:
    order = Moment(since=at("2026-01-01T00:00Z"), time="09:00", zone="Mars/Olympus")
    with pytest.raises(ApplicationError) as raised:
        await perform(Moments(database).find, ordered(order))
    assert (raised.value.type, raised.value.non_retryable) == ("unknown_zone", True)
