"""What a run's recorded history says by itself, without any code of the workflow."""

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from activities.calls import Call, Cursor, Entry, EventSignal, EventsRead
from workflows.contracts import Enrollment, Exit, HandedOver, Next, Resume

News = EventSignal | Cursor | EventsRead | Resume | Exit | HandedOver | str
"""An event, the first of those that it is not told of, a page of them, an update with its order, or the name of one
without: `pause`, `migrate`, `cancel`."""

Orders = Call[dict[str, JsonValue]]


@dataclass
class Turn:
    """One time that the run was awake: when, by its own clock, what it was told, and whose timers had fired.

    `began`: waits for which it then had a timer started. `leaving`: the server had suggested to continue as new.
    `task`: number of the workflow task; a task in which a question is answered is several turns.
    """

    at: datetime
    news: list[News] = field(default_factory=list)
    fired: set[str] = field(default_factory=set)
    began: list[str] = field(default_factory=list)
    task: int = 0
    leaving: bool = False


@dataclass
class Recorded:
    """A history as it was read.

    `entries` are steps whose results it holds, in order; `effects` those of them that activities did. `pending` are
    effects under way, `at` the steps it is at. `waited` are waits that are over though no effect has told
    of it yet, as far as can be known without the code. `timed` are waits that have had a timer, `stored` keys that the
    database has been told: all of them when the run is `over`. `unheard` is what it had not yet taken notice of:
    it has `heard` what came before the event of that id.
    """

    enrollment: Enrollment
    run_id: str
    began: datetime
    turns: list[Turn] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    effects: set[str] = field(default_factory=set)
    pending: dict[str, Orders] = field(default_factory=dict)
    at: dict[str, Next] = field(default_factory=dict)
    waited: dict[str, Entry] = field(default_factory=dict)
    timed: set[str] = field(default_factory=set)
    stored: set[str] = field(default_factory=set)
    unheard: list[News] = field(default_factory=list)
    heard: int = 0
    parked: bool = False
    over: bool = False

    @property
    def standing(self) -> tuple[Next, ...]:
        """Where the run stands; a wait's `due` is None while it is paused."""
        return tuple(self.at.values())
