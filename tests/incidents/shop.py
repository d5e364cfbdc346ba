"""A team's package and templates, as the incidents break and mend them."""

from pathlib import Path

from tests.workflows.versions import EVENTS

_WORKFLOW = '''"""Shop: a mail, then an order or a month without."""

from datetime import date

from pydantic import Field

from shop.events import BasketFilled
from workflows.kit import ContactWorkflow, Objective, Parameters, always, days, marketing_workflow


class ShopParameters(Parameters):
    """How often somebody came."""

    visits: int = Field(default=2, ge=1, le=10)


@marketing_workflow(
    stage="attract",
    owner="tests",
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(10), date(2030, 1, 1), "tests"),
)
class Shop(ContactWorkflow):
    """Greets, and waits for a basket."""

    params: ShopParameters

    async def path(self) -> None:
        share = 10 // self.params.visits
        await self.send_email("shop/hello", purpose="transactional", prefer="once")
        if await self.wait_for(BasketFilled, where=BasketFilled.items > 2, within=days(30)):
            await self.score(share, "filled a basket")
'''

_TEMPLATE = """---
subject: Hello
preheader: Nice to see you
---
<mjml><mj-body>
<mj-section><mj-column><mj-text>Hello {{ contact.name }}</mj-text></mj-column></mj-section>
</mj-body></mjml>
"""


class Shop:
    """Files that can be edited. An edit is taken back by `mend`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workflow = folder / "shop" / "shop.py"
        self.template = folder / "templates" / "shop" / "hello.en.mjml"
        for file in (self.workflow, self.template):
            file.parent.mkdir(parents=True)
        (folder / "shop" / "__init__.py").touch()
        (folder / "shop" / "events.py").write_text(EVENTS)
        self.mend()

    def mend(self) -> None:
        self.workflow.write_text(_WORKFLOW)
        self.template.write_text(_TEMPLATE)
        self.template.with_name("hello.es.mjml").write_text(_TEMPLATE)

    @staticmethod
    def edit(file: Path, old: str, new: str) -> None:
        source = file.read_text()
        assert old in source
        file.write_text(source.replace(old, new))
