"""Looking at enrollments."""

import secrets
from typing import Any

import httpx
from temporalio.client import Client

from store import clock
from store.database import Database
from store.effects import Effects
from store.progress import LastStep, Progress
from store.tables import Message
from tests.api.conftest import Serve
from tests.api.test_enrolling import enroll, someone
from tests.temporal import port_of


async def test_the_run_itself_says_where_it_stands(api: httpx.AsyncClient) -> None:
    id = (await enroll(api, someone())).json()["id"]
    shown = (await api.get(f"/v1/enrollments/{id}")).json()
    assert (shown["live"], shown["status"], shown["step"]) == (True, "running", "wait_for:order.completed#1")
    assert shown["since"] < shown["due"] == shown["next"][0]["due"]
    assert (shown["trail"], shown["messages"]) == ([], [])
    assert shown["temporal_url"].startswith("http://127.0.0.1:8233/namespaces/default/workflows/waiting")


async def test_readers_see_who_it_is_and_those_who_only_steer_do_not(
    serve: Serve, api: httpx.AsyncClient, temporal: Client
) -> None:
    contact = someone(name="Ana", external_id="crm-7")
    id = (await enroll(api, contact)).json()["id"]
    known = {"email": contact["email"], "name": "Ana", "external_id": "crm-7", "score": 0}
    assert (await api.get(f"/v1/enrollments/{id}")).json()["contact"] == known
    (row,) = (await api.get("/v1/enrollments")).json()["data"]
    assert row["contact"] == known
    async with serve(temporal_port=port_of(temporal), scopes=("operate",)) as operator:
        paused = await operator.post(f"/v1/enrollments/{id}/pause")
    assert paused.status_code == 200
    assert "contact" not in paused.json()


async def test_without_the_run_the_row_answers(
    serve: Serve, api: httpx.AsyncClient, database: Database, unused_tcp_port: int
) -> None:
    answer = (await enroll(api, someone())).json()
    id = answer["id"]
    async with database.begin() as session:
        step = "send_email:welcome/hello#1"
        await Effects(session).record({(id, step): {"message_id": "msg_1"}}, clock.now())
        await Progress(session).set_steps({id: LastStep(step)}, clock.now())
        session.add(message_of(id, answer["contact_id"]))
    async with serve(temporal_port=unused_tcp_port) as alone:
        shown = (await alone.get(f"/v1/enrollments/{id}")).json()
    assert (shown["live"], shown["status"], shown["step"]) == (False, "running", "send_email:welcome/hello#1")
    assert [step["key"] for step in shown["trail"]] == ["send_email:welcome/hello#1"]
    assert [message["template"] for message in shown["messages"]] == ["welcome/hello"]


def message_of(enrollment_id: str, contact_id: str) -> Message:
    return Message(
        id=f"msg_{secrets.token_hex(8)}",
        enrollment_id=enrollment_id,
        key="send_email:welcome/hello#1",
        contact_id=contact_id,
        template="welcome/hello",
        release="r1",
        status="sent",
        sent_at=clock.now(),
    )


async def test_lists_filter_and_turn_pages(api: httpx.AsyncClient) -> None:
    contact = someone(external_id="crm-9")
    ids = [
        (await enroll(api, contact, slug)).json()["id"]
        for slug in ("waiting", "waiting-once", "waiting-later")
    ]
    await enroll(api, someone())
    query: dict[str, Any] = {"contact_external_id": "crm-9", "limit": 2}
    first = (await api.get("/v1/enrollments", params=query)).json()
    second = (await api.get("/v1/enrollments", params={**query, "cursor": first["next_cursor"]})).json()
    assert [row["id"] for row in first["data"] + second["data"]] == ids[::-1]
    assert second["next_cursor"] is None
    for wanted, count in (
        ({"workflow": "waiting"}, 2),
        ({"status": "running"}, 4),
        ({"status": "ended"}, 0),
        ({"step": "sleep:x#1"}, 0),
        ({"contact_id": first["data"][0]["contact_id"]}, 3),
        ({"contact_external_id": "nobody"}, 0),
    ):
        assert len((await api.get("/v1/enrollments", params=wanted)).json()["data"]) == count, wanted
    assert (await api.get("/v1/enrollments", params={"workflow": "nothing"})).status_code == 404
    for wrong in ({"cursor": "x"}, {"limit": 0}, {"limit": 501}, {"state": "ended"}, {"status": "over"}):
        refused = await api.get("/v1/enrollments", params=wrong)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, next(iter(wrong)))
