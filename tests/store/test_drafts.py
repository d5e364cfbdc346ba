"""What a caller may say about a contact."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from activities.providers.email.mime import check_address
from store.contacts import ConsentGrant, ContactDraft, normalise_email

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("  ada@example.com\u00a0", "ada@example.com"),
        ("ada+news@mail.example.co.uk", "ada+news@mail.example.co.uk"),
        ("o'neil@example.com", "o'neil@example.com"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@faß.example", "ada@xn--fa-hia.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("Jose\u0301@example.com", "jos\u00e9@example.com"),
        (f"{'a' * 64}@example.com", f"{'a' * 64}@example.com"),
    ],
)
def test_normal_form(text: str, normal: str) -> None:
    assert normalise_email(text) == normal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@localhost",
        "ada@example",
        "ada@@example.com",
        "ada@example.com, eve@example.com",
        "ada@example.com eve@example.com",
        "Ada <ada@example.com>",
        "<ada@example.com>",
        '"a b"@example.com',
        "ada(comment)@example.com",
        ".ada@example.com",
        "ada.@example.com",
        "a..da@example.com",
        "a da@example.com",
        "ada@exa mple.com",
        "ada@-example.com",
        "ada@example-.com",
        "ada@example..com",
        "ada@.example.com",
        "ada@example.com.",
        "ada@my_host.com",
        "ada@127.0.0.1",
        "ada@[127.0.0.1]",
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com\n",
        "\tada@example.com",
        "ada\0@example.com",
        "ada\u0085@example.com",
        "ada\u2028@example.com",
        "ada\u200b@example.com",
        "ada@exam\u202eple.com",
        "\ud800@example.com",
        "ada@\ud800.com",
        f"{'a' * 65}@example.com",
        f"{'é' * 33}@example.com",
        f"ada@{'a' * 64}.com",
        f"ada@{'a.' * 126}com",
    ],
)
def test_refused_addresses(text: str) -> None:
    with pytest.raises(ValueError, match=r"^email must"):
        normalise_email(text)


def test_an_address_that_no_mail_can_be_sent_to_is_refused() -> None:
    with pytest.raises(ValidationError, match="email must have only ASCII characters before the @"):
        ContactDraft(email="\u00e4@example.com")
    assert ContactDraft(email="a@b\u00fccher.example").email == "a@xn--bcher-kva.example"


@given(st.text(max_size=40), st.text(max_size=20))
def test_mail_can_be_sent_to_whatever_is_accepted(local: str, label: str) -> None:
    try:
        draft = ContactDraft(email=f"{local}@{label}.example")
    except ValidationError:
        return
    check_address(str(draft.email))


@given(st.emails())
def test_normal_form_is_its_own(address: str) -> None:
    try:
        normal = normalise_email(address)
    except ValueError:
        return  # among what is generated are addresses that nobody has, such as ada@1.2.3.4
    assert normalise_email(normal) == normal


@given(LABELS, LABELS)
def test_plain_addresses_pass(local: str, label: str) -> None:
    assert normalise_email(f"{local}@{label}.Example") == f"{local}@{label}.example"


@given(st.text(max_size=40), st.sampled_from(["example.com", "пример.example"]))
def test_whatever_passes_is_one_printable_word(local: str, domain: str) -> None:
    try:
        normal = normalise_email(f"{local}@{domain}")
    except ValueError:
        return
    assert normal.isprintable()
    assert not any(character.isspace() for character in normal)
    assert normal.count("@") == 1
    assert len(normal.encode()) <= 254
    assert normalise_email(normal) == normal


@given(st.text(max_size=5), st.sampled_from("\0\r\n\x1f\x7f\x85\u2028\u2029"), st.text(max_size=5))
def test_control_characters_never_pass(before: str, control: str, after: str) -> None:
    with pytest.raises(ValueError, match=r"^email must"):
        normalise_email(f"{before}{control}{after}@example.com")


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Ada\r\nBcc: eve@example.com"},
        {"name": "a" * 201},
        {"name": " "},
        {"external_id": ""},
        {"external_id": "4\0002"},
        {"external_id": "\udfff"},
        {"locale": "english"},
        {"locale": "en_US"},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../etc/passwd"},
        {"time_zone": "localtime"},
        {"time_zone": "Factory"},
        {"time_zone": "posixrules"},
        {"time_zone": "right/Europe/Madrid"},
        {"time_zone": "posix/Europe/Madrid"},
        {"attributes": {"a" * 65: 1}},
        {"attributes": {"": 1}},
        {"attributes": {"plan\r\nBcc: eve": 1}},
        {"attributes": {"plan\u202e": 1}},
        {"attributes": {"plan": "a\0"}},
        {"attributes": {"plan": [{"deep": "\ud800"}]}},
        {"attributes": {"plan": [{"\0": 1}]}},
        {"attributes": {"size": float("nan")}},
        {"attributes": {"size": [float("inf")]}},
        {"consent": {"Marketing": {"granted": True, "source": "form"}}},
        {"consent": {"marketing": {"granted": True}}},
        {"consent": {"marketing": {"granted": "yes", "source": "form"}}},
        {"consent": {"marketing": {"granted": 1, "source": "form"}}},
        {"consent": {"marketing": {"granted": True, "source": "form", "at": "2026-01-01T00:00:00"}}},
        {"unknown": 1},
    ],
)
def test_refused_drafts(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ContactDraft.model_validate(fields)


@pytest.mark.parametrize(
    ("field", "text", "meant"),
    [
        ("locale", "pt_BR", "pt-BR"),
        ("locale", "es_mx.UTF-8", "es-MX"),
        ("time_zone", "europe/madrid", "Europe/Madrid"),
        ("time_zone", "America/New York", "America/New_York"),
        ("time_zone", "utc", "UTC"),
    ],
)
def test_what_was_meant_is_named(field: str, text: str, meant: str) -> None:
    with pytest.raises(ValidationError, match=f"did you mean {meant}\\?"):
        ContactDraft.model_validate({field: text})


def test_nothing_is_guessed_for_what_is_meant_by_nobody() -> None:
    for fields in ({"locale": "english"}, {"time_zone": "Mars/Olympus"}, {"time_zone": "LOCALTIME"}):
        with pytest.raises(ValidationError) as raised:
            ContactDraft.model_validate(fields)
        assert "did you mean" not in str(raised.value)


@pytest.mark.parametrize(
    ("locale", "normal"),
    [("en", "en"), ("ES-mx", "es-MX"), ("zh-hant-tw", "zh-Hant-TW"), ("es-419", "es-419")],
)
def test_locales(locale: str, normal: str) -> None:
    assert ContactDraft(locale=locale).locale == normal


def test_names_are_trimmed_and_keep_their_letters() -> None:
    name = "  Zoë 🎉 Ōe\u0301  "
    assert ContactDraft(name=name).name == name.strip()
    assert unicodedata.category("\u0301") == "Mn"


@pytest.mark.parametrize("ids", [{"id": "con_1"}, {"external_id": "1"}, {"email": "ada@example.com"}])
def test_named(ids: dict[str, str]) -> None:
    assert ContactDraft.model_validate(ids).named()
    assert not ContactDraft(name="Ada").named()


def test_consent_takes_proof_of_several_lines() -> None:
    grant = ConsentGrant(granted=True, source="form", proof="ip 192.0.2.1\nbox ticked")
    assert grant.proof == "ip 192.0.2.1\nbox ticked"
