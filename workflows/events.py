"""The event catalogue: everything that may happen to a contact and that a workflow may speak of."""

from decimal import Decimal

from workflows.kit.events import event

ContactSubscribed = event("contact.subscribed", source=str)
ContactInactive = event("contact.inactive", days=int)
ContactUnsubscribed = event("contact.unsubscribed")
EmailOpened = event("email.opened")
EmailClicked = event("email.clicked", url=str)
EmailBounced = event("email.bounced", kind=str)
SiteVisited = event("site.visited", url=str)
FormSubmitted = event("form.submitted", form=str)
MeetingBooked = event("meeting.booked")
OrderCompleted = event("order.completed", amount=Decimal, currency=str)
TaskDone = event("task.done", choice=str)
