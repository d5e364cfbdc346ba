"""Outside production a mail leaves only for addresses that were allowed."""

import pytest

from activities.providers.email import Outbox, SmtpProvider

RELAY = SmtpProvider("smtp://relay.example")
CATCHER = SmtpProvider("smtp://127.0.0.1:1025", name="catcher")


@pytest.mark.parametrize(
    "address", ["ann@shop.example", "Ann@Shop.Example", "bob@team.example", "eve@lab.example"]
)
def test_allowed_addresses_reach_the_relay(address: str) -> None:
    outbox = Outbox(RELAY, CATCHER, ["ann@shop.example", " @Team.example", "lab.example", ""])
    assert outbox.route(address) == (RELAY, False)


@pytest.mark.parametrize(
    "address", ["bob@shop.example", "a@sub.lab.example", "a@notlab.example", "lab.example@x.example", "", "@"]
)
def test_all_others_are_diverted(address: str) -> None:
    outbox = Outbox(RELAY, CATCHER, ["ann@shop.example", "lab.example", ""])
    assert outbox.route(address) == (CATCHER, True)


def test_without_a_relay_the_catcher_diverts_nothing() -> None:
    assert Outbox(None, CATCHER, ["lab.example"]).route("a@lab.example") == (CATCHER, False)


def test_production_uses_the_relay() -> None:
    assert Outbox(RELAY, None, production=True).route("a@b.example") == (RELAY, False)
    assert Outbox(RELAY, CATCHER, production=True).route("a@b.example") == (RELAY, False)


def test_a_missing_way_out_is_explained() -> None:
    with pytest.raises(ValueError, match="CADENCIA_EMAIL_URL"):
        Outbox(None, CATCHER, production=True)
    with pytest.raises(ValueError, match="cadencia mail"):
        Outbox(RELAY, None)
