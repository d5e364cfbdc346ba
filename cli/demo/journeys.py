"""One sample contact's way through the workflow, as the demo sees it."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cli.demo.people import Sample
from workflows.analysis.expect import Expected
from workflows.events import OrderCompleted


@dataclass
class Arrived:
    """A mail in the catcher. `ordered_at`: when an order that followed it was taken in."""

    key: str
    template: str
    copies: int = 1
    opened: bool = False
    clicked: bool = False
    ordered_at: datetime | None = None
    settled: bool = False

    @property
    def seen(self) -> bool:
        return self.opened or self.clicked


@dataclass
class Journey:
    """`mails` by Message-ID. `final` is the enrollment as the API tells it when all is over."""

    sample: Sample
    enrolled: asyncio.Event = field(default_factory=asyncio.Event)
    enrolled_at: datetime | None = None
    enrollment_id: str = ""
    contact_id: str = ""
    expected: Expected | None = None
    mails: dict[str, Arrived] = field(default_factory=dict)
    outcome: str | None = None
    final: dict[str, Any] = field(default_factory=dict)

    @property
    def converted_by(self) -> str | None:
        """The template whose order made the contact a customer."""
        if self.outcome != "converted":
            return None
        ordered = [(mail.ordered_at, mail.template) for mail in self.mails.values() if mail.ordered_at]
        return max(ordered)[1] if ordered else None

    @property
    def settled(self) -> bool:
        """Whether everything that was sent has arrived and been reacted to."""
        return all(
            header in self.mails and self.mails[header].settled
            for header in (message["header_id"] for message in sent(self.final))
        )


def sent(detail: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages of an enrollment that went out."""
    return [message for message in detail["messages"] if message["status"] == "sent"]


def converting(expected: Expected) -> str | None:
    """The template whose order must make the contact a customer."""
    if expected.ending.outcome != "converted":
        return None
    return next((mail.template for mail in expected.mails if OrderCompleted.name in mail.during), None)


def in_order(journeys: list[Journey]) -> list[str]:
    """All templates, by how many mails may come before them."""
    places: dict[str, int] = {}
    for journey in journeys:
        for place, mail in enumerate(journey.expected.mails if journey.expected else ()):
            places[mail.template] = max(place, places.get(mail.template, 0))
    known = {mail.template for journey in journeys for mail in journey.mails.values()}
    return sorted(places.keys() | known, key=lambda template: (places.get(template, len(places)), template))
