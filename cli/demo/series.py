"""The demo itself: enrolls the sample contacts, and lets each do with its mails what its habits say."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from cli.demo.journeys import Arrived, Journey
from cli.demo.people import Sample
from cli.demo.stack import Stack
from cli.output import Failure
from store import clock
from workflows.analysis.expect import Expected
from workflows.events import EmailClicked, EmailOpened, OrderCompleted

_LOOK = 0.15  # seconds between two looks into the mail catcher
_MOMENT = 0.1  # seconds that a person takes between opening, clicking and buying
_ARRIVES = 10.0  # seconds after the last end in which every mail must have arrived
_APART = 0.3  # seconds from one enrollment to the next
_BUSY = 6  # reactions under way at which nobody is enrolled: the machine is slow enough as it is

Expecting = Callable[[Sample, str], Expected]


class Series:
    """`expecting` tells what must become of a sample, once its contact has an id."""

    def __init__(self, stack: Stack, workflow: str, samples: list[Sample], expecting: Expecting) -> None:
        self.journeys = [Journey(sample) for sample in samples]
        self.began = clock.now()
        self._stack = stack
        self._workflow = workflow
        self._expecting = expecting
        self._by_email = {journey.sample.email: journey for journey in self.journeys}
        self._looked_at: set[str] = set()

    async def run(self, within: float) -> None:
        """Until every enrollment has ended. Raises `Failure`, also when that takes longer than `within` seconds."""
        try:
            async with asyncio.timeout(within):
                await self._run()
        except TimeoutError:
            running = sum(journey.outcome is None for journey in self.journeys)
            raise Failure(
                f"{running} of {len(self.journeys)} enrollments have not ended after {within:.0f} s: "
                f"take fewer --contacts, or see `cadencia enrollments list --workflow {self._workflow}`"
            ) from None

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(self._read(group))
                await self._enroll()
                await self._until_ended()
                await self._until_settled()
                reading.cancel()
        except* Failure as failures:
            raise _first(failures) from None

    async def _enroll(self) -> None:
        """One after the other, as subscribers come."""
        for journey in self.journeys:
            await asyncio.sleep(_APART)
            await self._calm()
            answer = await self._stack.enroll(self._workflow, journey.sample)
            if not answer["created"] or answer["warnings"]:
                why = ", ".join([answer["reason"], *answer["warnings"]])
                raise Failure(f"{journey.sample.email} is not enrolled as it should be: {why}")
            journey.enrollment_id, journey.contact_id = answer["id"], answer["contact_id"]
            journey.expected = self._expecting(journey.sample, journey.contact_id)
            journey.enrolled_at = clock.now()
            journey.enrolled.set()

    async def _calm(self) -> None:
        """Until no more reactions are under way than the machine keeps up with."""
        while True:
            mails = (mail for journey in self.journeys for mail in journey.mails.values())
            if sum(not mail.settled for mail in mails) <= _BUSY:
                return
            await asyncio.sleep(_APART)

    async def _read(self, group: asyncio.TaskGroup) -> None:
        """Looks for new mails, and hands each to its contact."""
        since: datetime = self.began
        while True:
            for mail in await self._stack.mails(since):
                journey = self._by_email.get(mail["to"])
                if journey and mail["id"] not in self._looked_at:
                    self._looked_at.add(mail["id"])
                    group.create_task(self._receive(journey, mail))
                since = max(since, datetime.fromisoformat(mail["received_at"]))
            await asyncio.sleep(_LOOK)

    async def _receive(self, journey: Journey, mail: dict[str, Any]) -> None:
        await journey.enrolled.wait()
        header = mail["message_id"]
        if header in journey.mails:
            journey.mails[header].copies += 1
            return
        messages = await self._stack.messages(journey.enrollment_id)
        message = next((one for one in messages if one["header_id"] == header), None)
        if message:  # else another workflow sent it, to which the contact was handed over
            arrived = journey.mails.setdefault(header, Arrived(message["key"], message["template"]))
            await self._react(journey, mail["id"], message["id"], arrived)

    async def _react(self, journey: Journey, mail_id: str, message_id: str, arrived: Arrived) -> None:
        reaction = journey.sample.reaction(arrived.template)
        mail = await self._stack.mail(mail_id) if reaction.events else None
        for event in reaction.events:
            await asyncio.sleep(_MOMENT)
            if event != EmailClicked.name:  # what is clicked has just been opened
                await self._at_rest(journey)
            match event:
                case EmailOpened.name:
                    await self._stack.look(mail)
                    arrived.opened = True
                case EmailClicked.name:
                    await self._stack.click(mail)
                    arrived.clicked = True
                case OrderCompleted.name:
                    await self._stack.order(f"demo-order-{message_id}", journey.contact_id)
                    arrived.ordered_at = clock.now()
        arrived.settled = True

    async def _at_rest(self, journey: Journey) -> None:
        """Until the path waits or has ended: people take longer to react than it goes from wait to wait."""
        while True:
            if await self._stack.at_rest(journey.enrollment_id):
                return
            await asyncio.sleep(_MOMENT)

    async def _until_ended(self) -> None:
        ids = {journey.enrollment_id: journey for journey in self.journeys}
        while any(journey.outcome is None for journey in self.journeys):
            await asyncio.sleep(0.5)
            for ended, outcome in (await self._stack.outcomes(self._workflow, set(ids))).items():
                ids[ended].outcome = outcome

    async def _until_settled(self) -> None:
        """The last mails have arrived and been read, or never will."""
        deadline = asyncio.get_running_loop().time() + _ARRIVES
        waiting = self.journeys
        while waiting:
            for journey in waiting:
                journey.final = await self._stack.enrollment(journey.enrollment_id)
            late = asyncio.get_running_loop().time() > deadline
            waiting = [] if late else [journey for journey in waiting if not journey.settled]
            await asyncio.sleep(_LOOK)


def _first(group: BaseExceptionGroup[Any]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
