"""The mails of the examples."""

import pytest
from pydantic import JsonValue

from tests.docs.documents import ROOT
from worker.settings import Settings
from worker.templates import templates_of

OWN = ROOT / "examples" / "acme" / "templates"
TEMPLATES = templates_of(Settings(_env_file=None, templates=[ROOT / "templates", OWN]))
NAMES = sorted({f"{path.parent.name}/{path.name.partition('.')[0]}" for path in OWN.rglob("*.mjml")})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("locale", ["en", "es"])
def test_it_is_there_in_both_languages(name: str, locale: str) -> None:
    contact: dict[str, JsonValue] = {"name": "Ana", "first_name": "Ana", "locale": locale, "attributes": {}}
    mail = TEMPLATES.render(name, locale, {"contact": contact})
    assert mail.locale == locale
    assert mail.subject
    assert "{{" not in mail.html + mail.text
