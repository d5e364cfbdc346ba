"""Messages, as the API shows them."""

from datetime import datetime
from typing import Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from activities.calls import Purpose
from api.schemas import Body, Paging, View
from store.drafts import Line, When

MessageStatus = TypeAliasType("MessageStatus", Literal["claimed", "sending", "sent", "failed", "unknown"])
Channel = Literal["email"]


class MessageFilter(Paging):
    """Messages that meet all of these."""

    template: Line | None = Field(default=None, examples=["welcome/hello"])
    version: Line | None = None
    status: MessageStatus | None = None
    created_after: When | None = None
    sent_after: When | None = None
    contact_id: Line | None = None
    enrollment_id: Line | None = None


class ResolveBody(Body):
    """What became of a message that was `unknown`."""

    status: Literal["sent", "failed"]


class ResolvedView(View):
    """All that a key without the scope `read` is told of a message that it resolves."""

    id: str
    status: MessageStatus


class MessageView(View):
    """One email to one recipient. `key` is the step that sent it, `version` the template's content hash."""

    id: str
    enrollment_id: str
    key: str
    contact_id: str
    channel: Channel
    purpose: Purpose
    template: str
    version: str | None
    locale: str | None
    release: str
    provider: str | None
    status: MessageStatus
    attempt: int
    header_id: str | None
    error: str | None
    created_at: datetime
    sent_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None
