"""A worker takes no work before Temporal knows what runs are started with."""

import asyncio

import pytest
from structlog.testing import capture_logs
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from tests.temporal import temporal
from worker import search_attributes

__all__ = ["temporal"]


async def test_a_worker_waits_until_they_are_registered(
    temporal: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = search_attributes.add

    async def refused(_client: Client, _names: list[str]) -> None:
        raise RPCError("not here", RPCStatusCode.PERMISSION_DENIED, b"")

    new = SearchAttributeKey.for_keyword("CadenciaWaitedFor")
    monkeypatch.setattr(search_attributes, "ALL", (*search_attributes.ALL, new))
    monkeypatch.setattr(search_attributes, "add", refused)
    monkeypatch.setattr(search_attributes, "_AGAIN", 0.05)
    with capture_logs() as logs:
        waiting = asyncio.create_task(search_attributes.ensure(temporal))
        await asyncio.sleep(0.5)
    assert not waiting.done()
    remedy = "temporal operator search-attribute create --namespace default --name CadenciaWaitedFor --type Keyword"
    assert logs[0]["remedy"] == f"run `{remedy}`"
    await added(temporal, [new.name])
    async with asyncio.timeout(20):
        await waiting


async def test_the_server_reports_failing_tasks(temporal: Client) -> None:
    assert await search_attributes.reports_failing_tasks(temporal)
