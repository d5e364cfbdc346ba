"""What authors test their workflows with: a contact is enrolled, time passes, and what happened can be seen.

    async with enrolled(WelcomeSeries, contact(name="Ana")) as run:
        await run.advance(days(2))
        assert run.sent() == ["welcome/hello", "welcome/hello-again"]

Everything behind it is real but for the mails, which are kept instead of sent: a Temporal server that skips time,
a worker, the activities, a database. Only tests may import this package.
"""

from worker.testing.enrolling import enrolled
from worker.testing.mails import Mail
from worker.testing.people import contact
from worker.testing.plugin import covers_every_branch
from worker.testing.run import Run

__all__ = ["Mail", "Run", "contact", "covers_every_branch", "enrolled"]
