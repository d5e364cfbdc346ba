"""Templates: every one in every language, with links that work, and clear errors where something is missing."""

import re
from dataclasses import astuple
from email import message_from_bytes, policy
from html import unescape
from pathlib import Path

import pytest
from pydantic import JsonValue

from activities.links import Click, Links, Unsubscription
from activities.providers.email.mime import build
from activities.rendering import Sender, TemplateError, TemplateMissing, Templates, contact_view
from store import clock
from tests.docs.documents import ROOT
from tests.mail.conftest import SITE, TEMPLATES, an_email

NAMES = [
    "nurture/first", "nurture/second", "nurture/third", "nurture/fourth", "nurture/fifth",
    "nurture/tour", "nurture/numbers", "nurture/story", "nurture/trial", "nurture/questions",
    "reactivation/miss-you", "reactivation/best-since", "reactivation/offer", "reactivation/last-call",
    "welcome/guide", "welcome/hello", "welcome/hello-again", "welcome/offer", "welcome/reminder",
]  # fmt: skip
NOTICES = ["team/lead-is-ready", "team/notice", "team/stream-is-dry"]
FOR_TEAMS = ["team/escalation", "team/reminder", "team/task", *NOTICES]
HREF = re.compile(r'<a\b[^>]*?\shref="([^"]*)"')


def context(name: str | None = "Ána <b>& Co</b>") -> dict[str, JsonValue]:
    return {"contact": contact_view(name, locale="en", attributes={})}


def test_each_template_exists_in_english_and_spanish(templates: Templates) -> None:
    assert templates.available() == {name: ["en", "es"] for name in sorted(NAMES + FOR_TEAMS)}


@pytest.mark.parametrize("known", [True, False], ids=["named", "nameless"])
@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("name", NAMES)
def test_each_template_renders(
    templates: Templates, links: Links, name: str, locale: str, known: bool
) -> None:
    mail = templates.render(name, locale, context() if known else context(None), links.for_message("m", "c"))
    assert mail.locale == locale
    assert 5 < len(mail.subject) < 80
    assert 5 < len(mail.preheader) < 120
    assert mail.subject[0].isupper() or not mail.subject[0].isalpha()
    assert re.fullmatch(r"[0-9a-f]{12}", mail.version)
    assert f'<html lang="{locale}"' in mail.html
    assert "<h1" in mail.html
    assert "<!--[if mso" in mail.html
    assert mail.html.count("<title>") == 1
    assert all('alt="' in image for image in re.findall(r"<img[^>]*>", mail.html))
    for content in (mail.html, mail.text):
        assert "1 Example Street" in content
        assert not re.search(r"\{\{|\{%|\}\}|JINJA|None|\( *\)|<mj-", content)
    assert "<b>& Co" not in mail.html, "a contact's name is escaped"
    assert not re.search(r"\n{3}|[ \t]\n|&amp;|&nbsp;", mail.text)
    assert len(mail.html) < 30_000, "well below the size at which mailboxes cut a mail off"


@pytest.mark.parametrize("full", [True, False], ids=["full", "bare"])
@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("name", FOR_TEAMS)
def test_each_mail_to_a_team_renders(templates: Templates, name: str, locale: str, full: bool) -> None:
    url = "https://mail.shop.example/t/abc"
    mail = templates.render(name, locale, team_context(url) if full else team_context(url, bare=True))
    for content in (mail.subject, mail.preheader, mail.html, mail.text):
        assert not re.search(r"\{\{|\{%|\}\}|JINJA|None|\( *\)|<mj-", content)
    assert "<b>& Co" not in mail.html, "what people write is escaped"
    assert HREF.findall(mail.html) == [url]
    assert "cadencia enrollments" not in mail.text, "they have no shell"
    assert "sales" in mail.text.rpartition("\n\n")[0]
    if full and name not in NOTICES:
        assert "first line\nsecond line" in mail.text
        assert "yes · no" in mail.text


