"""Notices to teams, publications, and consent that a workflow takes back."""

import re
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.calls import Notified, Notify, Publish, WithdrawConsent
from activities.claiming import PAUSES
from activities.contacts import ContactRecords
from activities.links import Links
from activities.notifying import Notifying
from activities.providers.channels import Item, OwnChannel
from activities.providers.email import Mailbox, Outbox, SmtpProvider
from activities.publishing import Publishing
from activities.rendering import Sender, Templates
from activities.team_mail import TeamMail
from store.contacts import ConsentGrant, Contacts
from store.database import Database
from store.effects import Effects
from store.tables import Consent, Enrollment, Publication
from tests.activities.conftest import Office, Ordered, perform, rows, text_of
from tests.mail.conftest import TEMPLATES

ACTIVITY = ActivityEnvironment.default_info().activity_type
NOTICE = Notify(role="sales", template="team/notice")


async def test_a_team_is_told_once(
    office: Office, ordered: Ordered, enrollment: Enrollment, links: Links
) -> None:
    await office.team("sales")
    for _ in range(2):
        assert await perform(office.notifying.notify, ordered(NOTICE)) == Notified()
    (mail,) = office.mails
    assert mail["Subject"] == "Worth a look: Ada Lovelace"
    assert "for the team sales" in text_of(mail)
    text = text_of(mail)
    assert "Welcome series" in text
    assert links.notice(enrollment.id, "sales") in text
    assert "ada@" not in text, "the address is on the page that the link leads to"


@pytest.mark.parametrize("name", [None, "http://evil.example/win", "Ada\u202e"])
@pytest.mark.parametrize("template", ["team/notice", "team/lead-is-ready", "team/stream-is-dry"])
async def test_a_contact_without_a_name_that_can_be_shown(
    office: Office, ordered: Ordered, enrollment: Enrollment, name: str | None, template: str
) -> None:
    async with office.database.begin() as session:
        contact = await Contacts(session).get(enrollment.subject_id)
        assert contact
        contact.name = name  # as an older release took it
    await office.team("sales")
    await perform(office.notifying.notify, ordered(Notify(role="sales", template=template)))
    (mail,) = office.mails
    assert "a contact" in mail["Subject"]
    assert not re.search(r"evil|\u202e|con_|cadencia ", str(mail["Subject"]) + text_of(mail))


async def test_each_step_has_a_mail_of_its_own(office: Office, ordered: Ordered) -> None:
    await office.team("sales")
    for key in ("notify:a#1", "notify:a#2"):
        await perform(office.notifying.notify, ordered(NOTICE, key))
    first, second = office.mails
    assert first["Message-ID"] != second["Message-ID"]


