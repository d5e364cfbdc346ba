"""Which walks are made: until every way of every step, every line arc and every transition that can be found is."""

import random
from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace

from workflows.analysis.exploration import Exploration, Mark, Walk
from workflows.analysis.explore_arcs import Arcs
from workflows.analysis.explore_script import Policy, Script, Tape
from workflows.kit.ends import Ending
from workflows.kit.steps import Wait

_MOST_STEPS = 25_000
"""In all walks together, one or two seconds; the constant ones may take half of them."""

_STALE, _STALE_UNCOVERED = 50, 400
"""Biased walks in a row that show nothing new, after which the search ends: with all branches reached, and with some
that are not."""

_TRIES = 60
"""To find a longer walk than the longest so far."""

Play = Callable[[Script], tuple[Walk, Tape]]


class Search:
    """`play` makes a walk. `whole` tells whether every branch of the code has been reached."""

    def __init__(self, play: Play, found: Exploration, arcs: Arcs, whole: Callable[[], bool]) -> None:
        self._play = play
        self._found = found
        self._arcs = arcs
        self._whole = whole
        self._seen: set[Hashable] = set()
        self._tried: set[tuple[int, int, Ending | None]] = set()
        self._ways: dict[int, int] = {}
        self._todo: list[Script] = []
        self._steps = 0
        self._longest: tuple[tuple[int, int], ...] = ()
        self._stops: dict[Hashable, Script] = {}
        self._ended: set[Hashable] = set()

    def run(self, outside: tuple[Ending, ...], *, longest: bool) -> None:
        self._go(Script())
        self._flip()
        self._end(outside)
        if not self._whole():
            for policy in self._constant():
                if self._steps > _MOST_STEPS / 2:
                    break
                self._go(Script(policy=policy))
                self._flip()
        self._biased()
        if longest:
            self._lengthen()
        self._end(outside)

    def _end(self, outside: tuple[Ending, ...]) -> None:
        """Ends from outside, in one wait for each set of things to undo: everywhere they mean the same."""
        for ending in outside:
            for undo, stop in list(self._stops.items()):
                if (ending, undo) not in self._ended:
                    self._ended.add((ending, undo))
                    self._go(replace(stop, ends=ending))
                    self._flip()

    def _go(self, script: Script) -> bool:
        """Makes a walk; whether it showed anything new."""
        if self._steps > _MOST_STEPS:
            return False
        before = self._arcs.count()
        walk, tape = self._play(script)
        self._found.runs += 1
        self._steps += len(tape.points)
        self._measure(walk)
        features = set(_features(walk, tape)) - self._seen
        if not features and self._arcs.count() == before:
            return False
        self._seen |= features
        self._found.walks.append(walk)
        self._note(walk, tape, script)
        return True

    def _lengthen(self) -> None:
        """Looks for walks that last longer, near the longest so far: one way is changed, the rest goes on likewise."""
        draw, tries = random.Random(7), _TRIES
        while tries and any(ways > 1 for _, ways in self._longest):
            best = self._longest
            at = draw.choice([place for place, (_, ways) in enumerate(best) if ways > 1])
            start = (*(way for way, _ in best[:at]), draw.randrange(best[at][1]))
            rest = [way for way, ways in best[at + 1 :] if ways > 1]
            self._go(Script(ways=start, policy=_along(rest, draw)))
            self._flip()
            tries = tries - 1 if self._longest is best else _TRIES

    def _measure(self, walk: Walk) -> None:
        if walk.ended == "unfinished" or walk.outside:
            return
        self._found.messages = max(self._found.messages, walk.messages)
        if walk.lasts > self._found.longest or not self._longest:
            self._found.longest = walk.lasts
            self._longest = tuple((step.way, step.ways) for step in walk.steps)

    def _note(self, walk: Walk, tape: Tape, script: Script) -> None:
        """Queues the ways that no walk has taken, and a wait for each set of things that an end would undo."""
        steps = walk.steps
        taken = tuple(step.way for step in steps)
        for at, (step, point) in enumerate(zip(steps, tape.points, strict=True)):
            if step.ways > 1:
                self._ways[point] = step.ways
            if script.ends and at <= script.stop:
                continue
            for way in range(step.ways) if step.ways > 1 else ():
                flip = (point, way, script.ends)
                if way != step.way and ("way", point, way) not in self._seen and flip not in self._tried:
                    self._tried.add(flip)
                    self._todo.append(replace(script, ways=(*taken[:at], way), policy=_first))
            if isinstance(step.step, Wait) and not script.ends:
                self._stops.setdefault(tape.undo[at], Script(ways=taken[:at], stop=at))

    def _flip(self) -> None:
        while self._todo:
            self._go(self._todo.pop())

    def _constant(self) -> Iterator[Policy]:
        """One way held at one point, and the first, or the last, of all ways elsewhere."""
        done: set[tuple[int, int]] = set()
        while todo := [(point, way) for point, ways in self._ways.items() for way in range(ways)]:
            todo = [one for one in todo if one not in done]
            if not todo:
                return
            for point, way in todo:
                done.add((point, way))
                yield lambda at, ways, p=point, w=way: w if at == p else 0  # type: ignore[misc]  # defaults bind
                yield lambda at, ways, p=point, w=way: w if at == p else ways - 1  # type: ignore[misc]  # the same

    def _biased(self) -> None:
        """Drawn anew for each walk, the same in each exploration."""
        draw = random.Random(7)
        stale = 0
        while stale < (_STALE if self._whole() else _STALE_UNCOVERED) and self._steps <= _MOST_STEPS:
            if not self._ways:
                return
            stale = 0 if self._go(Script(policy=_prefer(draw))) else stale + 1
            self._flip()


def _first(_point: int, _ways: int) -> int:
    return 0


def _prefer(draw: random.Random) -> Policy:
    """Some points hold one way, some mostly, some none."""
    held: dict[int, tuple[int, float]] = {}

    def policy(point: int, ways: int) -> int:
        if point not in held:
            held[point] = draw.randrange(ways), draw.choice((0.0, 0.0, 0.2, 1.0))
        way, noise = held[point]
        return draw.randrange(ways) if noise and draw.random() < noise else way

    return policy


def _along(ways: list[int], draw: random.Random) -> Policy:
    """As a walk went on, where that still can be."""
    rest = iter(ways)

    def policy(_point: int, ways: int) -> int:
        return min(next(rest, draw.randrange(ways)), ways - 1)

    return policy


def _features(walk: Walk, tape: Tape) -> Iterator[Hashable]:
    """What a walk shows: ways, labels, transitions from call to call, the outcome."""
    undo = tape.undo[-1] if walk.outside and tape.undo else ()
    yield ("outcome", walk.outcome, walk.outside, walk.to, walk.ended, undo)
    last: tuple[int, int] | None = None
    points = iter(tape.points)
    for one in walk.trail:
        if isinstance(one, Mark):
            continue
        point = next(points)
        yield from (("way", point, one.way), ("label", point, one.step.label), ("after", last, point))
        last = (point, one.way)
    yield ("end", last, walk.outcome)
