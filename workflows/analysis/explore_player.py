"""The runtime of a walk: each step ends as the script says, and what the path asks is noted down."""

from collections.abc import Coroutine
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from workflows.analysis.exploration import Exploration, Mark, Site, Taken, Walk
from workflows.analysis.explore_answers import answer, lasting, ways
from workflows.analysis.explore_arcs import Arcs
from workflows.analysis.explore_captions import caption
from workflows.analysis.explore_clock import Clock
from workflows.analysis.explore_forks import Text
from workflows.analysis.explore_rules import Rules
from workflows.analysis.explore_script import Script, Tape, TooLong
from workflows.analysis.explore_sites import Here, Sites, span
from workflows.analysis.explore_source import source
from workflows.analysis.explore_times import Time
from workflows.kit.ends import Ended, Ending
from workflows.kit.runtimes import drive
from workflows.kit.steps import Compensation, Decision, Done, Effect, Keys, R, Step, StepFailed, Wait, branch

_COMPARISON = Decision(
    method="compare", label="", returns=bool, samples=(True, False), decide=lambda _asked: True
)


class Player:
    """Answers the steps of one walk."""

    def __init__(
        self, script: Script, found: Exploration, sites: Sites, arcs: Arcs, rules: Rules, most: int
    ) -> None:
        self.walk = Walk()
        self.tape = Tape()
        self.undo: list[Compensation] = []
        self.closing = False
        self._script = script
        self._found = found
        self._sites = sites
        self._arcs = arcs
        self._rules = rules
        self._most = most
        self._keys = Keys()
        self._clock = Clock(self)
        self._sticky: dict[tuple[str, str], int] = {}
        self._undo_sites: dict[int, tuple[int, Site]] = {}
        self._call: tuple[object, int] = (None, 0)

    async def perform(self, step: Step[R]) -> Done[R]:
        with self._arcs.unwatched():
            return self._perform(step)

    def _perform(self, step: Step[R]) -> Done[R]:
        key = self._keys.next(step)
        here = self._here(step)
        self._rules.look_at(step, key, here.site, self.closing)
        self._note(step, here)
        if isinstance(step, Wait) and len(self.tape.points) == self._script.stop and self._script.ends:
            self._take(step, key, here, ways=1, sample=None, told=self._script.ends.outcome)
            raise Ended(self._script.ends)
        well = ways(step)
        count = well + (here.guarded and isinstance(step, Effect))
        way = self._way(step, here, count)
        if way == well:
            self._take(step, key, here, way=way, ways=count, sample=None, told="fails")
            raise StepFailed(key, Text(self, "the code"))
        sample = answer(step, way, self._clock)
        self._take(step, key, here, way=way, ways=count, sample=sample, told=caption(step, sample))
        return Done(key, cast(R, sample), Time.now_on(self._clock))

    def finish(self, ending: Ending) -> None:
        """The path is over; what is asked from now on happens at its end."""
        self.closing = True
        self.walk.outcome = str(ending.outcome)
        self.walk.reason = ending.reason
        self.walk.outside = ending is self._script.ends
        self.walk.passed = self._arcs.since_last()
        self.walk.lasts = self._clock.most

    def turn(self) -> None:
        """The next round would begin."""
        self.walk.ended = "round"
        self.walk.passed = self._arcs.since_last()
        self.walk.lasts = self._clock.most

    def decide(self, told: bool) -> bool:
        """A comparison of data, as a step of its own."""
        here = self._sites.here(branch.get())
        way = self._way(_COMPARISON, here, 2)
        self._compare(here, way, ways=2)
        return (way == 0) == told

    def follow(self, holds: bool, told: bool) -> bool:
        self._compare(self._sites.here(branch.get()), 0 if holds == told else 1, ways=1)
        return holds

    def _compare(self, here: Here, way: int, ways: int) -> None:
        """Its text is that of the code."""
        frame = here.frames[0]
        step = replace(_COMPARISON, label=source(frame.f_code.co_filename).text(*span(frame)))
        self._take(step, "", here, way=way, ways=ways, sample=way == 0, told="no" if way else "yes")

    def _here(self, step: Step[Any]) -> Here:
        _, at = self._undo_sites.get(id(step), (0, None))
        return self._sites.here(branch.get(), at)

    def _note(self, step: Step[Any], here: Here) -> None:
        match step:
            case Compensation(undo=undo):
                self.undo.append(step)
                self._found.calls.add(undo.activity)
                site = Site(here.site.places, here.site.branch, "undo")
                self._undo_sites[id(undo)] = (here.point, site)
            case Effect(method="start", label=target):
                self._found.starts.add(target)
            case Effect(method="call", activity=activity):
                self._found.calls.add(activity)

    def _way(self, step: Step[Any], here: Here, ways: int) -> int:
        """A split is sticky: asked again, its arm is the same."""
        if ways == 1:
            return 0
        sticky = step.method in ("split", "control_group")
        if sticky and (step.method, step.label) in self._sticky:
            return self._sticky[step.method, step.label]
        at = len(self.tape.points)
        scripted = at < len(self._script.ways)
        way = self._script.ways[at] if scripted else self._script.policy(here.point, ways)
        if sticky:
            self._sticky[step.method, step.label] = way
        return way

    def _take(
        self, step: Step[Any], key: str, here: Here, *, ways: int, sample: Any, told: str, way: int = 0
    ) -> None:
        if len(self.tape.points) >= self._most:
            raise TooLong(key)
        self._clock.steps += bool(key)
        lasts = lasting(step, self._clock)
        if here.entry is None or here.entry is not self._call[0]:
            self._call = (here.entry, self._call[1] + 1)
        asked = here.entry.f_code.co_name if here.entry else step.method
        self.tape.points.append(here.point)
        self.tape.undo.append(tuple(self._undo_sites[id(one.undo)][0] for one in self.undo))
        passed = self._arcs.since_last()
        self.walk.trail.append(
            Taken(key, step, here.site, asked, self._call[1], way, ways, sample, told, lasts, passed)
        )
        self._clock.spend(lasts, whole=sample is None)

    def now(self) -> datetime:
        return self._clock.now()

    async def together(self, branches: dict[str, Coroutine[Any, Any, Any]]) -> dict[str, Any]:
        """One branch after the other, each from the same time on."""
        site = self._sites.here(branch.get()).site
        self.walk.trail.append(Mark("together", site))
        begin, ends, results = self._clock.times(), [self._clock.times()], {}
        try:
            for name, path in branches.items():
                self.walk.trail.append(Mark("branch", site, name))
                self._clock.set(begin)
                with _inside(name):
                    results[name] = drive(path)
                ends.append(self._clock.times())
        finally:
            for path in branches.values():
                path.close()
        self._clock.set(*ends)
        self.walk.trail.append(Mark("joined", site))
        return results

    def log(self, text: str) -> None:
        """Exploring says nothing."""


@contextmanager
def _inside(name: str) -> Any:
    token = branch.set(f"{branch.get()}{name}/")
    try:
        yield
    finally:
        branch.reset(token)
