"""A sending that is cancelled too late to be taken back is brought to its end."""

import asyncio

import pytest

from activities import heartbeat
from activities.calls import EmailResult


async def test_a_mail_on_its_way_is_recorded() -> None:
    answered, recorded = asyncio.Event(), []

    async def delivery() -> EmailResult:
        await answered.wait()
        recorded.append("msg")
        return EmailResult(message_id="msg")

    sending = asyncio.create_task(heartbeat.finished(delivery()))
    await asyncio.sleep(0)
    sending.cancel()
    await asyncio.sleep(0)
    answered.set()
    assert await sending == EmailResult(message_id="msg")
    assert recorded == ["msg"]


async def test_one_that_gets_no_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "GRACE", heartbeat.GRACE / 1000)
    delivery = asyncio.Event()

    async def silent() -> EmailResult:
        await delivery.wait()
        raise AssertionError("it was given up")

    sending = asyncio.create_task(heartbeat.finished(silent()))
    await asyncio.sleep(0)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(sending, 1)
