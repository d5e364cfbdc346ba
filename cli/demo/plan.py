"""Whether the demo may run here, with whom, and what it must come to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from secrets import token_hex

from pydantic import ValidationError

from activities.enrolling import UnknownWorkflow
from cli.demo.people import Habits, Sample
from cli.output import Failure
from store import clock
from worker import catalogue, pace
from worker.settings import Settings
from workflows.analysis.expect import Expected, Undecided, expect
from workflows.kit.contact import ContactWorkflow
from workflows.kit.workflow import MarketingWorkflow

SPEED = 43_200
"""A day in two seconds."""
_REACTS = timedelta(seconds=1.5)  # machine time that a wait must last for a reaction to arrive in it
_LONGEST = timedelta(minutes=15)  # machine time that the waits may take
_SLACK = timedelta(minutes=2)  # machine time that everything else may take, and for each contact
_EACH = timedelta(seconds=1)


@dataclass(frozen=True)
class Plan:
    """`expecting` tells what must become of a sample, by the id of its contact; `lasts` is the fast clock's time."""

    workflow: str
    samples: list[Sample]
    expecting: Callable[[Sample, str], Expected]
    lasts: timedelta
    speed: float

    @property
    def title(self) -> str:
        return f"{self.workflow} · {len(self.samples)} contacts · seed {self.samples[0].habits.seed}"

    @property
    def within(self) -> timedelta:
        """Machine time after which it is stuck."""
        return self.lasts / self.speed * 2 + _SLACK + _EACH * len(self.samples)


def plan(settings: Settings, workflow: str, contacts: int, habits: Habits) -> Plan:
    """Sets the clock of this process to the stack's. Raises `Failure` where no demo can be, and says what to do."""
    speed = _fast_clock(settings)
    slug, cls = _find(settings, workflow)
    run = token_hex(3)
    samples = [Sample(number, run, habits) for number in range(1, contacts + 1)]
    expecting = partial(_expecting, cls, _REACTS * speed)
    lasts = max(expecting(sample, f"{run}-{sample.number}").lasts for sample in samples)
    if lasts / speed > _LONGEST:
        minutes = lasts / speed / timedelta(minutes=1)
        raise Failure(
            f"{slug} lasts {lasts.days} days, {minutes:.0f} minutes at CADENCIA_SPEED={speed:g}: "
            f"{_elsewhere(settings)}"
        )
    return Plan(slug, samples, expecting, lasts, speed)


def start_here(settings: Settings, speed: float) -> str:
    """How to start the stack of this data folder."""
    return f"start it with `CADENCIA_SPEED={speed:g} CADENCIA_HOME={settings.home} cadencia up`"


def _fast_clock(settings: Settings) -> float:
    if settings.production:
        raise Failure(
            "The demo makes up contacts and orders, which production must not see: without its settings, "
            f"{_elsewhere(settings)}"
        )
    kept = pace.kept(settings)
    if kept is None:
        raise Failure(f"In {settings.home}/ a day takes a day: {_elsewhere(settings)}")
    clock.set_pace(kept)
    return kept.speed


def _elsewhere(settings: Settings) -> str:
    home = settings.home / "demo"
    return (
        f"start `CADENCIA_SPEED={SPEED} CADENCIA_HOME={home} cadencia up`, "
        f"then run `CADENCIA_HOME={home} cadencia demo`"
    )


def _find(settings: Settings, name: str) -> tuple[str, type[MarketingWorkflow]]:
    installed = catalogue.install(settings)
    listed = installed.catalogue.find(name)
    if listed is None:
        raise Failure(str(UnknownWorkflow(name, list(installed.catalogue))))
    cls = next(cls for cls in installed.classes if cls.__name__ == listed.type_name)
    if not issubclass(cls, ContactWorkflow):
        raise Failure(f"{listed.slug} runs for a {listed.kind}: the demo has contacts only")
    return listed.slug, cls


def _expecting(
    cls: type[MarketingWorkflow], shortest: timedelta, sample: Sample, contact_id: str
) -> Expected:
    try:
        return expect(cls, sample.person(contact_id), shortest)
    except Undecided as undecided:
        raise Failure(f"The demo cannot tell how {cls.__name__} must end: {undecided}") from None
    except ValidationError as error:
        missing = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
        raise Failure(f"{cls.__name__} needs parameters, which the demo has not: {missing}") from None
