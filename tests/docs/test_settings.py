"""Settings in the documents are those that exist, with the defaults that they have."""

import re
from pathlib import Path

import pytest

from tests.docs.documents import DOCUMENTS, ROOT
from worker import settings_rules
from worker.settings import PREFIX, Settings

ROW = re.compile(rf"^\| `({PREFIX}\w+)` \| (?:`(.+?)`)? *\|", re.MULTILINE)


@pytest.fixture
def defaults(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)
    values = Settings(_env_file=None).model_dump()
    return {f"{PREFIX}{name.upper()}": settings_rules.shown(value) for name, value in values.items()}


def test_the_table_of_settings_is_that_of_the_code(defaults: dict[str, str]) -> None:
    rows = dict(ROW.findall((ROOT / "docs" / "architecture.md").read_text()))
    assert set(rows) == set(defaults)
    rows["CADENCIA_DATABASE_URL"] = settings_rules.database_url(rows["CADENCIA_DATABASE_URL"])
    assert rows == defaults


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(document: Path, defaults: dict[str, str]) -> None:
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", document.read_text()))
    composed = set(re.findall(rf"\$\{{({PREFIX}\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert named <= set(defaults) | composed


def test_every_setting_is_in_the_example(defaults: dict[str, str]) -> None:
    example = (ROOT / ".env.example").read_text()
    assert set(re.findall(rf"^({PREFIX}\w+)=", example, re.MULTILINE)) == set(defaults)
