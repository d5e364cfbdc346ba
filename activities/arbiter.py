"""The arbiter: may this message go to this contact, and why (not)?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from activities.calls import Purpose

MARKETING = "marketing"


@dataclass(frozen=True)
class Facts:
    """What the arbiter knows: the address, its suppression (reason) and what the contact consented to, by topic."""

    email: str | None
    suppressed: str | None
    consents: Mapping[str, bool]


@dataclass(frozen=True)
class Verdict:
    """`reason` is a code that `GET /v1/contacts/{id}/decisions` shows."""

    action: Literal["send", "skip"]
    reason: str


def judge(purpose: Purpose, facts: Facts) -> Verdict:
    """Transactional mail passes consent, never suppression."""
    if facts.email is None:
        return Verdict("skip", "no_email")
    if facts.suppressed is not None:
        return Verdict("skip", f"suppressed_{facts.suppressed}")
    if purpose == "transactional":
        return Verdict("send", "transactional")
    consent = facts.consents.get(MARKETING)
    if consent is None:
        return Verdict("skip", "no_consent")
    return Verdict("send", "consented") if consent else Verdict("skip", "consent_withdrawn")
