"""A workflow whose path is a program: nests of steps, branches and loops that a test makes up."""

import json
from collections import Counter
from datetime import date
from typing import Any

from tests.own.refusing import refuse
from workflows.kit import (
    ContactWorkflow,
    Objective,
    Parameters,
    StepFailed,
    always,
    days,
    event,
    hours,
    marketing_workflow,
)

EVENTS = [event(f"generated.e{number}") for number in range(12)]
EVERYTHING = [
    *(["wait", number, [False]] for number in range(len(EVENTS))),
    ["try", "works", []],
    ["undo", "it"],
]
"""What is explored when a worker starts: the events and activities that any program may need."""


class GeneratedParameters(Parameters):
    """The program, as JSON."""

    program: str = json.dumps(EVERYTHING)


@marketing_workflow(
    stage="attract",
    owner="tests",
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(10), date(2030, 1, 1), "tests"),
)
class Generated(ContactWorkflow):
    """Does what its parameters say."""

    params: GeneratedParameters

    async def path(self) -> None:
        await self.block(json.loads(self.params.program), Counter())

    async def block(self, program: list[Any], turns: Counter[int]) -> None:
        for node in program:
            await self.node(node, turns)

    async def node(self, node: list[Any], turns: Counter[int]) -> None:
        match node:
            case ["score", label]:
                await self.score(1, label)
            case ["sleep", label, count]:
                await self.sleep(hours(count), label)
            case ["wait", number, answers]:
                await self.came(number, answers, turns)
            case ["if", number, answers, then, otherwise]:
                await self.block(then if await self.came(number, answers, turns) else otherwise, turns)
            case ["until", number, answers, body]:
                for _ in range(3):
                    if await self.came(number, answers, turns):
                        break
                    await self.block(body, turns)
            case ["repeat", count, body]:
                for _ in range(count):
                    await self.block(body, turns)
            case ["split", name, left, right]:
                await self.block(left if await self.split(name, {"l": 1, "r": 1}) == "l" else right, turns)
            case ["chance", label, body]:
                if await self.random(label) < 0.5:
                    await self.block(body, turns)
            case ["together", left, right]:
                await self.together(left=self.block(left, Counter()), right=self.block(right, Counter()))
            case ["undo", label]:
                await self.compensate_with(refuse, label=label)
            case ["try", label, otherwise]:
                try:
                    await self.call(refuse, label=label)
                except StepFailed:
                    await self.block(otherwise, turns)
            case ["withdraw"]:
                self.withdraw("program")

    async def came(self, number: int, answers: list[bool], turns: Counter[int]) -> bool:
        """A wait that is to be answered is given all the time there is."""
        answered = answers[turns[number] % len(answers)]
        turns[number] += 1
        return await self.wait_for(EVENTS[number], within=days(9000) if answered else hours(6)) is not None
