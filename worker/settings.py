"""Settings: environment variables and `.env`, prefix `CADENCIA_`. Temporal's own are set Temporal's way."""

import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from worker import secret_file
from worker import settings_rules as rules

if TYPE_CHECKING:
    from temporalio.envconfig import ClientConnectConfig

PREFIX = "CADENCIA_"
Port = Annotated[int, Field(ge=1, le=65535)]
List = Annotated[list[str], NoDecode]
Url = Annotated[str, Field(repr=False)]  # may hold a password


class SettingsError(Exception):
    """Settings that cannot be used: one line each in `lines`, naming the setting and the remedy."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class Row(NamedTuple):
    """One setting as it stands. `source` is `default`, `environment`, `.env`, `data folder` or `code`."""

    name: str
    value: str
    source: str


class Settings(BaseSettings):
    """All settings. Relative paths start at the folder a command is run in; an empty value is not set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    env: Literal["development", "production"] = "development"
    home: Path = Path("var")
    host: str = "127.0.0.1"
    api_port: Port = 8000
    temporal_port: Port = 7233
    temporal_ui_port: Port = 8233
    catcher_smtp_port: Port = 1025
    catcher_port: Port = 8025
    catcher_host: str = "127.0.0.1"
    database_url: Url = Field(default_factory=lambda data: f"sqlite+aiosqlite:///{data['home']}/cadencia.db")
    public_url: str = Field(default_factory=lambda data: f"http://127.0.0.1:{data['api_port']}")
    api_url: str = Field(default_factory=lambda data: f"http://127.0.0.1:{data['api_port']}")
    api_key: SecretStr | None = None
    api_concurrency: Annotated[int, Field(ge=2, le=100_000)] = 128
    api_longest_wait: Annotated[float, Field(ge=0, le=60)] = 4
    metrics_port: Port | None = None
    events_strict: bool = False
    email_url: SecretStr | None = None
    email_allow: List = []
    email_from: str = "Cadencia <hello@cadencia.example>"
    email_postal: str = "Cadencia, 1 Example Street, 12345 Example City"
    site_preferences_url: str | None = None
    site_meeting_url: str | None = None
    site_shop_url: str | None = None
    secret_keys: Annotated[list[SecretStr], NoDecode] = []
    workflows: List = ["workflows"]
    templates: Annotated[list[Path], NoDecode] = [Path("templates")]
    release: str | None = None
    temporal_cli: Path | None = None
    temporal_ui_url: str | None = None
    speed: Annotated[float, Field(ge=1, le=100_000)] = 1
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    _split = field_validator("email_allow", "secret_keys", "workflows", "templates", mode="before")(
        rules.split
    )
    _lower = field_validator("env", "log_level", mode="before")(rules.lower)
    _home = field_validator("home", "temporal_cli")(rules.expand)
    _database = field_validator("database_url")(rules.database_url)
    _urls = field_validator("public_url", "api_url", "temporal_ui_url")(rules.http_url)
    _pages = field_validator("site_preferences_url", "site_meeting_url", "site_shop_url")(rules.page_url)
    _relay = field_validator("email_url")(rules.smtp_url)
    _sender = field_validator("email_from")(rules.sender)
    _line = field_validator("email_postal", "release")(rules.one_line)
    _allow = field_validator("email_allow")(rules.addresses)
    _keys = field_validator("secret_keys")(rules.long_keys)
    _packages = field_validator("workflows")(rules.packages)
    _folders = field_validator("templates")(rules.beside_the_code)

    @model_validator(mode="after")
    def _together(self) -> Self:
        ports = {f"{PREFIX}{name.upper()}": getattr(self, name) for name in PORTS}
        rules.distinct({name: port for name, port in ports.items() if port is not None})
        if self.env == "production":
            rules.required_in_production(
                {name for name in self.model_fields_set if getattr(self, name)}, PREFIX
            )
            rules.refused_in_production(self.model_fields_set, PREFIX)
        elif not self.secret_keys:
            rules.loopback(self.host, PREFIX)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, dotenv_settings, _KeptPorts(settings_cls)

    @property
    def production(self) -> bool:
        return self.env == "production"

    @property
    def secret_key_file(self) -> Path:
        return self.home / "secret-key"

    @property
    def api_key_file(self) -> Path:
        return self.home / "api-key"

    def signing_keys(self) -> list[str]:
        """The keys for links and hashes: the first signs, all verify. In development one is made and kept."""
        if self.secret_keys:
            return [key.get_secret_value() for key in self.secret_keys]
        if not self.secret_key_file.exists():
            secret_file.keep(self.secret_key_file, secrets.token_urlsafe(48))
        return [self.secret_key_file.read_text().strip()]

    def temporal(self) -> "ClientConnectConfig":
        """Arguments for `Client.connect`: `TEMPORAL_*`, `temporal.toml`, else the embedded server."""
        config = self._temporal_given()
        config.setdefault("target_host", self.embedded_temporal)
        config.setdefault("namespace", "default")
        return config

    @property
    def embedded_temporal(self) -> str:
        """The address at which `cadencia up` runs a server of its own."""
        return f"127.0.0.1:{self.temporal_port}"

    @property
    def temporal_elsewhere(self) -> bool:
        """Whether Temporal was configured to be at another address than the embedded server's."""
        return self._temporal_given().get("target_host", self.embedded_temporal) != self.embedded_temporal

    def _temporal_given(self) -> "ClientConnectConfig":
        from temporalio.envconfig import ClientConfig  # slow to import, and few commands need it

        variables = {name: value for name, value in {**_dotenv(), **os.environ}.items() if value}
        try:
            return ClientConfig.load_client_connect_config(override_env_vars=variables)
        except (RuntimeError, ValueError, OSError) as error:
            raise SettingsError(
                [f"Temporal's settings (TEMPORAL_*, temporal.toml) cannot be read: {error}"]
            ) from error

    def describe(self) -> list[Row]:
        """Every setting with its value, secrets masked, and where it came from."""
        own = [
            Row(f"{PREFIX}{name.upper()}", rules.shown(getattr(self, name)), self.source(name))
            for name in type(self).model_fields
        ]
        given, config = self._temporal_given(), self.temporal()
        where = [
            Row(
                "TEMPORAL_ADDRESS",
                str(config["target_host"]),
                _temporal_source("ADDRESS", "target_host" in given),
            ),
            Row(
                "TEMPORAL_NAMESPACE",
                str(config["namespace"]),
                _temporal_source("NAMESPACE", "namespace" in given),
            ),
        ]
        return own + where

    def source(self, name: str) -> str:
        variable = f"{PREFIX}{name.upper()}"
        if name not in self.model_fields_set:
            return "default"
        if os.environ.get(variable):
            return "environment"
        if _dotenv().get(variable):
            return ".env"
        return "data folder" if name in kept_ports(self.home) else "code"


