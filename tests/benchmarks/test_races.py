"""The two races run, in a form too small for their figures to mean anything."""

from benchmarks.enroll.measure import measure as enrollments
from benchmarks.journey.measure import measure as journeys


async def test_journeys_send_what_they_should_while_they_are_measured() -> None:
    result = await journeys(at_once=2, turns=1)
    assert result.ratio("three emails") > 0


async def test_enrollments_are_created_while_they_are_measured() -> None:
    result = await enrollments(count=4, callers=2, turns=1)
    assert result.ratio("POST …/enrollments") > 0
    assert result.ratio("POST …/enrollments/batch") > 0
