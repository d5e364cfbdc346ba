"""Who is inside when a release is replaced: what they entered with, what happened to them, where they stand."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

SOON, LATER, YEARS = "PT1S", "PT4M", "P1800D"
"""Waits: one that is over before the folder is kept, one that is due when a test takes it over, one that is not."""

Act = Literal["click", "order", "small order", "pause"]


@dataclass(frozen=True)
class Person:
    """`acts`: what happens while the enrollment stands at a step. `at`: the steps at which it is left."""

    name: str
    workflow: str
    params: dict[str, str | int]
    at: frozenset[str]
    acts: tuple[tuple[str, Act], ...] = ()

    @property
    def email(self) -> str:
        return f"{self.name}@example.com"


GREETING, ROOM, USE = "wait_for:welcome/hello.seen#1", "sleep:room to look around#1", "sleep:time to use it#1"
PARKED, PAUSED = "parked", "paused"
"""Names of the two who do not wait."""


def people() -> Iterator[Person]:
    """Thirty who wait, one who is parked (by an edit that follows), one who is paused."""
    yield from _welcomed()
    yield from _nurtured()
    yield from _silent()
    yield from _onboarded()
    yield Person(PARKED, "edited", {}, frozenset({"sleep:years#1"}))
    yield _welcome(PAUSED, LATER, SOON, SOON, GREETING, (GREETING, "pause"))


def _welcome(name: str, greeting: str, room: str, use: str, at: str, *acts: tuple[str, Act]) -> Person:
    params: dict[str, str | int] = {
        "greeting_seen_within": greeting, "room_to_look_around": room, "time_to_use_it": use,
    }  # fmt: skip
    return Person(name, "welcome-series", params, frozenset({at}), acts)


def _welcomed() -> Iterator[Person]:
    yield _welcome("greeted-1", LATER, SOON, SOON, GREETING)
    yield _welcome("greeted-2", LATER, SOON, SOON, GREETING)
    yield _welcome("greeted-for-years", YEARS, SOON, SOON, GREETING)
    yield _welcome("seen", YEARS, LATER, SOON, ROOM, (GREETING, "click"))
    yield _welcome("unseen", SOON, LATER, SOON, ROOM)
    yield _welcome("unseen-for-years", SOON, YEARS, SOON, ROOM)
    yield _welcome("gifted", SOON, SOON, LATER, USE)
    yield _welcome("gifted-for-years", SOON, SOON, YEARS, USE)
    yield _welcome("gift-clicked", YEARS, SOON, LATER, USE, (GREETING, "click"), (USE, "click"))
    yield _welcome("gift-clicked-for-years", SOON, SOON, YEARS, USE, (USE, "click"))


def _nurtured() -> Iterator[Person]:
    first, second = "wait_for:nurture/first.clicked#1", "wait_for:nurture/second.clicked#1"
    yield from (_nurture(f"touched-{number}", LATER, SOON, 9, first) for number in (1, 2, 3))
    yield _nurture("touched-for-years", YEARS, SOON, 9, first)
    yield _nurture("clicked", LATER, SOON, 9, second, (first, "click"))
    yield _nurture("clicked-for-years", YEARS, SOON, 9, second, (first, "click"))
    yield _nurture("slow", SOON, LATER, 1, second)
    yield _nurture("slow-for-years", SOON, YEARS, 1, second)


def _nurture(name: str, touch: str, silent: str, slow_after: int, at: str, *acts: tuple[str, Act]) -> Person:
    params: dict[str, str | int] = {
        "between_touches": touch, "when_silent": silent, "slow_after": slow_after, "quiet_after": 2,
    }  # fmt: skip
    return Person(name, "lead-nurturing", params, frozenset({at}), acts)


def _silent() -> Iterator[Person]:
    at = frozenset({"sleep:after reactivation/miss-you#1", "sleep:watched, and sent nothing#1"})
    for name, wait in [("silent-1", LATER), ("silent-2", LATER), ("silent-3", LATER), ("silent-4", LATER),
                       ("silent-for-years", YEARS)]:  # fmt: skip
        yield Person(name, "reactivation", {"between_touches": wait}, at)


def _onboarded() -> Iterator[Person]:
    first, order, renewal = (
        "sleep:first#1",
        "wait_for:order.completed[amount > 50]#1",
        "sleep_until:renewal#1",
    )
    both = ("left/sleep:rest#1", "right/wait_for:meeting.booked#1")
    yield _onboard("first", (LATER, SOON, SOON, SOON), first)
    yield _onboard("first-for-years", (YEARS, SOON, SOON, SOON), first)
    yield _onboard("ordered-little", (SOON, LATER, SOON, SOON), order, acts=((order, "small order"),))
    yield _onboard(
        "ordered-little-for-years", (SOON, YEARS, SOON, SOON), order, acts=((order, "small order"),)
    )
    yield _onboard("ordered-much", (SOON, YEARS, YEARS, LATER), *both, acts=((order, "order"),))
    yield _onboard("both", (SOON, SOON, LATER, YEARS), *both)
    yield _onboard("renewing", (SOON, SOON, SOON, SOON), renewal)


def _onboard(
    name: str, waits: tuple[str, str, str, str], *at: str, acts: tuple[tuple[str, Act], ...] = ()
) -> Person:
    params: dict[str, str | int] = dict(zip(("first", "order_within", "left", "right"), waits, strict=True))
    return Person(name, "onboarding", params, frozenset(at), acts)
