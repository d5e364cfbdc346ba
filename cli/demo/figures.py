"""Numbers by template: what has arrived so far, what the stack recorded, what the seed must give."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from cli.demo.journeys import Journey, converting, in_order, sent


class Row(NamedTuple):
    """How many mails of one template were sent, seen and clicked, and how many contacts they made customers."""

    sent: int
    seen: int
    clicked: int
    converted: int


Figures = dict[str, Row]
_Mail = tuple[str, bool, bool]
"""Template, opened, clicked."""


def so_far(journeys: list[Journey]) -> Figures:
    mails = [mail for journey in journeys for mail in journey.mails.values()]
    seen = [(mail.template, mail.opened, mail.clicked) for mail in mails]
    return _figures(journeys, seen, [journey.converted_by for journey in journeys])


def recorded(journeys: list[Journey]) -> Figures:
    messages = [message for journey in journeys for message in sent(journey.final)]
    seen = [(one["template"], bool(one["opened_at"]), bool(one["clicked_at"])) for one in messages]
    return _figures(journeys, seen, [journey.converted_by for journey in journeys])


def expected(journeys: list[Journey]) -> Figures:
    known = [journey.expected for journey in journeys if journey.expected]
    mails = [mail for one in known for mail in one.mails]
    seen = [(mail.template, mail.reaction.opens, mail.reaction.clicks) for mail in mails]
    return _figures(journeys, seen, [converting(one) for one in known])


def _figures(journeys: list[Journey], mails: list[_Mail], converted: Iterable[str | None]) -> Figures:
    customers = Counter(converted)
    return {
        template: Row(
            sent=sum(mail[0] == template for mail in mails),
            seen=sum(opened or clicked for name, opened, clicked in mails if name == template),
            clicked=sum(clicked for name, _, clicked in mails if name == template),
            converted=customers[template],
        )
        for template in in_order(journeys)
    }


def outcomes(journeys: list[Journey]) -> Counter[str]:
    return Counter(journey.outcome for journey in journeys if journey.outcome)
