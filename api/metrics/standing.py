"""What the database tells, as metrics."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from store import clock
from store.counts import Counted, Counts
from store.database import Database, is_unavailable

FAILURES_OF = timedelta(days=1)
_KEPT = timedelta(seconds=15)


class Standing(Collector):
    """A collector of the registry, whose figures are at most 15 s old. While the database is away there are none."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counted: Counted | None = None
        self._at: datetime | None = None

    async def refresh(self) -> None:
        now = clock.machine()
        if self._at is not None and now - self._at < _KEPT:
            return
        self._at = now
        try:
            async with self._database.read() as session:
                self._counted = await Counts(session).all(clock.at(now - FAILURES_OF))
        except Exception as error:
            if not is_unavailable(error):
                raise
            self._counted = None

    def collect(self) -> Iterable[Metric]:
        yield _value("cadencia_database_up", "Whether the database answered.", int(self._counted is not None))
        if self._counted is not None:
            yield from _told(self._counted)


def _told(counted: Counted) -> Iterable[Metric]:
    yield _by("cadencia_enrollments", "Enrollments.", ("workflow", "status"), counted.enrollments)
    yield _by("cadencia_mails", "Mails, by what became of them.", ("status",), _keyed(counted.messages))
    failures = "Steps that failed in the last day, by activity and code of the error."
    yield _by("cadencia_failures", failures, ("activity", "code"), counted.failures)
    yield _value("cadencia_events_waiting", "Events not yet told to all runs.", counted.events_waiting)
    pending = _age(counted.oldest_pending, clock.now())
    yield _value("cadencia_oldest_pending_seconds", "Age of the oldest enrollment not yet started.", pending)
    if counted.upkeep is not None:
        upkeep = _age(counted.upkeep, clock.machine())
        yield _value("cadencia_upkeep_age_seconds", "Time since upkeep last finished a pass.", upkeep)


def _by(name: str, text: str, labels: tuple[str, ...], values: Mapping[Any, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family


def _value(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _keyed(values: Mapping[str, int]) -> dict[tuple[str, ...], int]:
    return {(name,): value for name, value in values.items()}


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