def team_context(url: str, *, bare: bool = False) -> dict[str, JsonValue]:
    return {
        "task": {
            "label": "call <b>& Co", "url": url, "since": "2027-03-01 09:00 UTC", "escalated_from": "sales",
            "text": "" if bare else "first line\nsecond line",
            "answers": [] if bare else ["yes", "no"],
            "due": None if bare else "2027-03-02 09:00 UTC",
        },
        "url": url, "team": {"name": "head of sales"}, "contact": {"name": None if bare else "Ána <b>& Co"},
        "workflow": "welcome-series", "workflow_title": "Welcome series", "subject_kind": "contact",
        "subject_id": "con_1", "enrollment_id": "welcome-series:con_1:1",
    }  # fmt: skip


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("name", NAMES)
def test_every_link_is_signed(templates: Templates, links: Links, name: str, locale: str) -> None:
    mail = templates.render(name, locale, context(), links.for_message("msg_1", "con_1"))
    in_html = {unescape(target) for target in HREF.findall(mail.html)} - {"mailto:hello@shop.example"}
    in_text = set(re.findall(r"<(https?:[^>]*)>", mail.text))
    assert in_html == in_text
    read = [
        links.read_unsubscribe(url.rsplit("/", 1)[1]) or links.read_click(url.rsplit("/", 1)[1])
        for url in in_html
    ]
    assert Unsubscription("msg_1", "con_1") in read
    clicks = [item for item in read if isinstance(item, Click)]
    assert clicks
    assert len(clicks) == len(read) - 1
    assert all(click.target.startswith("https://shop.example") for click in clicks)
    pixel = re.search(r'<img src="([^"]*/o/([^"]*))"', mail.html)
    assert pixel
    assert links.read_open(pixel[2]) == "msg_1"


URL = re.compile(r"(?:[a-z]+:)?//[^\s\"'<>()\\\\]+|url\([^)]*\)|@import[^;]*", re.IGNORECASE)
NAMESPACE = re.compile(r'\sxmlns(:\w+)?="[^"]*"|<!doctype[^>]*>', re.IGNORECASE)
OWN_FOLDERS = [TEMPLATES, ROOT / "examples" / "acme" / "templates", ROOT / "cli" / "new" / "skeleton"]


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("folder", OWN_FOLDERS, ids=lambda path: path.parent.name)
def test_no_mail_calls_a_third_party(folder: Path, links: Links, sender: Sender, locale: str) -> None:
    templates = Templates([TEMPLATES, folder], sender=sender, site=SITE)
    for name in {path.relative_to(folder).as_posix().split(".")[0] for path in folder.rglob("*.*.mjml")}:
        if name in templates.available():
            given = (
                {**team_context(f"{links.public_url}/t/abc"), **context()} if name in FOR_TEAMS else context()
            )
            mail = templates.render(name, locale, given, links.for_message("m", "c"))
            urls = URL.findall(NAMESPACE.sub("", mail.html))
            assert urls
            assert [url for url in urls if not url.startswith(f"{links.public_url}/")] == [], name


def test_only_what_a_template_itself_names_is_loaded(tmp_path: Path, sender: Sender) -> None:
    body = "<mj-section><mj-column><mj-text{}>Hi</mj-text><mj-button>x</mj-button></mj-column></mj-section>"
    whole = "---\nsubject: Hi\n---\n<mjml><mj-head>{}</mj-head><mj-body>{}</mj-body></mjml>\n"
    own = '<mj-font name="Own" href="https://shop.example/own.css" />'
    (tmp_path / "plain.en.mjml").write_text(whole.format("", body.format(' font-family="Lato"')))
    (tmp_path / "own.en.mjml").write_text(whole.format(own, body.format(' font-family="Own, Arial"')))
    templates = Templates([tmp_path], sender=sender)
    assert URL.findall(NAMESPACE.sub("", templates.render("plain", "en", context()).html)) == []
    named = URL.findall(NAMESPACE.sub("", templates.render("own", "en", context()).html))
    assert named
    assert all("https://shop.example/own.css" in url for url in named)


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_that_is_not_set_has_no_link(
    templates: Templates, links: Links, sender: Sender, name: str, locale: str
) -> None:
    bare = Templates([TEMPLATES], sender=sender).render(name, locale, context())
    assert set(HREF.findall(bare.html)) <= {sender.website, f"mailto:{sender.address}"}
    assert sender.website in HREF.findall(bare.html), "there is always something to click"
    assert not re.search(r"None|\( *\)|<>", bare.html + bare.text)
    pages = set(HREF.findall(templates.render(name, locale, context()).html))
    assert pages <= {sender.website, f"mailto:{sender.address}", *astuple(SITE)}


