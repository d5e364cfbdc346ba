"""Names are content from strangers: what they may hold, and which of them a mail greets with."""

import pytest
from pydantic import ValidationError

from store.contacts import ContactDraft
from store.names import presentable

REAL = [
    "Ana",
    "Zoë Ōe\u0301",
    "Ana 🎉",
    "山田 太郎",
    "葛\U000e0100城",
    "محمد علی\u200cرضا",
    "سید\u200cمحمد",
    "ශ්\u200dරී",
    "क्\u200dष",
    "Sam 👩\U0001f3fd\u200d💻",
    "Kim ❤\ufe0f\u200d🔥",
    "J.R.R. Tolkien",
    "St. John O'Neil-Smith, Jr.",
    "Ana & Co",
    "Dr. A. Müller",
    "Model 2.0",
]
HIDDEN = [
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\ufeff\u00ad\u2060\u180e",
    *"\u034f\u115f\u1160\u3164\uffa0\u2800\U000e0041\r\n\0\x85\u2028\ud800",
]
ADDRESSES = [
    "http://evil.example/win",
    "click http://x",
    "HTTPS://EVIL",
    "www.evil",
    "Ana www.evil.example",
    "evil.example",
    "Win at t.co now",
    "пример.рф",
    "evil\u3002example",
    "evil\uff0eexample",
    "ana@example.com",
    "ana\uff20example",
    "//evil",
    "192.0.2.1",
]


@pytest.mark.parametrize("name", REAL)
def test_real_names_are_taken_and_greeted_with(name: str) -> None:
    assert ContactDraft(name=name).name == name
    assert presentable(name) == name


@pytest.mark.parametrize("character", HIDDEN)
@pytest.mark.parametrize("before", ["An", "عل"])
def test_what_cannot_be_seen_is_refused(character: str, before: str) -> None:
    with pytest.raises(
        ValidationError, match=r"name\n.*(without control characters|remove U\+|valid string)"
    ):
        ContactDraft(name=f"{before}{character}a")
    assert presentable(f"{before}{character}a") is None, "nor used where an older release stored it"


@pytest.mark.parametrize(
    "name", ["An\u200da", "An\u200ca", "علی\u200c", "\u200dعلی", "علی\u200c\u200cرضا", "👩\u200d", "1\u200d2"]
)
def test_joiners_stand_only_where_a_script_needs_them(name: str) -> None:
    with pytest.raises(ValidationError, match=r"remove U\+200[CD]"):
        ContactDraft(name=name)


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_name_that_looks_like_an_address_is_stored_and_not_used(name: str) -> None:
    assert ContactDraft(name=name).name == name
    assert presentable(name) is None


def test_no_name_is_none() -> None:
    assert presentable(None) is None
    assert presentable(" ") is None
    assert presentable("  Ada \u3000 Lovelace ") == "Ada Lovelace"
