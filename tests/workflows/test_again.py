"""A contact that enters a workflow again gets its mails again, once each."""

from collections import Counter

from store.tables import Enrollment
from tests.workflows.stack import Run, Stack
from workflows.kit import days

NEVER_READY = {"sales_threshold": 100_000}
MOST_TOUCHES = 20


async def to_the_end(run: Run) -> list[str]:
    """A click for each touch, so that it is not given up; the templates that were sent."""
    for _ in range(MOST_TOUCHES):
        if (await run.row()).status == "ended":
            break
        await run.event("email.clicked", await run.last_message())
    assert await run.outcome() == "exhausted"
    return await run.sent()


async def ninety_days_later(stack: Stack, run: Run) -> None:
    """The re-entry rule goes by the machine's clock."""
    async with stack.composition.database.begin() as session:
        row = await session.get_one(Enrollment, run.enrolled.id)
        row.created_at -= days(90)


async def test_a_contact_is_nurtured_twice(stack: Stack) -> None:
    first = await stack.enroll("lead-nurturing", params=NEVER_READY)
    touches = await to_the_end(first)
    assert len(touches) >= 3
    assert max(Counter(touches).values()) == 1
    assert (await stack.enter("lead-nurturing", first.contact, NEVER_READY)).reason == "too_soon"

    await ninety_days_later(stack, first)
    second = await stack.enroll("lead-nurturing", first.contact, params=NEVER_READY)
    assert second.enrolled.id.endswith(":2")
    assert await to_the_end(second) == touches
    assert len(await second.mails()) == 2 * len(touches)