def test_a_link_that_is_not_left_out_names_its_setting(tmp_path: Path, sender: Sender) -> None:
    write(tmp_path, "hi.en", "Hi", '<mj-button href="{{ site.shop }}">Buy</mj-button>')
    with pytest.raises(
        TemplateError, match=r"hi\.en\.mjml: site\.shop is not set; set CADENCIA_SITE_SHOP_URL"
    ):
        Templates([TEMPLATES, tmp_path], sender=sender).render("hi", "en", context())


@pytest.mark.parametrize("name", ["http://evil.example/win", "Ana\u202e", "evil.example", "ana@evil.example"])
@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("template", NAMES)
def test_a_name_that_is_none_is_not_greeted_with(
    templates: Templates, template: str, locale: str, name: str
) -> None:
    assert templates.render(template, locale, context(name)) == templates.render(
        template, locale, context(None)
    )


def test_the_same_content_under_another_subject(templates: Templates) -> None:
    hello = templates.render("welcome/hello", "en", context())
    again = templates.render("welcome/hello-again", "en", context())
    assert hello.subject != again.subject
    assert hello.text == again.text
    assert hello.version != again.version


def test_a_preview_has_plain_links(templates: Templates) -> None:
    mail = templates.render("welcome/guide", "en", context())
    assert "https://shop.example/shop" in HREF.findall(mail.html)
    assert "/o/" not in mail.html
    assert "Unsubscribe" not in mail.html


def test_transactional_mail_has_no_unsubscribe_link(templates: Templates, links: Links) -> None:
    mail = templates.render("welcome/hello", "en", context(), links.for_message("m", "c", marketing=False))
    assert "/u/" not in mail.html + mail.text
    assert "/c/" in mail.text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("es", "es"),
        ("es-MX", "es"),
        ("es_mx", "es"),
        ("ES", "es"),
        ("fr", "en"),
        ("en-GB", "en"),
        ("", "en"),
        ("../x", "en"),
    ],
)
def test_a_language_falls_back(templates: Templates, asked: str, found: str) -> None:
    assert templates.render("welcome/hello", asked, context()).locale == found


def test_a_regional_template_comes_first(tmp_path: Path, sender: Sender) -> None:
    write(tmp_path, "hi.es", "a: uno")
    write(tmp_path, "hi.es-MX", "b: dos")
    templates = Templates([TEMPLATES, tmp_path], sender=sender)
    assert templates.render("hi", "es-MX", context()).subject == "b: dos"
    assert templates.render("hi", "es-AR", context()).subject == "a: uno"
    with pytest.raises(TemplateMissing, match=r"hi\.fr\.mjml.*hi\.en\.mjml"):
        templates.render("hi", "fr", context())


@pytest.mark.parametrize(
    "name", ["welcome/none", "../secrets", "/etc/passwd", "welcome/../welcome/hello", ""]
)
def test_a_missing_template_is_named(templates: Templates, name: str) -> None:
    with pytest.raises(TemplateMissing, match=re.escape(repr(name))):
        templates.render(name, "en", context())


def test_a_missing_variable_is_named(tmp_path: Path, sender: Sender) -> None:
    write(tmp_path, "hi.en", "Hi", "<mj-text>{{ contact.attributes.plan }}</mj-text>")
    templates = Templates([TEMPLATES, tmp_path], sender=sender)
    with pytest.raises(TemplateError, match=r"hi\.en\.mjml: .*'plan'.*default"):
        templates.render("hi", "en", context())


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("<mj-text>{{ 1 / 0 }}</mj-text>", "ZeroDivisionError"),
        ("<mj-text>{{ contact.__class__.__mro__ }}</mj-text>", "unsafe"),
        ("<mj-text>{% for x in range(10**9) %}{% endfor %}</mj-text>", "Range too big"),
        ("<mj-text>{{ 'x' * 2000000 }}</mj-text>", "longer than"),
        ("<mj-text>{% if %}</mj-text>", "Expected an expression"),
        ("<mj-text>", "not well-formed"),
        ("<mj-txet>x</mj-txet>", "<mj-txet>"),
        ("<mj-image {{ x }} />", "not well-formed|drops"),
        ('<mj-social><mj-social-element name="x">x</mj-social-element></mj-social>', "src of your own"),
        ('<mj-button href="javascript:alert(1)">x</mj-button>', "no link"),
        ('<mj-button href="{{ contact.name }}">x</mj-button>', "no link"),
        ('<mj-include path="_nowhere" />', "_nowhere"),
        ('<mj-include path="../layout" />', "cannot include"),
        ('<mj-include path="_loop" />', "cannot include"),
    ],
)
def test_mistakes_are_explained(tmp_path: Path, sender: Sender, body: str, complaint: str) -> None:
    (tmp_path / "_loop.mjml").write_text('<mj-include path="_loop" />')
    write(tmp_path, "hi.en", "Hi", body)
    with pytest.raises(TemplateError, match=complaint):
        Templates([TEMPLATES, tmp_path], sender=sender).render("hi", "en", context())


