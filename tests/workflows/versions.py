"""A team's package with events of its own, as one edit after the other leaves it."""

from collections.abc import Iterator
from pathlib import Path

EVENTS = '''"""What happens in the shop."""

from workflows.kit import event

BasketFilled = event("basket.filled", items=int)
'''

_WORKFLOW = '''"""Shopping: three waits between three mails."""

from datetime import date, timedelta

from {package}.events import BasketFilled
from workflows.kit import ContactWorkflow, Objective, Parameters, always, days, hours, marketing_workflow


class ShoppingParameters(Parameters):
    """How long the first wait is."""

    first: timedelta = days(2)


@marketing_workflow(
    stage="attract",
    owner="tests",
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(10), date(2030, 1, 1), "tests"),
)
class Shopping(ContactWorkflow):
    """Greets, waits for a full basket, offers."""

    params: ShoppingParameters

    async def path(self) -> None:
        await self.send_email("welcome/hello", purpose="transactional")
        await self.sleep(self.params.first, "first")
        await self.score(1, "has looked around")
        if await self.wait_for(BasketFilled, where=BasketFilled.items > 2, within=days(10)):
            await self.score(5, "filled a basket")
        await self.send_email("welcome/guide", purpose="transactional")
        await self.sleep(hours(30), "second")
        await self.send_email("welcome/offer", purpose="transactional")
'''

_SECOND = '        await self.sleep(hours(30), "second")\n'
INSERTED = ((_SECOND, f'        await self.score(2, "inserted")\n{_SECOND}'),)
REMOVED = (*INSERTED, ('        await self.score(1, "has looked around")\n', ""))
RENAMED = (*REMOVED, ('"first"', '"begin"'), ('"second"', '"rest"'))
CHANGED = (*INSERTED, ("within=days(10)", "within=days(12)"))
BROKEN = (*INSERTED, ("async def path(self) -> None:", "async def path(self -> None:"))
Edits = tuple[tuple[str, str], ...]


class Versions:
    """Each version is a package under a name of its own, since a process imports a package once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers: Iterator[int] = iter(range(1, 100))

    def write(self, edits: Edits = ()) -> str:
        """The package's name."""
        package = f"shop_{next(self._numbers)}"
        source = _WORKFLOW.format(package=package)
        for old, new in edits:
            assert old in source
            source = source.replace(old, new)
        home = self._folder / package
        home.mkdir()
        (home / "__init__.py").touch()
        (home / "events.py").write_text(EVENTS)
        (home / "shopping.py").write_text(source)
        return package
