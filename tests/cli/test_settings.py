"""Settings: what is read, what is refused and with which words, what is shown."""

import os
import stat
from pathlib import Path

import pytest
from dotenv import dotenv_values
from pydantic import SecretStr

from worker import embedded
from worker import settings as configuration
from worker.settings import Settings, SettingsError

SECRET = "k" * 32


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no file of the machine that runs the tests counts."""
    for name in [name for name in os.environ if name.startswith(("CADENCIA_", "TEMPORAL_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def refusal(monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[str]:
    for name, value in variables.items():
        monkeypatch.setenv(f"CADENCIA_{name}", value)
    with pytest.raises(SettingsError) as caught:
        configuration.load()
    return caught.value.lines


def test_defaults_follow_the_home_and_the_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCIA_HOME", "elsewhere")
    monkeypatch.setenv("CADENCIA_API_PORT", "9000")
    settings = configuration.load()
    assert settings.database_url == "sqlite+aiosqlite:///elsewhere/cadencia.db"
    assert settings.public_url == settings.api_url == "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("sqlite:///a.db", "sqlite+aiosqlite:///a.db"),
        ("sqlite:////abs/a.db", "sqlite+aiosqlite:////abs/a.db"),
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql://u:p@h/d?sslmode=require", "postgresql+asyncpg://u:p@h/d?ssl=require"),
        ("postgresql+asyncpg://h/d", "postgresql+asyncpg://h/d"),
    ],
)
def test_database_urls_get_the_async_driver(given: str, meant: str) -> None:
    assert Settings(database_url=given).database_url == meant


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("API_PORT", "abc", "give a port number from 1 to 65535"),
        ("TEMPORAL_PORT", "0", "give a port number from 1 to 65535"),
        ("ENV", "staging", "give 'development' or 'production'"),
        (
            "DATABASE_URL",
            "mysql://h/d",
            "give sqlite:///path/to/file.db or postgresql://user:password@host/database",
        ),
        ("DATABASE_URL", "sqlite://a.db", "three slashes"),
        ("PUBLIC_URL", "shop.example", "give an address such as https://mail.example.com"),
        ("EMAIL_URL", "http://relay", "give smtp://user:password@host:587"),
        ("EMAIL_URL", "smtp://relay:port", "give smtp://user:password@host:587"),
        ("EMAIL_FROM", "hello", "give a name and an address"),
        ("EMAIL_FROM", "Shop <a@b.example>\r\nBcc: x@y.example", "in one line"),
        ("EMAIL_ALLOW", "everybody", "write you@example.com or example.com"),
        ("SECRET_KEYS", "short", "32 characters"),
        ("WORKFLOWS", "acme/flows", "give importable names"),
    ],
)
def test_a_wrong_value_is_one_line_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, remedy: str
) -> None:
    (line,) = refusal(monkeypatch, **{name: value})
    assert line.startswith(f"CADENCIA_{name}: ")
    assert remedy in line


def test_every_wrong_setting_has_its_line_and_no_secret_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = refusal(monkeypatch, API_PORT="x", SECRET_KEYS="hush-hush", EMAIL_URL="ftp://u:hush-hush@h")
    assert len(lines) == 3
    assert "hush-hush" not in "".join(lines)


def test_two_settings_with_one_port_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = refusal(monkeypatch, API_PORT="8025")
    assert "CADENCIA_API_PORT and CADENCIA_CATCHER_PORT are both 8025" in line


def test_production_names_all_that_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\n".join(refusal(monkeypatch, ENV="production"))
    assert {"CADENCIA_SECRET_KEYS", "CADENCIA_EMAIL_URL", "CADENCIA_PUBLIC_URL"} <= set(text.split())


def test_an_empty_value_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCIA_API_PORT", "")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "")
    assert configuration.load().api_port == 8000
    assert not configuration.load().temporal_elsewhere


def test_lists_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCIA_WORKFLOWS", "workflows, acme.flows,")
    monkeypatch.setenv("CADENCIA_SECRET_KEYS", f"{SECRET},{SECRET}2")
    settings = configuration.load()
    assert settings.workflows == ["workflows", "acme.flows"]
    assert settings.signing_keys() == [SECRET, f"{SECRET}2"]


def test_the_first_start_makes_a_key_that_only_the_owner_can_read(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "var")
    assert settings.signing_keys() == Settings(home=tmp_path / "var").signing_keys()
    assert len(settings.signing_keys()[0]) >= 32
    assert stat.S_IMODE(settings.secret_key_file.stat().st_mode) == 0o600


def test_every_setting_says_where_it_comes_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CADENCIA_API_PORT=9000\nCADENCIA_HOME=here\nTEMPORAL_NAMESPACE=shop\n")
    monkeypatch.setenv("CADENCIA_HOME", "there")
    rows = {row.name: row for row in configuration.load().describe()}
    assert rows["CADENCIA_HOME"][1:] == ("there", "environment")
    assert rows["CADENCIA_API_PORT"][1:] == ("9000", ".env")
    assert rows["CADENCIA_ENV"][1:] == ("development", "default")
    assert rows["TEMPORAL_NAMESPACE"][1:] == ("shop", ".env")
    assert rows["TEMPORAL_ADDRESS"][1:] == ("127.0.0.1:7233", "default")


def test_secrets_are_masked_wherever_settings_are_shown() -> None:
    settings = Settings(
        database_url="postgresql://u:hush@h/d",
        email_url=SecretStr("smtp://u:hush@h"),
        api_key=SecretStr("hush"),
        secret_keys=[SecretStr("hush" * 8)],
    )
    assert "hush" not in repr(settings)
    assert "hush" not in "".join(row.value for row in settings.describe())


def test_a_misspelt_variable_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCIA_EMIAL_URL", "smtp://h")
    assert configuration.unknown() == ["CADENCIA_EMIAL_URL is no setting; did you mean CADENCIA_EMAIL_URL?"]


def test_temporal_is_set_up_its_own_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert Settings(temporal_port=7299).temporal()["target_host"] == "127.0.0.1:7299"
    file = tmp_path / "temporal.toml"
    file.write_text('[profile.default]\naddress = "cluster:7233"\nnamespace = "shop"\n')
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    assert Settings().temporal_elsewhere
    monkeypatch.setenv("TEMPORAL_ADDRESS", "other:7233")
    assert Settings().temporal() == {"target_host": "other:7233", "namespace": "shop"}


def test_the_example_documents_every_setting_with_its_default() -> None:
    example = dotenv_values(Path(__file__).parents[2] / ".env.example")
    names = {name.removeprefix("CADENCIA_").lower() for name in example if name.startswith("CADENCIA_")}
    assert names == set(Settings.model_fields)
    shown = {row.name: row.value for row in Settings().describe()}
    given = {name: value for name, value in example.items() if value}
    assert given == {
        name: Path(shown[name]).name if name.endswith("TEMPLATES") else shown[name] for name in given
    }


def test_the_temporal_program_is_looked_for_where_the_setting_says_then_around(tmp_path: Path) -> None:
    program = tmp_path / "temporal-elsewhere"
    with pytest.raises(SettingsError, match="CADENCIA_TEMPORAL_CLI"):
        embedded.find(Settings(temporal_cli=program))
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert embedded.find(Settings(temporal_cli=program)) == program
    found = embedded.find(Settings())
    assert found
    assert found.name == "temporal"


def test_a_program_that_was_downloaded_before_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    settings = Settings(home=tmp_path)
    assert embedded.find(settings) is None
    (tmp_path / "bin").mkdir()
    for name in ("temporal-sdk-python-1.35.0", "temporal-sdk-python-1.36.0.downloading"):
        (tmp_path / "bin" / name).touch(mode=0o755)
    assert embedded.find(settings) == tmp_path / "bin" / "temporal-sdk-python-1.35.0"
