"""Tasks, teams and publications: each moves on only from the state that it is in."""

import asyncio
from datetime import timedelta
from typing import Any

from store.database import Database
from store.publications import Publications
from store.tables import Publication, Task
from store.tasks import Tasks
from store.teams import Teams
from tests.store.rows import NOON, make_contact, make_enrollment


async def make_task(database: Database, key: str = "create_task:call#1", **fields: Any) -> Task:
    async with database.begin() as session:
        contact = await make_contact(session)
        enrollment = await make_enrollment(session, contact, entry=fields.pop("entry", "1"))
        return await Tasks(session).make(a_task(enrollment.id, key, **fields))


def a_task(enrollment_id: str, key: str = "create_task:call#1", **fields: Any) -> Task:
    return Task(
        **{
            "enrollment_id": enrollment_id, "key": key, "workflow": "welcome-series", "subject_kind": "contact",
            "subject_id": "con_1", "label": "call", "role": "sales", **fields,
        }
    )  # fmt: skip


async def read(database: Database, id: str) -> Task:
    async with database.read() as session:
        task = await Tasks(session).get(id)
    assert task is not None
    return task


async def test_one_task_per_step(database: Database) -> None:
    task = await make_task(database)
    async with database.begin() as session:
        tasks = Tasks(session)
        again = await tasks.make(a_task(task.enrollment_id, label="another"))
        other = await tasks.make(a_task(task.enrollment_id, "create_task:call#2"))
    assert (again.id, again.label) == (task.id, "call")
    assert other.id != task.id


async def test_of_parallel_answers_one_counts(database: Database) -> None:
    task = await make_task(database, answers=["yes", "no"])

    async def answer(number: int) -> bool:
        async with database.begin() as session:
            return await Tasks(session).answer(task.id, "yes", None, f"u-{number}", NOON)

    won = await asyncio.gather(*(answer(number) for number in range(10)))
    assert sum(won) == 1
    row = await read(database, task.id)
    assert (row.status, row.answered_by, row.done_at) == ("done", f"u-{won.index(True)}", NOON)


async def test_what_is_over_stays_as_it_is(database: Database) -> None:
    task = await make_task(database)
    async with database.begin() as session:
        tasks = Tasks(session)
        assert await tasks.answer(task.id, None, "done it", "ann", NOON)
        assert not await tasks.answer(task.id, None, None, "ben", NOON)
        assert not await tasks.escalate(task.id, "sales", "head")
        assert not await tasks.mark_reminded(task.id, NOON)
        await tasks.withdraw([task.enrollment_id])
        await tasks.reopen(task.enrollment_id)
    row = await read(database, task.id)
    assert (row.status, row.comment, row.answered_by, row.role) == ("done", "done it", "ann", "sales")


async def test_open_tasks_are_withdrawn_and_opened_again(database: Database) -> None:
    task = await make_task(database)
    async with database.begin() as session:
        await Tasks(session).withdraw(["another enrollment"])
        assert (await Tasks(session).get(task.id)).status == "open"  # type: ignore[union-attr]  # it exists
        await Tasks(session).withdraw([task.enrollment_id])
    withdrawn = await read(database, task.id)
    assert withdrawn.status == "withdrawn"
    assert withdrawn.done_at
    async with database.begin() as session:
        await Tasks(session).reopen(task.enrollment_id)
    reopened = await read(database, task.id)
    assert (reopened.status, reopened.done_at) == ("open", None)


async def test_answers_wait_for_their_delivery(database: Database) -> None:
    task = await make_task(database)
    later = NOON + timedelta(minutes=1)
    async with database.begin() as session:
        tasks = Tasks(session)
        assert not await tasks.undelivered(later, 9)
        await tasks.answer(task.id, None, None, None, NOON)
        assert [row.id for row in await tasks.undelivered(later, 9)] == [task.id]
        assert not await tasks.undelivered(NOON, 9)
        await tasks.mark_delivered([task.id])
        assert not await tasks.undelivered(later, 9)


async def test_pages_filter(database: Database) -> None:
    task = await make_task(database)
    async with database.begin() as session:
        page = Tasks(session).page
        second = await Tasks(session).make(a_task(task.enrollment_id, "create_task:call#2", role="head"))
        rows, cursor = await page(limit=1)
        assert [row.id for row in rows] == [max(task.id, second.id)]
        assert [row.id for row in (await page(limit=1, cursor=cursor))[0]] == [min(task.id, second.id)]
        found: list[dict[str, Any]] = [
            {"role": "sales"},
            {"role": "sales", "status": "open", "enrollment_id": task.enrollment_id},
        ]
        for filters in found:
            assert [row.id for row in (await page(**filters))[0]] == [task.id]
        empty: list[dict[str, Any]] = [{"role": "none"}, {"status": "done"}, {"enrollment_id": "none"}]
        for filters in empty:
            assert await page(**filters) == ([], None)


async def test_a_team_is_made_and_changed(database: Database) -> None:
    async with database.begin() as session:
        teams = Teams(session)
        made = await teams.put("sales", "sales@example.com", "en")
        await teams.put("lifecycle", None, "es")
    async with database.begin() as session:
        changed = await Teams(session).put("sales", None, "es")
        assert [team.name for team in await Teams(session).list()] == ["lifecycle", "sales"]
    assert (changed.email, changed.locale, changed.created_at) == (None, "es", made.created_at)
    assert changed.updated_at > made.updated_at


async def test_a_publication_is_published_once(database: Database) -> None:
    async with database.begin() as session:
        enrollment = await make_enrollment(session, await make_contact(session))
        publications = Publications(session)
        row = Publication(enrollment_id=enrollment.id, key="publish:post#1", channel="blog", item="post")
        made = await publications.make(row)
        again = await publications.make(
            Publication(enrollment_id=enrollment.id, key="publish:post#1", channel="blog", item="other")
        )
        assert (again.id, again.item) == (made.id, "post")
        assert await publications.mark_published(made.id, "https://blog.example/post", NOON)
        assert not await publications.mark_published(made.id, None, NOON)
    async with database.read() as session:
        kept = await Publications(session).get(made.id)
    assert kept
    assert (kept.status, kept.url, kept.published_at) == ("published", "https://blog.example/post", NOON)