class _KeptPorts(PydanticBaseSettingsSource):
    """Ports that `cadencia up` took for a data folder because the usual ones were taken. Development only."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self().get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        if str(self.current_state.get("env", "")).lower() == "production":
            return {}
        return kept_ports(Path(self.current_state.get("home") or Settings.model_fields["home"].default))


def kept_ports(home: Path) -> dict[str, Any]:
    """By the names of their settings."""
    try:
        kept = json.loads(ports_file(home).read_text())
    except (OSError, ValueError):
        return {}
    return {name: port for name, port in kept.items() if name in PORTS}


def ports_file(home: Path) -> Path:
    return home.expanduser() / "ports.json"


PORTS = ("api_port", "temporal_port", "temporal_ui_port", "catcher_smtp_port", "catcher_port", "metrics_port")


def load() -> Settings:
    """The settings of this process. Raises `SettingsError`."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(rules.lines(error.errors(include_url=False), PREFIX)) from None


def unknown() -> list[str]:
    """One line for each `CADENCIA_*` variable that is no setting: mostly a slip of the pen."""
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    given = {name for name in {**_dotenv(), **os.environ} if name.startswith(PREFIX)}
    return [rules.unknown_line(name, known) for name in sorted(given.difference(known))]


def _temporal_source(name: str, given: bool) -> str:
    if not given:
        return "default"
    if os.environ.get(f"TEMPORAL_{name}"):
        return "environment"
    return ".env" if _dotenv().get(f"TEMPORAL_{name}") else "temporal.toml"


def _dotenv() -> dict[str, Any]:
    from dotenv import dotenv_values

    return dict(dotenv_values(".env"))
