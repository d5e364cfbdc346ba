"""A team's own package, as it is written and as it is edited while people are inside."""

from pathlib import Path

_BEFORE = '''"""{name}: two waits between three mails."""

from datetime import date, timedelta

from acme.events import CallBooked
from workflows.kit import ContactWorkflow, Objective, Parameters, always, days, hours, marketing_workflow


class {name}Parameters(Parameters):
    """How long each wait is."""

    first: timedelta = days(10)
    second: timedelta = hours(16)


@marketing_workflow(
    stage="attract",
    owner="tests",
    goals=[CallBooked],
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(10), date(2030, 1, 1), "tests"),
)
class {name}(ContactWorkflow):
    """Greets, guides, offers."""

    params: {name}Parameters

    async def path(self) -> None:
        await self.send_email("welcome/hello", purpose="transactional")
        await self.sleep(self.params.first, "first")
        await self.send_email("welcome/guide", purpose="transactional")
        await self.sleep(self.params.second, "second")
        await self.send_email("welcome/offer", purpose="transactional")
'''

_EVENTS = '''"""What may happen to contacts of acme."""

from workflows.kit import event

CallBooked = event("acme.call.booked")
'''

LONGER, INSERTED, RENAMED = "Longer", "Inserted", "Renamed"
"""Workflows that are edited: a step at the end, a step before the second wait, another template for the second mail."""


class Package:
    """The package `acme` in a folder of its own, with events of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "acme").mkdir(parents=True)
        (folder / "acme" / "__init__.py").touch()
        (folder / "acme" / "events.py").write_text(_EVENTS)
        for name in (LONGER, INSERTED, RENAMED):
            self.add(name)

    def add(self, name: str) -> None:
        self.file(name).write_text(_BEFORE.format(name=name))

    def file(self, name: str) -> Path:
        return self.folder / "acme" / f"{name.lower()}.py"

    def edit(self) -> None:
        """All three, as an engineer would."""
        with self.file(LONGER).open("a") as file:
            file.write('        await self.score(5, "at the end")\n')
        second = '        await self.sleep(self.params.second, "second")\n'
        self.replace(INSERTED, second, f'        await self.score(1, "between")\n{second}')
        self.replace(RENAMED, "welcome/guide", "welcome/hello-again")

    def replace(self, name: str, old: str, new: str) -> None:
        source = self.file(name).read_text()
        assert old in source
        self.file(name).write_text(source.replace(old, new))
