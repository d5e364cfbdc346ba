"""Email: what a provider promises, the SMTP adapter, and where a mail may go."""

from activities.providers.email.protocol import (
    AddressRefused,
    Ambiguous,
    BeforeData,
    EmailProvider,
    Mailbox,
    OutgoingEmail,
    Rejected,
    SendError,
    Unavailable,
)
from activities.providers.email.routing import Outbox, Route
from activities.providers.email.smtp import SmtpProvider

__all__ = [
    "AddressRefused",
    "Ambiguous",
    "BeforeData",
    "EmailProvider",
    "Mailbox",
    "Outbox",
    "OutgoingEmail",
    "Rejected",
    "Route",
    "SendError",
    "SmtpProvider",
    "Unavailable",
]
