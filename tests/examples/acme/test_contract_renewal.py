"""ContractRenewal, along every branch and over five years."""

from datetime import UTC, datetime, time, timedelta

import httpx
import pytest

from examples.acme import prices
from examples.acme.contract_renewal import ContractRenewal
from examples.acme.events import ContractRenewed
from store.contacts import ContactDraft
from workflows.kit import days
from workflows.kit.testing import contact, covers_every_branch, enrolled

pytest_plugins = ["workflows.kit.testing.plugin"]


ROUND = ["renewal/same", "renewal/thanks"]


@pytest.fixture(autouse=True)
def prices_asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the price service was asked, in order."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(204)

    def service() -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url="http://prices.test", transport=httpx.MockTransport(answer))

    monkeypatch.setattr(prices, "service", service)
    return asked


def due_in(time: timedelta) -> ContactDraft:
    """A contact whose contract is to be renewed then."""
    return contact(attributes={"renewal": (datetime.now(UTC).date() + time).isoformat()})


@covers_every_branch(ContractRenewal)
class TestContractRenewal:
    async def test_without_an_answer_the_terms_stay(self, prices_asked: list[str]) -> None:
        async with enrolled(ContractRenewal, due_in(days(100))) as run:
            await run.advance(days(41))
            (task,) = run.tasks()
            assert (task.role, task.status) == ("account-manager", "open")
            await run.advance(days(10))
            assert run.tasks()[0].role == "sales", "it went up after ten days"
            await run.advance(days(10))
            assert run.sent() == ["renewal/same"]
            await run.event(ContractRenewed)
            assert run.sent() == ROUND
            assert prices_asked == ["PUT", "PUT"], "the next round has begun: the date was not moved"

    @pytest.mark.parametrize(("answer", "sent"), [("same", "renewal/same"), ("better", "renewal/better")])
    async def test_the_account_manager_decides_on_the_terms(self, answer: str, sent: str) -> None:
        async with enrolled(ContractRenewal, due_in(days(70))) as run:
            await run.advance(days(11))
            await run.answer(answer)
            assert run.sent() == [sent]

    async def test_no_offer_lets_the_price_go(self, prices_asked: list[str]) -> None:
        async with enrolled(ContractRenewal, due_in(days(70))) as run:
            await run.advance(days(11))
            await run.answer("none")
            assert (run.outcome, run.reason, run.sent()) == ("withdrawn", "no offer", [])
            assert prices_asked == ["PUT", "DELETE"]

    async def test_who_does_not_renew_is_let_go(self, prices_asked: list[str]) -> None:
        async with enrolled(ContractRenewal, due_in(days(70))) as run:
            await run.advance(days(11))
            await run.answer("better")
            await run.advance(days(61))
            assert (run.outcome, run.reason) == ("withdrawn", "not renewed")
            assert prices_asked == ["PUT", "DELETE"]

    async def test_without_a_contract_there_is_nothing_to_renew(self) -> None:
        async with enrolled(ContractRenewal) as run:
            assert run.outcome == "no contract"

    async def test_five_years_bring_each_years_mails_once(self, prices_asked: list[str]) -> None:
        renewal = datetime.now(UTC).date() + days(70)
        async with enrolled(ContractRenewal, contact(attributes={"renewal": renewal.isoformat()})) as run:
            for year in range(1, 6):
                await run.advance_to(datetime.combine(renewal, time(10), UTC) - days(60))
                await run.answer("same")
                assert run.sent() == [*ROUND * (year - 1), "renewal/same"]
                renewal += days(365)
                await run.change(renewal=renewal.isoformat())
                await run.event(ContractRenewed)
                assert run.sent() == ROUND * year
            assert run.outcome is None
            assert prices_asked == ["PUT"] * 5
