"""Uses the API by the generated Python client alone: enrolls, batches, pages, steers, and reads errors.

It runs in the client's own environment: `python calling.py URL KEY`.
"""

import sys

from cadencia_client import AuthenticatedClient
from cadencia_client.api.contacts import list_contacts
from cadencia_client.api.enrollments import (
    enroll,
    enroll_batch,
    exit_enrollment,
    get_enrollment,
    list_enrollments,
    pause_enrollment,
    resume_enrollment,
)
from cadencia_client.api.events import post_event
from cadencia_client.models import (
    ConsentGrant,
    EnrollBatch,
    EnrollBody,
    Enrolled,
    EnrolledBatch,
    EnrolledEntry,
    EnrollmentDetail,
    EnrollmentPage,
    EnrollmentStatus,
    EventAccepted,
    EventBody,
    ExitBody,
    FieldErrorCode,
    InvalidEntry,
    NamedContact,
    NamedContactConsent,
    Problem,
    ResumeBody,
    ResumeBodyPolicy,
)

WORKFLOW = "waiting"


def someone(email: str) -> NamedContact:
    consent = NamedContactConsent()
    consent["marketing"] = ConsentGrant(granted=True, source="sign-up form")
    return NamedContact(email=email, consent=consent)


def main(url: str, key: str) -> None:
    with AuthenticatedClient(base_url=url, token=key, raise_on_unexpected_status=True) as client:
        enrolls(client)
        batches(client)
        pages(client)
        steers(client)
        reads_errors(client)


def enrolls(client: AuthenticatedClient) -> None:
    body = EnrollBody(contact=someone("ada@example.com"))
    first = enroll.sync_detailed(WORKFLOW, client=client, body=body, idempotency_key="call-1")
    again = enroll.sync_detailed(WORKFLOW, client=client, body=body, idempotency_key="call-1")
    assert isinstance(first.parsed, Enrolled), first
    assert (first.status_code, first.parsed.created, first.parsed.reason) == (201, True, "started")
    assert (again.parsed, again.headers["Idempotent-Replayed"]) == (first.parsed, "true")
    happened = EventBody(name="order.completed", contact=NamedContact(email="eve@example.com"))
    accepted = post_event.sync(client=client, body=happened)
    assert isinstance(accepted, EventAccepted), accepted


def batches(client: AuthenticatedClient) -> None:
    addresses = ("ben@example.com", "cyd@example.com", "nobody")
    body = EnrollBatch(enrollments=[EnrollBody(contact=someone(email)) for email in addresses])
    batch = enroll_batch.sync(WORKFLOW, client=client, body=body)
    assert isinstance(batch, EnrolledBatch), batch
    ben, cyd, nobody = batch.results
    assert isinstance(ben, EnrolledEntry), ben
    assert isinstance(cyd, EnrolledEntry), cyd
    assert isinstance(nobody, InvalidEntry), nobody
    (error,) = nobody.problem.errors
    assert (error.field, error.code) == ("contact.email", FieldErrorCode.WRONG_FORMAT)


def pages(client: AuthenticatedClient) -> None:
    seen: list[str] = []
    page = list_enrollments.sync(client=client, limit=1)
    while isinstance(page, EnrollmentPage):
        seen += [enrollment.id for enrollment in page.data]
        if page.next_cursor is None:
            break
        page = list_enrollments.sync(client=client, limit=1, cursor=page.next_cursor)
    assert len(set(seen)) == len(seen) == 3, (page, seen)


def steers(client: AuthenticatedClient) -> None:
    page = list_enrollments.sync(client=client, status=EnrollmentStatus.RUNNING)
    assert isinstance(page, EnrollmentPage), page
    id = page.data[0].id
    paused = pause_enrollment.sync(id, client=client)
    assert isinstance(paused, EnrollmentDetail), paused
    assert paused.status is EnrollmentStatus.PAUSED
    policy = ResumeBody(policy=ResumeBodyPolicy.ACTIVE_TIME)
    resumed = resume_enrollment.sync(id, client=client, body=policy)
    assert isinstance(resumed, EnrollmentDetail), resumed
    assert resumed.status is EnrollmentStatus.RUNNING
    left = exit_enrollment.sync_detailed(id, client=client, body=ExitBody(reason="asked_by_phone"))
    assert left.status_code in {200, 202}, left
    assert isinstance(get_enrollment.sync(id, client=client), EnrollmentDetail)


def reads_errors(client: AuthenticatedClient) -> None:
    unknown = get_enrollment.sync("nobody", client=client)
    assert isinstance(unknown, Problem), unknown
    assert (unknown.code, unknown.status) == ("not_found", 404)
    wrong = enroll.sync(WORKFLOW, client=client, body=EnrollBody(contact=NamedContact(email="nobody")))
    assert isinstance(wrong, Problem), wrong
    assert [(error.field, error.code) for error in wrong.errors] == [
        ("contact.email", FieldErrorCode.WRONG_FORMAT)
    ]
    cursor = list_contacts.sync(client=client, cursor="nothing")
    assert isinstance(cursor, Problem), cursor
    assert cursor.errors[0].field == "cursor"


if __name__ == "__main__":
    main(*sys.argv[1:])
