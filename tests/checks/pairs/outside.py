"""What paths reach for."""
# ruff: noqa: ASYNC230, DTZ005, T201  # the mistakes that are to be found

import asyncio
import os
import random
import time as machine
from datetime import date, datetime, timedelta
from uuid import uuid4

from pydantic import Field

from tests.checks.pairs.declaring import Patience, declare
from workflows.kit import ContactWorkflow, Parameters, days

PIECES = frozenset({"first", "second"})
WEEKDAYS = {1, 2, 3}


@declare
class ReadsTheClock(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        if self.is_late() or machine.monotonic() < 0:  # clock
            self.finish("late")
        await self.sleep(days(1), "a day")

    def is_late(self) -> bool:
        return datetime.now().year < 2000  # clock


@declare
class AsksForTheTime(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        began = await self.now()
        await self.sleep(days(1), "a day")
        if began < datetime.fromisoformat("2026-01-01T00:00:00+00:00") + timedelta(days=1):
            self.finish("early")


class Today(Parameters):
    """Which day it is."""

    day: date = Field(default_factory=date.today)  # clock


@declare
class BornToday(ContactWorkflow):
    """Broken."""

    params: Today

    async def path(self) -> None:
        await self.sleep(days(self.params.day.day), "a day")


def draw() -> float:
    return random.random()  # randomness


@declare
class ThrowsDice(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(1 + draw()), "some time")
        await self.update_contact("token", token=str(uuid4()), shard=hash("a") % 8)  # randomness


@declare
class Draws(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        if await self.random("one in ten") < 0.1:
            self.finish("lucky")
        random = await self.split("pause", {"short": 50, "long": 50})
        await self.sleep(days(1 if random == "short" else 2), "some time")


@declare
class ReadsFiles(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        with open("/dev/null") as file:  # outside-world
            print(file.name)  # outside-world
        await self.update_crm(os.environ.get("STAGE", "lead"))  # outside-world


@declare
class ReadsParameters(ContactWorkflow):
    """Fine."""

    params: Patience

    async def path(self) -> None:
        self.log(os.path.join("a", "b"))
        await self.sleep(self.params.pause * self.params.most, "a while")


@declare
class RunsTasks(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        first = self.sleep(days(1), "a day")
        await asyncio.gather(first)  # own-concurrency
        await asyncio.sleep(0)  # own-concurrency


@declare
class RunsTogether(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        await self.together(left=self.sleep(days(1), "left"), right=self.sleep(days(2), "right"))


@declare
class GoesThroughASet(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        for piece in PIECES:  # set-order
            await self.send_email(f"nurture/{piece}")
        stages = {"lead", "customer"}
        for stage in [one for one in stages]:  # noqa: C416  # set-order
            await self.update_crm(stage)
        await self.sleep(days(1), "a day")


@declare
class GoesThroughAList(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        for piece in sorted(PIECES):
            await self.send_email(f"nurture/{piece}")
        for day in WEEKDAYS:
            await self.sleep(days(day), f"day {day}")
        self.log(f"all: {all(piece in PIECES for piece in PIECES)}")


PAIRS = [
    ("clock", ReadsTheClock, AsksForTheTime),
    ("clock", BornToday, ReadsParameters),
    ("randomness", ThrowsDice, Draws),
    ("outside-world", ReadsFiles, ReadsParameters),
    ("own-concurrency", RunsTasks, RunsTogether),
    ("set-order", GoesThroughASet, GoesThroughAList),
]
