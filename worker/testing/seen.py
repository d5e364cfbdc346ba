"""What a test sees of an enrollment: its mails, its tasks, the contact, how it ended."""

from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from activities.calls import Entry
from store.contacts import Contacts
from store.enrollments import Enrollments
from store.messages import Messages
from store.tables import Contact, Enrollment, Message, Task
from store.tasks import Tasks
from worker.testing import mails
from worker.testing.host import Hosted
from worker.testing.mails import Mail
from worker.testing.threads import Elsewhere
from worker.testing.trails import trail_of

R = TypeVar("R")


@dataclass(frozen=True)
class Seen:
    """All of it reads at once; nothing has to be awaited."""

    enrollment_id: str
    contact_id: str
    _hosted: Hosted
    _elsewhere: Elsewhere

    @property
    def outcome(self) -> str | None:
        """How the enrollment ended; None while it runs."""
        return self._read(self.row()).outcome

    @property
    def reason(self) -> str | None:
        return self._read(self.row()).reason

    @property
    def now(self) -> datetime:
        """The run's own time."""
        handle = self._hosted.backend.handle(self.enrollment_id)
        return self._read(self._hosted.backend.clock.now(handle))

    def sent(self) -> list[str]:
        """The templates of the mails that went out, in order."""
        return [mail.template for mail in self.mails()]

    def mails(self) -> list[Mail]:
        """The mails that went out, in order, as the contact got them."""
        kept = {mails.id_of(mail): mail for mail in self._hosted.kept.mails}
        rows = self._read(self._messages())
        return [mails.read(row.template, kept[row.id], self._hosted.links) for row in rows if row.id in kept]

    def mail(self, which: Mail | str | None = None) -> Mail:
        """The last mail that went out, or the last of a template."""
        if isinstance(which, Mail):
            return which
        sent = [mail for mail in self.mails() if which in (None, mail.template)]
        assert sent, f"no mail {which or ''} went out; sent: {', '.join(self.sent()) or 'none'}"
        return sent[-1]

    def tasks(self) -> list[Task]:
        """The work it made for people, in order, done or not."""
        return self._read(self._tasks())

    def contact(self) -> Contact:
        """The contact as it is now: attributes, score, stage."""
        return self._read(self._contact())

    def trail(self) -> list[Entry]:
        """The steps that are over, with their results."""
        return self._read(self.steps())

    def _read(self, doing: Coroutine[Any, Any, R]) -> R:
        return self._elsewhere.at_once(doing)

    async def steps(self) -> list[Entry]:
        return await trail_of(self._hosted.backend, self.enrollment_id)

    async def row(self) -> Enrollment:
        async with self._hosted.backend.composition.database.read() as session:
            row = await Enrollments(session).get(self.enrollment_id)
        assert row is not None
        return row

    async def _messages(self) -> list[Message]:
        async with self._hosted.backend.composition.database.read() as session:
            found, _ = await Messages(session).page(enrollment_id=self.enrollment_id, limit=500)
        return sorted(
            (one for one in found if one.status == "sent"), key=lambda one: (one.created_at, one.id)
        )

    async def _tasks(self) -> list[Task]:
        async with self._hosted.backend.composition.database.read() as session:
            found, _ = await Tasks(session).page(enrollment_id=self.enrollment_id, limit=500)
        return sorted(found, key=lambda task: task.created_at)

    async def _contact(self) -> Contact:
        async with self._hosted.backend.composition.database.read() as session:
            found = await Contacts(session).get(self.contact_id)
        assert found is not None
        return found