@pytest.mark.parametrize(
    "text", ["", "<mjml></mjml>", "---\nsubject: x\n", "---\nSubject: x\n---\n", "---\npreheader: x\n---\n"]
)
def test_front_matter_is_needed(tmp_path: Path, sender: Sender, text: str) -> None:
    (tmp_path / "hi.en.mjml").write_text(text)
    with pytest.raises(TemplateError, match="subject"):
        Templates([TEMPLATES, tmp_path], sender=sender).render("hi", "en", context())


def test_a_changed_file_is_seen(tmp_path: Path, sender: Sender) -> None:
    (tmp_path / "_part.en.mjml").write_text("<mj-text>old</mj-text>")
    write(tmp_path, "hi.en", "Hi", '<mj-include path="_part" />')
    templates = Templates([TEMPLATES, tmp_path], sender=sender)
    old = templates.render("hi", "en", context())
    assert templates.render("hi", "en", context()) == old
    (tmp_path / "_part.en.mjml").write_text("<mj-text>newer</mj-text>")
    new = templates.render("hi", "en", context())
    assert "newer" in new.text
    assert new.version != old.version


def test_line_breaks_cannot_enter_a_subject(tmp_path: Path, sender: Sender) -> None:
    write(tmp_path, "hi.en", "Hi {{ contact.attributes.x }}")
    view: dict[str, JsonValue] = {
        "contact": contact_view(None, locale="en", attributes={"x": "a\r\nBcc: b\u2028c"})
    }
    assert Templates([TEMPLATES, tmp_path], sender=sender).render("hi", "en", view).subject == "Hi a Bcc: b c"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\r\n\r\n"])
def test_no_value_of_a_contact_adds_a_header(tmp_path: Path, sender: Sender, end: str) -> None:
    write(tmp_path, "hi.en", "For {{ contact.attributes.company }}")
    company = f"Shop{end}Bcc: eve@evil.example{end}X: y"
    view: dict[str, JsonValue] = {"contact": contact_view(None, locale="en", attributes={"company": company})}
    content = Templates([TEMPLATES, tmp_path], sender=sender).render("hi", "en", view)
    built = build(an_email(subject=content.subject, html=content.html, text=content.text), clock.now())
    mail = message_from_bytes(built, policy=policy.default)
    assert mail["Subject"] == "For Shop Bcc: eve@evil.example X: y"
    assert mail["Bcc"] is None
    assert mail["X"] is None


def test_jinja_with_awkward_characters_survives_mjml(tmp_path: Path, sender: Sender) -> None:
    body = (
        '<mj-text>{% if 1 < 2 and "a" == \'a\' %}<p>yes &amp; {{ "<i>" }}</p>{% endif %}{# > " #}</mj-text>'
    )
    write(tmp_path, "hi.en", "Hi", body)
    mail = Templates([TEMPLATES, tmp_path], sender=sender).render("hi", "en", context())
    assert "yes &amp; &lt;i&gt;" in mail.html
    assert "yes & <i>" in mail.text


def write(folder: Path, name: str, subject: str, body: str = "<mj-text>x</mj-text>") -> None:
    section = f"<mj-section><mj-column>{body}</mj-column></mj-section>"
    (folder / f"{name}.mjml").write_text(f"---\nsubject: {subject}\npreheader: p\n---\n{section}\n")
