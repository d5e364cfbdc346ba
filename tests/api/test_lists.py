"""Lists: a cursor belongs to its list and filters, and filters by time find what came or changed since."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from store import clock
from store.contacts import Contacts
from store.database import Database
from store.enrollments import Enrollments
from store.ids import new_id
from store.tables import Decision, Event, Task
from tests.api.test_enrolling import enroll, someone
from tests.api.test_enrollments import message_of


@pytest.fixture
async def filled(api: httpx.AsyncClient, database: Database) -> list[dict[str, Any]]:
    """Two contacts with two enrollments, messages, decisions, tasks and events each."""
    people = [someone(external_id=new_id("crm")) for _ in range(2)]
    made = [(await enroll(api, one, slug)).json() for one in people for slug in ("waiting", "waiting-once")]
    async with database.begin() as session:
        for one in made:
            session.add(message_of(one["id"], one["contact_id"]))
            session.add(
                Decision(contact_id=one["contact_id"], template="a", verdict="send", reason="consent")
            )
            session.add(Event(name="site.visited", contact_id=one["contact_id"]))
            session.add(_task(one["id"]))
    return made


def _task(enrollment_id: str) -> Task:
    of = {"enrollment_id": enrollment_id, "workflow": "waiting", "subject_kind": "contact", "subject_id": "x"}
    return Task.model_validate({**of, "key": "create_task:call#1", "label": "Call", "role": "sales"})


async def listed(api: httpx.AsyncClient, path: str, **wanted: Any) -> dict[str, Any]:
    answer = await api.get(path, params={name: _text(value) for name, value in wanted.items()})
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


async def test_a_cursor_belongs_to_its_list_and_its_filters(
    api: httpx.AsyncClient, filled: list[dict[str, Any]]
) -> None:
    first, *_, last = filled
    long_ago = (clock.now() - timedelta(days=1)).isoformat()
    lists: list[tuple[str, Mapping[str, Any]]] = [
        ("/v1/enrollments", {}),
        ("/v1/enrollments", {"status": "running"}),
        ("/v1/enrollments", {"contact_id": first["contact_id"]}),
        ("/v1/enrollments", {"created_after": long_ago}),
        ("/v1/enrollments", {"updated_after": long_ago}),
        ("/v1/contacts", {}),
        ("/v1/contacts", {"created_after": long_ago}),
        ("/v1/contacts", {"updated_after": long_ago}),
        (f"/v1/contacts/{first['contact_id']}/timeline", {}),
        (f"/v1/contacts/{last['contact_id']}/timeline", {}),
        (f"/v1/contacts/{first['contact_id']}/decisions", {}),
        (f"/v1/contacts/{last['contact_id']}/decisions", {}),
        ("/v1/messages", {}),
        ("/v1/messages", {"status": "sent"}),
        ("/v1/messages", {"sent_after": long_ago}),
        ("/v1/tasks", {}),
        ("/v1/tasks", {"role": "sales"}),
    ]
    cursors = [(await listed(api, path, **wanted, limit=1))["next_cursor"] for path, wanted in lists]
    assert all(cursors)
    for at, (path, wanted) in enumerate(lists):
        for of, cursor in enumerate(cursors):
            answer = await api.get(path, params={**wanted, "cursor": cursor, "limit": 3})
            if at == of:
                assert answer.status_code == 200, answer.text
                assert answer.json()["data"], (path, wanted)
            else:
                error = answer.json()["errors"][0]
                assert (answer.status_code, error["field"]) == (422, "cursor"), (path, wanted, lists[of])
                assert "leave it out to start again" in error["detail"]


async def test_lists_that_have_one_page_take_no_cursor(
    api: httpx.AsyncClient, filled: list[dict[str, Any]]
) -> None:
    cursor = (await listed(api, "/v1/contacts", limit=1))["next_cursor"]
    for path, wanted in (
        ("/v1/contacts", {"external_id": "crm-none"}),
        ("/v1/enrollments", {"contact_external_id": "crm-none"}),
        ("/v1/enrollments/recoverable", {}),
    ):
        answer = await api.get(path, params={**wanted, "cursor": cursor})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor"), path


async def test_a_cursor_of_an_earlier_release_is_refused_with_the_way_on(api: httpx.AsyncClient) -> None:
    earlier = "WyIyMDI2LTExLTI0VDAwOjAwOjAwKzAwOjAwIiwgIndhaXRpbmc6Y29uXzE6MSJd"
    answer = await api.get("/v1/enrollments", params={"cursor": earlier})
    assert answer.status_code == 422
    assert "leave it out to start again" in answer.json()["errors"][0]["detail"]


async def test_lists_by_time(
    api: httpx.AsyncClient, filled: list[dict[str, Any]], database: Database
) -> None:
    between = clock.now()
    contact = (await enroll(api, someone())).json()["contact_id"]
    new = (await enroll(api, {"id": contact}, "waiting-later")).json()["id"]
    async with database.begin() as session:
        session.add(message_of(new, contact))
        session.add(_task(new))
        await Enrollments(session).mark_ended(filled[0]["id"], "completed", None, clock.now())
        await Contacts(session).add_score(filled[0]["contact_id"], 5, "visit")
    (message,) = (await listed(api, "/v1/messages", enrollment_id=new))["data"]
    (task,) = (await listed(api, "/v1/tasks", enrollment_id=new))["data"]
    answered = (await api.post(f"/v1/tasks/{task['id']}/answer", json={})).json()
    for path, name, expected in (
        ("/v1/enrollments", "created_after", {new, new.replace("waiting-later", "waiting")}),
        ("/v1/enrollments", "ended_after", {filled[0]["id"]}),
        ("/v1/contacts", "created_after", {contact}),
        ("/v1/messages", "created_after", {message["id"]}),
        ("/v1/messages", "sent_after", {message["id"]}),
        ("/v1/tasks", "created_after", {task["id"]}),
        ("/v1/tasks", "done_after", {answered["id"]}),
    ):
        found = (await listed(api, path, **{name: between}))["data"]
        assert {row["id"] for row in found} == expected, (path, name)
        assert (await listed(api, path, **{name: clock.now()}))["data"] == []
        refused = await api.get(path, params={name: "yesterday"})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, name)
    changed = (await listed(api, "/v1/enrollments", updated_after=between))["data"]
    assert [row["id"] for row in changed][-1] == filled[0]["id"], "the oldest change comes first"
    assert [row["updated_at"] for row in changed] == sorted(row["updated_at"] for row in changed)
    assert {row["id"] for row in changed} == {new, new.replace("waiting-later", "waiting"), filled[0]["id"]}
    people = (await listed(api, "/v1/contacts", updated_after=between))["data"]
    assert [row["id"] for row in people] == [contact, filled[0]["contact_id"]]


async def test_who_says_yes_or_no_has_changed(
    api: httpx.AsyncClient, filled: list[dict[str, Any]], database: Database
) -> None:
    since = clock.now()
    id = filled[0]["contact_id"]
    assert (await listed(api, "/v1/contacts", updated_after=since))["data"] == []
    answer = await api.patch(
        f"/v1/contacts/{id}", json={"consent": {"news": {"granted": True, "source": "form"}}}
    )
    assert answer.status_code == 200, answer.text
    (changed,) = (await listed(api, "/v1/contacts", updated_after=since))["data"]
    assert (changed["id"], changed["consent"]) == (id, {"marketing": True, "news": True})
    assert changed["updated_at"] == answer.json()["updated_at"]
