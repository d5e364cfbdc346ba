"""What a run is told of an event: its id and name, and the conditions that its properties meet."""

from activities.calls import EventSignal
from activities.catalogue import Listed
from store.tables import Enrollment, Event


def signal_of(event: Event, row: Enrollment, listed: Listed) -> EventSignal | None:
    """None when the enrollment's path cannot hear the event."""
    params = row.params if row.round_params is None else row.round_params
    meets = listed.meets(params, event.name, event.properties)
    if not listed.hears(event.name, meets):
        return None
    return EventSignal(
        id=event.id, name=event.name, about=event.message_id, meets=meets, received=event.received_at
    )
