"""Sends over SMTP, on kept connections, one recipient per mail, without retries of its own."""

import asyncio
from contextlib import suppress

from activities.providers.email import mime
from activities.providers.email.dialogue import Dialogue, Gone, Relay
from activities.providers.email.protocol import (
    BeforeData,
    OutgoingEmail,
    Recorded,
    SendError,
    unrecorded,
)
from store import clock

KEPT_SECONDS = 60.0  # below the idle limits of relays, and of address translation on the way


class SmtpProvider:
    """A relay at `smtp://user:pass@host:587` (STARTTLS where offered) or `smtps://…` (TLS from the start).

    With a password, TLS is required unless the relay is on this machine.
    """

    def __init__(self, url: str, *, name: str = "smtp", connections: int = 10) -> None:
        self.name = name
        self._relay = Relay.parse(url)
        self._slots = asyncio.Semaphore(connections)
        self._kept: list[Dialogue] = []

    async def send(
        self, email: OutgoingEmail, *, before_data: BeforeData, recorded: Recorded = unrecorded
    ) -> None:
        """Hands one mail over. SMTP gives no id of its own."""
        body = mime.build(email, clock.now())
        async with self._slots:
            await self._hand_over(email, body, before_data)
            await recorded(None)

    async def _hand_over(self, email: OutgoingEmail, body: bytes, before_data: BeforeData) -> None:
        if kept := self._take():
            with suppress(Gone):  # it was closed while it lay idle: nothing was said yet
                await self._through(kept, email, body, before_data)
                return
        await self._through(await Dialogue.open(self._relay), email, body, before_data)

    async def _through(
        self, dialogue: Dialogue, email: OutgoingEmail, body: bytes, before_data: BeforeData
    ) -> None:
        try:
            await dialogue.envelope(email.from_.address, email.to.address)
            await dialogue.data(body, before_data)
        except SendError:
            with suppress(Gone):
                await dialogue.reset()
            raise
        except BaseException:  # cancelled too: a half-spoken dialogue must not be taken up again
            dialogue.close()
            raise
        finally:
            if dialogue.is_open:
                self._kept.append(dialogue)

    def _take(self) -> Dialogue | None:
        """The connection used last, so that in quiet times the others grow old and go."""
        while self._kept and self._kept[0].idle_seconds > KEPT_SECONDS:
            self._kept.pop(0).close()
        while self._kept:
            dialogue = self._kept.pop()
            if dialogue.is_open:
                return dialogue
        return None

    async def close(self) -> None:
        kept, self._kept = self._kept, []
        await asyncio.gather(*(dialogue.quit() for dialogue in kept))
