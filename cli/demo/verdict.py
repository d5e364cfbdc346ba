"""What came of each contact against what the seed must give."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cli.demo.journeys import Journey, sent
from workflows.analysis.expect import Expected, Mail
from workflows.events import EmailClicked, EmailOpened, OrderCompleted

_CLOSE_CALL = timedelta(seconds=2)  # machine time between a reaction and the run's hearing of it


@dataclass(frozen=True)
class Difference:
    """A contact for whom it came otherwise. `late` says what missed its time: then nothing is proven."""

    journey: Journey
    what: tuple[str, ...]
    late: str | None

    def __str__(self) -> str:
        who = f"{self.journey.sample.name} ({self.journey.enrollment_id})"
        return f"{who}: {self.late or '; '.join(self.what)}"


def differences(journeys: list[Journey], speed: float) -> list[Difference]:
    """Judges journeys that are over. `speed` is the clock's."""
    found = []
    for journey in journeys:
        assert journey.expected is not None
        what = tuple(_differences(journey, journey.expected))
        if what:
            found.append(Difference(journey, what, _late(journey, journey.expected, _CLOSE_CALL * speed)))
    return found


def _differences(journey: Journey, expected: Expected) -> Iterator[str]:
    if journey.outcome != expected.ending.outcome:
        yield f"ended as {journey.outcome}, must end as {expected.ending.outcome}"
    came = {message["key"]: message for message in sent(journey.final)}
    wanted = {mail.key: mail for mail in expected.mails}
    yield from (f"{wanted[key].template} was not sent" for key in wanted if key not in came)
    yield from (f"{came[key]['template']} was sent, must not be" for key in came if key not in wanted)
    for key in wanted.keys() & came.keys():
        yield from _reactions(wanted[key], came[key])
    for message in came.values():
        arrived = journey.mails.get(message["header_id"])
        if arrived is None:
            yield f"{message['template']} never arrived in the mail catcher"
        elif arrived.copies > 1:
            yield f"{message['template']} arrived {arrived.copies} times"


def _reactions(wanted: Mail, came: dict[str, str | None]) -> Iterator[str]:
    for what, does in (("opened", wanted.reaction.opens), ("clicked", wanted.reaction.clicks)):
        if does != (came[f"{what}_at"] is not None):
            yield f"{wanted.template} was {'not ' if does else ''}{what}"


def _late(journey: Journey, expected: Expected, close: timedelta) -> str | None:
    """A mail that could not go out in its time, or a wait that ran out before the reaction due in it came."""
    trail = {entry["key"]: entry for entry in journey.final["trail"]}
    for mail in expected.mails:
        result = trail.get(mail.key, {}).get("result") or {}
        if result.get("skipped") == "expired":
            return f"{mail.template} did not go out before it expired"
    over = {
        key: datetime.fromisoformat(entry["at"]) for key, entry in trail.items() if entry["result"] is None
    }
    came = _times(journey)
    for mail in expected.mails:
        for event, wait in mail.during.items():
            at = came.get((mail.key, event))
            if at and wait in over and at > over[wait] - close:
                return f"{event} of {mail.template} came when {wait} was over"
    return None


def _times(journey: Journey) -> dict[tuple[str, str], datetime]:
    """When each reaction came, by the stack's own clock."""
    times = {}
    for message in sent(journey.final):
        for event, field in ((EmailOpened, "opened_at"), (EmailClicked, "clicked_at")):
            if message[field]:
                times[message["key"], event.name] = datetime.fromisoformat(message[field])
    for mail in journey.mails.values():
        if mail.ordered_at:
            times[mail.key, OrderCompleted.name] = mail.ordered_at
    return times
