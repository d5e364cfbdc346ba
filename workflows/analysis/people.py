"""A contact as paths are walked with it: what it is, and what it does with its mails."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from workflows.events import EmailClicked, EmailOpened, OrderCompleted


@dataclass(frozen=True)
class Reaction:
    """What a contact does with one mail, in this order."""

    opens: bool = False
    clicks: bool = False
    buys: bool = False

    @property
    def events(self) -> tuple[str, ...]:
        done = ((EmailOpened, self.opens), (EmailClicked, self.clicks), (OrderCompleted, self.buys))
        return tuple(event.name for event, does in done if does)


@dataclass
class Person:
    """The contact as it enters, and how it reacts to a template. Its score and the like change on the way."""

    id: str
    reacts: Callable[[str], Reaction]
    locale: str = "en"
    time_zone: str = "UTC"
    score: int = 0
    stage: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
