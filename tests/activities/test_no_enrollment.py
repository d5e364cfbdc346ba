"""Effects of a run whose row is gone: an older database was restored."""

from dataclasses import replace
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.calls import (
    NO_ENROLLMENT,
    AddScore,
    Call,
    CreateTask,
    End,
    Entry,
    Nothing,
    Publish,
)
from activities.endings import Endings
from activities.errors import CodedErrors
from activities.providers.channels import OwnChannel
from activities.publishing import Publishing
from activities.scoring import Scoring
from store.database import Database
from store.tables import Enrollment, Failure, Step
from tests.activities.conftest import Office, Ordered, rows
from tests.store.rows import NOON


class Called(ActivityInboundInterceptor):
    """What a worker does last: calls the activity."""

    def __init__(self) -> None:
        """There is no next one."""

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        return await input.fn(*input.args)


async def performed(database: Database, activity: Any, call: Call[Any]) -> Any:
    inbound = CodedErrors(database).intercept_activity(Called())
    env = ActivityEnvironment()
    env.info = replace(env.info, activity_type="test")
    return await env.run(inbound.execute_activity, ExecuteActivityInput(activity, [call], None, {}))


@pytest.fixture
async def orphan(ordered: Ordered, enrollment: Enrollment, database: Database) -> Ordered:
    """A call whose enrollment has no row; its contact has."""
    async with database.begin() as session:
        await session.delete(enrollment)
    return ordered


async def test_an_effect_is_refused_for_good(orphan: Ordered, database: Database, office: Office) -> None:
    effects = [
        (Scoring(database).add, AddScore(points=5, reason="five")),
        (Publishing(database, OwnChannel()).publish, Publish(channel="blog", item="thanks")),
        (office.tasks.create, CreateTask(label="call", role="sales")),
    ]
    for activity, order in effects:
        with pytest.raises(ApplicationError) as refused:
            await performed(database, activity, orphan(order))
        assert (refused.value.type, refused.value.non_retryable) == (NO_ENROLLMENT, True)
    assert {row.code for row in await rows(database, Failure)} == {NO_ENROLLMENT}


async def test_an_error_of_an_effect_that_has_a_row_is_another(ordered: Ordered, database: Database) -> None:
    call = ordered(AddScore(points=5, reason="five")).model_copy(update={"subject_id": "con_nobody"})
    with pytest.raises(ApplicationError) as refused:
        await performed(database, Scoring(database).add, call)
    assert refused.value.type != NO_ENROLLMENT


async def test_its_end_is_no_error(orphan: Ordered, database: Database) -> None:
    call = orphan(End(outcome="completed"))
    waited = Entry(key="sleep:a#1", at=NOON)
    assert await performed(database, Endings(database).record, call) == Nothing()
    with_steps = call.model_copy(update={"entries": (waited,)})
    assert await performed(database, Endings(database).record, with_steps) == Nothing()
    assert await rows(database, Step) == []
