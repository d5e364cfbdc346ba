"""CartAbandoned, along every branch."""

from examples.acme.cart_abandoned import CartAbandoned
from examples.acme.events import CartUpdated
from workflows.events import OrderCompleted
from workflows.kit import days, hours
from workflows.kit.testing import contact, covers_every_branch, enrolled

pytest_plugins = ["workflows.kit.testing.plugin"]


@covers_every_branch(CartAbandoned)
class TestCartAbandoned:
    async def test_who_does_nothing_is_reminded_twice(self) -> None:
        async with enrolled(CartAbandoned) as run:
            assert run.sent() == []
            await run.advance(hours(4))
            assert run.sent() == ["cart/reminder"]
            await run.advance(days(1))
            assert run.sent() == ["cart/reminder", "cart/last-call"]
            await run.advance(days(2))
            assert run.outcome == "not ordered"

    async def test_a_large_cart_is_sent_for_free(self) -> None:
        async with enrolled(CartAbandoned) as run:
            await run.advance(hours(4))
            await run.event(CartUpdated, value=40)
            assert run.sent() == ["cart/reminder"]
            await run.event(CartUpdated, value=120)
            assert run.sent() == ["cart/reminder", "cart/free-shipping"]

    async def test_an_order_ends_it(self) -> None:
        async with enrolled(CartAbandoned) as run:
            await run.event(OrderCompleted, amount=60, currency="EUR")
            assert run.outcome == "converted"
            assert run.sent() == []

    async def test_in_spanish_the_button_leads_to_the_cart(self) -> None:
        async with enrolled(CartAbandoned, contact(locale="es-MX")) as run:
            await run.advance(hours(4))
            assert run.mail().subject == "Dejaste algo en tu carrito"
            assert any(link.endswith("/cart") for link in run.mail().links)
