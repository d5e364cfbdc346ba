"""Local times: each step once on each day of the contact's calendar, through every change of the clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.calls import Moment
from activities.moments import moment_at

ZONES = [
    "UTC", "Europe/Madrid", "America/New_York", "America/St_Johns", "America/Sao_Paulo", "Africa/Casablanca",
    "Asia/Kolkata", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "America/Nuuk",
    "Asia/Kathmandu", "Pacific/Chatham",
]  # fmt: skip
TIMES = ["00:00", "00:30", "01:30", "02:00", "02:15", "02:30", "03:00", "09:00", "12:00", "23:30", "23:59"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def following(zone: str, since: datetime, local: str, *weekdays: int) -> datetime:
    found = moment_at(Moment(since=since, time=local, weekdays=weekdays), ZoneInfo(zone), None)
    assert found is not None
    return found


def dated(zone: str, day: date, local: str) -> datetime:
    moment = Moment(since=at("2000-01-01T00:00Z"), time=local, attribute="renewal")
    found = moment_at(moment, ZoneInfo(zone), day)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("zone", "day", "local", "expected"),
    [
        # Skipped: read with the offset from before the gap.
        ("Europe/Madrid", "2027-03-28", "02:30", "2027-03-28T01:30Z"),
        ("America/New_York", "2027-03-14", "02:30", "2027-03-14T07:30Z"),
        ("America/St_Johns", "2027-03-14", "02:30", "2027-03-14T06:00Z"),
        ("America/St_Johns", "2011-03-13", "00:01", "2011-03-13T03:31Z"),
        ("Australia/Lord_Howe", "2027-10-03", "02:15", "2027-10-02T15:45Z"),
        ("America/Sao_Paulo", "2018-11-04", "00:30", "2018-11-04T03:30Z"),
        ("Africa/Casablanca", "2027-03-14", "02:30", "2027-03-14T02:30Z"),
        ("Pacific/Apia", "2011-12-30", "09:00", "2011-12-30T19:00Z"),
        ("Pacific/Kiritimati", "1994-12-31", "09:00", "1994-12-31T19:00Z"),
        ("America/Nuuk", "2027-03-27", "23:30", "2027-03-28T01:30Z"),
        # Repeated: the first counts.
        ("Europe/Madrid", "2027-10-31", "02:30", "2027-10-31T00:30Z"),
        ("America/New_York", "2027-11-07", "01:30", "2027-11-07T05:30Z"),
        ("America/St_Johns", "2027-11-07", "01:30", "2027-11-07T04:00Z"),
        ("Australia/Lord_Howe", "2027-04-04", "01:45", "2027-04-03T14:45Z"),
        ("America/Sao_Paulo", "2018-02-17", "23:30", "2018-02-18T01:30Z"),
        # Neither.
        ("Australia/Lord_Howe", "2027-04-05", "01:45", "2027-04-04T15:15Z"),
        ("Asia/Kathmandu", "2027-01-01", "09:00", "2027-01-01T03:15Z"),
        ("Pacific/Kiritimati", "2027-01-01", "09:00", "2026-12-31T19:00Z"),
    ],
)
def test_gaps_and_repeats(zone: str, day: str, local: str, expected: str) -> None:
    assert dated(zone, date.fromisoformat(day), local) == at(expected)
    before = at(expected) - timedelta(seconds=1)
    assert following(zone, before, local) == at(expected)


def test_the_second_time_of_a_repeated_hour_is_not_taken() -> None:
    first = following("Europe/Madrid", at("2027-10-30T12:00Z"), "02:30")
    assert first == at("2027-10-31T00:30Z")
    between = at("2027-10-31T01:15Z")  # 02:15 again
    assert following("Europe/Madrid", between, "02:30") == at("2027-11-01T01:30Z")


def test_the_day_that_apia_skipped_has_no_step_of_its_own() -> None:
    steps = [following("Pacific/Apia", at("2011-12-29T12:00Z"), "09:00")]
    for _ in range(3):
        steps.append(following("Pacific/Apia", steps[-1], "09:00"))
    locally = [step.astimezone(ZoneInfo("Pacific/Apia")) for step in steps]
    assert [(step.month, step.day, step.hour) for step in locally] == [
        (12, 29, 9), (12, 31, 9), (1, 1, 9), (1, 2, 9),
    ]  # fmt: skip


def test_a_time_in_the_gap_is_strictly_after() -> None:
    step = following("Europe/Madrid", at("2027-03-27T12:00Z"), "02:30")
    assert following("Europe/Madrid", step, "02:30") == at("2027-03-29T00:30Z")


@pytest.mark.parametrize("local", TIMES)
@pytest.mark.parametrize("year", [1994, 2011, 2018, 2027])
@pytest.mark.parametrize("zone", ZONES)
def test_a_year_day_by_day_has_each_day_once(zone: str, year: int, local: str) -> None:
    """The steps taken are those of the year's days, no more and no fewer; two days meet only where one is skipped."""
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
    wanted = list(dict.fromkeys(dated(zone, day, local) for day in days))
    assert len(wanted) >= 364
    taken: list[datetime] = []
    step = wanted[0] - timedelta(microseconds=1)
    while len(taken) < len(wanted):
        step = following(zone, step, local)
        taken.append(step)
    assert taken == wanted


@settings(max_examples=400)
@given(
    zone=st.sampled_from(ZONES),
    since=st.integers(631_152_000, 2_114_380_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    local=st.times().map(lambda found: f"{found:%H:%M}"),
    weekdays=st.sets(st.integers(1, 7)),
)
def test_the_next_one_is_the_first_of_all_later(
    zone: str, since: datetime, local: str, weekdays: set[int]
) -> None:
    found = following(zone, since, local, *weekdays)
    assert found > since
    today = since.astimezone(ZoneInfo(zone)).date()
    days = [today + timedelta(days=number) for number in range(-3, 12)]
    wanted = [day for day in days if not weekdays or day.isoweekday() in weekdays]
    assert found == min(one for day in wanted if (one := dated(zone, day, local)) > since)
    assert found - since <= timedelta(days=9)


def test_weekdays_are_the_contacts_own() -> None:
    monday_there = at("2027-03-07T10:00Z")  # already 00:00 on Monday in Kiritimati
    assert following("Pacific/Kiritimati", monday_there, "09:00", 1) == at("2027-03-07T19:00Z")
    assert following("America/New_York", monday_there, "09:00", 1) == at("2027-03-08T14:00Z")
    assert following("UTC", at("2027-03-08T09:00Z"), "09:00", 1) == at("2027-03-15T09:00Z")
