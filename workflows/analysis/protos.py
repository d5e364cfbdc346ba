"""What Temporal's messages hold, as Python values."""

import json
from datetime import UTC, datetime
from typing import Any

from temporalio.api.common.v1 import Payloads
from temporalio.api.enums.v1 import EventType
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent


def summary(event: HistoryEvent) -> str:
    return str(json.loads(event.user_metadata.summary.data or b'""'))


def code(failure: Failure) -> str:
    """As the run took it: the type of what the activity raised."""
    return failure.application_failure_info.type or "failed"


def decoded(payloads: Payloads) -> Any:
    data = payloads.payloads[0].data if payloads.payloads else b""
    return json.loads(data) if data else None


def moment(seconds: int, nanos: int) -> datetime:
    """Rounded as the SDK rounds."""
    return datetime.fromtimestamp((seconds * 10**9 + nanos) / 1e9, tz=UTC)


def is_command(event: HistoryEvent) -> bool:
    """Whether a workflow task had it done."""
    told = getattr(event, str(event.WhichOneof("attributes")))
    return hasattr(told, "workflow_task_completed_event_id") or "_UPDATE_" in EventType.Name(event.event_type)
