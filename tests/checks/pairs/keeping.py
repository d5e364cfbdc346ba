"""State that no step determines, loops and waits without an end."""

from itertools import count

from tests.checks.pairs.declaring import Patience, declare
from workflows.events import MeetingBooked, SiteVisited
from workflows.kit import ContactWorkflow, EventType, days

SENT: list[str] = []
STREAMS = {"problem": ["nurture/first", "nurture/second"]}


@declare
class KeepsCount(ContactWorkflow):
    """Broken."""

    touches: int = 0

    async def path(self) -> None:
        self.touches = 0  # state-on-self
        await self.touch()

    async def touch(self) -> None:
        await self.sleep(days(1), "a day")
        self.touches += 1  # state-on-self
        setattr(self, "last", "touch")  # noqa: B010  # state-on-self


@declare
class ReturnsCounts(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        touches = await self.touch(0)
        await self.sleep(days(touches), "some days")
        await self.update_contact("touched", touches=touches)

    async def touch(self, touches: int) -> int:
        await self.sleep(days(1), "a day")
        return touches + 1


@declare
class ChangesItsModule(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        stream = STREAMS["problem"]
        await self.send_email(stream[0])
        SENT.append("first")  # module-state
        STREAMS["sent"] = ["x"]  # module-state
        await self.sleep(days(1), "a day")


@declare
class CopiesFirst(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        stream = list(STREAMS["problem"])
        SENT = [*stream]
        while stream:
            await self.send_email(stream.pop(0))
            SENT.append("one")
        await self.sleep(days(len(SENT)), "some days")


@declare
class BeginsByItself(ContactWorkflow):
    """Broken."""

    def __init__(self) -> None:  # init-never-runs
        self.touches = 0

    async def path(self) -> None:
        await self.sleep(days(1), "a day")


class Tally:
    """An object of its own."""

    def __init__(self, most: int) -> None:
        self.most = most


@declare
class BeginsInItsPath(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        tally = Tally(3)
        await self.sleep(days(tally.most), "some days")


@declare
class SharesAList(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        seen: list[str] = []
        await self.together(  # shared-between-branches
            visit=self.milestone(SiteVisited, seen), meeting=self.milestone(MeetingBooked, seen)
        )

    async def milestone(self, event: EventType, seen: list[str]) -> None:
        if await self.wait_for(event, within=days(10)):
            seen.append(event.name)


@declare
class ReturnsFromBranches(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        pause, sites, meetings = days(10), [SiteVisited], [MeetingBooked]
        seen = await self.together(
            visit=self.milestone(sites[0], pause), meeting=self.milestone(meetings[0], pause)
        )
        if all(seen.values()):
            self.finish("both")

    async def milestone(self, event: EventType, pause: object) -> bool:
        return await self.wait_for(event, within=days(10)) is not None


@declare
class GoesOnForEver(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        while True:  # loop-without-exit
            for _ in range(3):
                if await self.wait_for(SiteVisited, within=days(1)):
                    break


@declare
class CountsForEver(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        for number in count():  # loop-without-exit
            await self.sleep(days(1), f"day {number % 7}")


@declare
class ComesToAnEnd(ContactWorkflow):
    """Fine."""

    params: Patience

    async def path(self) -> None:
        for _ in range(self.params.most):
            await self.sleep(self.params.pause, "a pause")
        while True:
            if await self.wait_for(SiteVisited, within=days(1)):
                break
        while True:
            if await self.has_met():
                await self.leave()

    async def has_met(self) -> bool:
        return await self.wait_for(MeetingBooked, within=days(1)) is not None

    async def leave(self) -> None:
        self.finish("met")


@declare
class WaitsACentury(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.wait_for(SiteVisited, within=days(36500))  # wait-without-end


@declare
class WaitsYears(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        await self.wait_for(SiteVisited, within=days(3 * 365))


PAIRS = [
    ("state-on-self", KeepsCount, ReturnsCounts),
    ("module-state", ChangesItsModule, CopiesFirst),
    ("init-never-runs", BeginsByItself, BeginsInItsPath),
    ("shared-between-branches", SharesAList, ReturnsFromBranches),
    ("loop-without-exit", GoesOnForEver, ComesToAnEnd),
    ("loop-without-exit", CountsForEver, ComesToAnEnd),
    ("wait-without-end", WaitsACentury, WaitsYears),
]
