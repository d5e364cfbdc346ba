"""One enrollment, as the author of its workflow tests it."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from pydantic import JsonValue, TypeAdapter

from activities.routing import Happening
from store.contacts import Contacts
from worker.connection import Runs
from worker.testing.backend import Restless
from worker.testing.mails import Mail
from worker.testing.seen import Seen
from worker.testing.trouble import explained
from workflows.contracts import Exit, Resume, ResumePolicy
from workflows.kit.events import EventType

_ATTEMPTS = 3
"""At one thing, before it counts as failing."""


class Run(Seen):
    """What happens to it is awaited, until the run has come to rest. What is seen of it is read at once."""

    async def advance(self, duration: timedelta) -> None:
        """Lets time pass, and ten seconds more, and what falls due be done.

        A wait begins when the step before it is over, a moment after its own time: so one of two days and one of three
        are over after `advance(days(5))`.
        """
        await self._elsewhere.done(self._advance(duration))

    async def advance_to(self, moment: datetime) -> None:
        """Lets time pass until then."""
        await self.advance(moment - self.now)

    async def event(self, event: EventType | str, **properties: Any) -> None:
        """Something happens to the contact, as if it came over the API."""
        name = event if isinstance(event, str) else event.name
        told = properties if isinstance(event, str) else _typed(event, properties)
        await self._happens(name, told)

    async def open(self, mail: Mail | str | None = None) -> None:
        """The contact opens a mail: the last one, or the last of a template."""
        await self._happens("email.opened", {}, self.mail(mail).id)

    async def click(self, mail: Mail | str | None = None, url: str | None = None) -> None:
        """The contact clicks in a mail: the last one, or the last of a template."""
        clicked = self.mail(mail)
        target = url or next(iter(clicked.links), "")
        assert target in clicked.links or not url, f"{clicked.template} has no link to {url}: {clicked.links}"
        await self._happens("email.clicked", {"url": target}, clicked.id)

    async def answer(self, choice: str | None = None, *, task: str | None = None) -> None:
        """Somebody does the open task, or the one with that label. `choice` where it asks for one."""
        await self._elsewhere.done(self._answer(self._open_task(task), choice))

    async def change(self, **attributes: JsonValue) -> None:
        """The contact's attributes change, as if over the API; None removes one."""
        await self._elsewhere.done(self._change(attributes))

    async def pause(self) -> None:
        await self._elsewhere.done(self._update("pause"))

    async def resume(self, policy: ResumePolicy = "catch_up") -> None:
        await self._elsewhere.done(self._update("resume", Resume(policy=policy)))

    async def exit(self) -> None:
        """An operator takes the contact out."""
        await self._elsewhere.done(self._update("exit", Exit()))

    async def _happens(self, name: str, properties: Mapping[str, Any], message_id: str | None = None) -> None:
        await self._elsewhere.done(self._post(name, properties, message_id))

    async def _post(self, name: str, properties: Mapping[str, Any], message_id: str | None) -> None:
        happening = Happening(
            id=secrets.token_hex(8),
            name=name,
            contact=self.contact_id,
            message_id=message_id,
            properties=properties,
        )
        await self._hosted.backend.composition.router.post(happening)
        await self.rest()

    async def _advance(self, duration: timedelta) -> None:
        assert duration > timedelta(0), f"time passes forwards only, not by {duration}"
        async with self._explaining():
            await self._hosted.backend.advance(self.enrollment_id, duration, attempts=_ATTEMPTS)

    async def rest(self) -> None:
        """Raises AssertionError, saying why, when the run cannot go on."""
        async with self._explaining():
            await self._hosted.backend.rest(self.enrollment_id, _ATTEMPTS)

    @asynccontextmanager
    async def _explaining(self) -> AsyncIterator[None]:
        try:
            yield
        except Restless:
            raise AssertionError(await explained(self._hosted.backend, self.enrollment_id)) from None

    def _open_task(self, label: str | None) -> str:
        tasks = [task for task in self.tasks() if task.status == "open" and label in (None, task.label)]
        known = ", ".join(f"{task.label} ({task.status})" for task in self.tasks()) or "none"
        assert len(tasks) == 1, f"name one open task: answer(…, task=…); tasks: {known}"
        return tasks[0].id

    async def _answer(self, task_id: str, choice: str | None) -> None:
        answering = self._hosted.backend.composition.answering
        await answering.answer(task_id, choice=choice, comment=None, by=None)
        await self.rest()

    async def _change(self, attributes: Mapping[str, JsonValue]) -> None:
        async with self._hosted.backend.composition.database.begin() as session:
            contacts = Contacts(session)
            contact = await contacts.lock(self.contact_id)
            assert contact is not None
            contacts.merge_attributes(contact, attributes)

    async def _update(self, name: str, *args: Any) -> None:
        await Runs(self._hosted.backend.client).update(self.enrollment_id, name, *args)
        await self.rest()


def _typed(event: EventType, properties: Mapping[str, Any]) -> dict[str, JsonValue]:
    """As the API would take them. Raises when a property is not declared, or not of its type."""
    unknown = sorted(properties.keys() - event.properties.keys())
    assert not unknown, (
        f"{event.name} declares no {', '.join(unknown)}: {', '.join(event.properties) or 'nothing'}"
    )
    adapters = {name: TypeAdapter(event.properties[name]) for name in properties}
    return {
        name: adapters[name].dump_python(adapters[name].validate_python(value), mode="json")
        for name, value in properties.items()
    }
