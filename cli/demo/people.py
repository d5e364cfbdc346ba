"""Sample contacts: who they are, and what they do with each mail, both decided by the seed alone."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from workflows.analysis.people import Person, Reaction

Choice = TypeVar("Choice")

_NAMES = {
    "en": (
        "Amelia Arthur Beatrice Callum Daisy Edwin Fiona George Harriet Isaac Jasmine Kieran Lydia Marcus Nora Oliver",
        "Ashdown Bennett Carver Doyle Ellison Fletcher Granger Hartley Ibbotson Keane Lambert Marlowe Norris Prescott",
    ),
    "es": (
        "Alba Andrés Carmen Diego Elena Fabián Gloria Héctor Inés Joaquín Lucía Mateo Nuria Óscar Paloma Rubén Sofía",
        "Aguilar Benítez Cordero Delgado Espinosa Fuentes Guerrero Herrera Ibáñez Lozano Marín Navarro Ortega Peña",
    ),
}
_HOMES = {
    "en": (("en", "Europe/London"), ("en-US", "America/New_York"), ("en", "Europe/Dublin")),
    "es": (("es", "Europe/Madrid"), ("es-MX", "America/Mexico_City"), ("es", "America/Bogota")),
}


@dataclass(frozen=True)
class Habits:
    """Shares of the mails that are opened, clicked and answered with an order. Who buys has clicked."""

    seed: int
    opens: float
    clicks: float
    buys: float

    def reaction(self, number: int, template: str) -> Reaction:
        """One draw decides all three, so that the keenest buy, and most of those who open do no more."""
        draw = _draw(self.seed, number, template)
        clicks = draw < self.clicks
        return Reaction(opens=draw < self.opens, clicks=clicks, buys=clicks and draw < self.buys)


@dataclass(frozen=True)
class Sample:
    """One made-up contact. `run` makes its address new each time."""

    number: int
    run: str
    habits: Habits

    @property
    def email(self) -> str:
        return f"demo+{self.habits.seed}-{self.run}-{self.number}@example.com"

    @property
    def name(self) -> str:
        first, last = (names.split() for names in _NAMES[self._language])
        return f"{self._one_of(first, 'first name')} {self._one_of(last, 'last name')}"

    @property
    def locale(self) -> str:
        return self._home[0]

    @property
    def draft(self) -> dict[str, Any]:
        """As the API takes a contact."""
        return {
            "email": self.email,
            "name": self.name,
            "locale": self.locale,
            "time_zone": self._home[1],
            "consent": {"marketing": {"granted": True, "source": "demo"}},
        }

    def reaction(self, template: str) -> Reaction:
        return self.habits.reaction(self.number, template)

    def person(self, contact_id: str) -> Person:
        """As it enters the workflow."""
        return Person(contact_id, self.reaction, locale=self.locale, time_zone=self._home[1])

    @property
    def _language(self) -> str:
        return self._one_of(list(_NAMES), "language")

    @property
    def _home(self) -> tuple[str, str]:
        return self._one_of(_HOMES[self._language], "home")

    def _one_of(self, choices: Sequence[Choice], what: str) -> Choice:
        return choices[int(_draw(self.habits.seed, self.number, what) * len(choices))]


def _draw(seed: int, number: int, what: str) -> float:
    """At least 0, less than 1."""
    digest = hashlib.sha256(f"{seed}/{number}/{what}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56