async def test_a_repeated_attempt_has_the_same_message_id(
    office: Office, ordered: Ordered, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.team("sales")

    async def crash(*_: object) -> None:
        raise SystemError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(office.mail, "record", crash)
        with pytest.raises(SystemError):
            await perform(office.notifying.notify, ordered(NOTICE))
    await perform(office.notifying.notify, ordered(NOTICE))
    first, second = office.mails
    assert first["Message-ID"] == second["Message-ID"]


async def test_a_team_without_an_address_is_not_told(office: Office, ordered: Ordered) -> None:
    assert await perform(office.notifying.notify, ordered(NOTICE)) == Notified(skipped="no_address")
    await office.team("sales")
    again = await perform(office.notifying.notify, ordered(NOTICE))
    assert again == Notified(skipped="no_address"), "the first result stays"


async def test_a_mail_that_got_no_answer_is_sent_again(office: Office, ordered: Ordered) -> None:
    await office.team("sales")
    seen: list[object] = []

    async def hang_up(server: object) -> None:
        seen.append(server)
        if len(seen) == 1:
            office.relay.hang_up()

    office.relay.on_data = hang_up
    with pytest.raises(ApplicationError) as raised:
        await perform(office.notifying.notify, ordered(NOTICE))
    assert raised.value.type == "provider_did_not_answer"
    assert await perform(office.notifying.notify, ordered(NOTICE)) == Notified()
    assert len({mail["Message-ID"] for mail in office.mails}) == 1


async def test_a_server_that_does_not_answer_gets_three_copies(office: Office, ordered: Ordered) -> None:
    await office.team("sales")

    async def hang_up(server: object) -> None:
        office.relay.hang_up()

    office.relay.on_data = hang_up
    call = ordered(NOTICE)
    for pause in PAUSES:
        with pytest.raises(ApplicationError) as raised:
            await perform(office.notifying.notify, call)
        assert raised.value.next_retry_delay == pause
        async with office.database.begin() as session:  # as a worker's interceptor does
            await Effects(session).fail(
                ACTIVITY, str(raised.value.type), "no answer", call.enrollment_id, call.key
            )
    given_up = Notified(skipped="provider_did_not_answer")
    assert await perform(office.notifying.notify, call) == given_up
    assert await perform(office.notifying.notify, call) == given_up
    assert len(office.mails) == 3


async def test_a_template_of_ones_own(
    office: Office, ordered: Ordered, provider: SmtpProvider, sender: Sender, links: Links, tmp_path: Path
) -> None:
    head = "---\nsubject: {{ team.name }} on {{ workflow }}\n---\n"
    body = "<mj-section><mj-column><mj-text>{{ subject_kind }}</mj-text></mj-column></mj-section>"
    (tmp_path / "hot.en.mjml").write_text(head + body)
    templates = Templates([TEMPLATES, tmp_path], sender=sender)
    mail = TeamMail(office.database, templates, Outbox(None, provider), Mailbox("hello@shop.example"))
    await office.team("sales")
    await perform(
        Notifying(office.database, mail, links).notify, ordered(Notify(role="sales", template="hot"))
    )
    assert office.mails[0]["Subject"] == "sales on welcome-series"


# Publishing.

ARTICLE = Publish(channel="blog", item="cadence-in-music")


class Blog:
    """Gives an address, after it failed once."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    async def publish(self, item: Item) -> str | None:
        self.items.append(item)
        if len(self.items) == 1:
            raise ConnectionError("the answer was lost")
        return f"https://blog.example/{item.name}"


async def test_an_item_is_published_once_a_step(database: Database, ordered: Ordered) -> None:
    publishing = Publishing(database, OwnChannel())
    first = await perform(publishing.publish, ordered(ARTICLE))
    assert await perform(publishing.publish, ordered(ARTICLE)) == first
    await perform(publishing.publish, ordered(ARTICLE, "publish:two#1"))
    published = {row.id: row for row in await rows(database, Publication)}
    assert len(published) == 2
    row = published[first.publication_id]
    assert (row.status, row.channel, row.item, row.url) == ("published", "blog", "cadence-in-music", None)
    assert row.published_at


async def test_a_channel_is_asked_again_for_the_same_publication(
    database: Database, ordered: Ordered
) -> None:
    blog = Blog()
    publishing = Publishing(database, blog)
    with pytest.raises(ConnectionError):
        await perform(publishing.publish, ordered(ARTICLE))
    assert [row.status for row in await rows(database, Publication)] == ["pending"]
    done = await perform(publishing.publish, ordered(ARTICLE))
    assert {item.publication_id for item in blog.items} == {done.publication_id}
    (row,) = await rows(database, Publication)
    assert (row.status, row.url) == ("published", "https://blog.example/cadence-in-music")


# Consent.


async def test_a_workflow_takes_consent_back(
    database: Database, ordered: Ordered, enrollment: Enrollment
) -> None:
    async with database.begin() as session:
        grant = ConsentGrant(granted=True, source="form")
        await Contacts(session).record_consent(enrollment.subject_id, "news", grant)
    for _ in range(2):
        await perform(ContactRecords(database).withdraw_consent, ordered(WithdrawConsent(topic="news")))
    async with database.read() as session:
        assert await Contacts(session).consents(enrollment.subject_id) == {"news": False}
    said = [(row.granted, row.source) for row in await rows(database, Consent)]
    assert sorted(said) == [(False, "workflow welcome-series"), (True, "form")]


async def test_consent_of_nobody_is_nothing(database: Database, ordered: Ordered) -> None:
    call = ordered(WithdrawConsent(topic="news")).model_copy(update={"subject_id": "con_gone"})
    await perform(ContactRecords(database).withdraw_consent, call)
    assert await rows(database, Consent) == []
