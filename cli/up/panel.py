"""What is shown when everything runs: addresses, the key, and a first enrollment to paste."""

import shlex
from collections.abc import Iterator
from urllib.parse import urlsplit

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from worker.settings import Settings

_BODY = """{"contact": {"email": "ana@example.com", "name": "Ana",
       "consent": {"marketing": {"granted": true, "source": "form"}}}}"""


def panel(settings: Settings, key: str, took: float) -> Group:
    rows = Table.grid(padding=(0, 2))
    for name, value in _rows(settings, key):
        rows.add_row(Text(name, style="bold"), value)
    return Group(
        Text(),
        Panel(
            rows,
            title=f"[bold green]Cadencia runs[/] [dim]({took:.1f} s)[/]",
            border_style="green",
            expand=False,
        ),
        Text.from_markup("\nEnroll a contact, then read the mail in the catcher:\n"),
        Text(curl(settings, key), style="cyan", no_wrap=True, overflow="ignore"),
        Text.from_markup(f"\n[dim]Ctrl-C stops everything; data and logs stay in {settings.home}/[/]"),
    )


def curl(settings: Settings, key: str) -> str:
    """The key itself outside production, so that the line works in any folder."""
    secret = f"$(cat {shlex.quote(str(settings.api_key_file))})" if settings.production else key
    lines = (
        f"curl -X POST {settings.api_url}/v1/workflows/welcome-series/enrollments",
        f'-H "Authorization: Bearer {secret}"',
        '-H "Content-Type: application/json"',
        f"-d '{_BODY}'",
    )
    return " \\\n  ".join(lines)


def _rows(settings: Settings, key: str) -> list[tuple[str, RenderableType]]:
    rows: list[tuple[str, RenderableType]] = [("API", _link(settings.api_url))]
    if not settings.production:
        rows.append(("API reference", _link(f"{settings.api_url}/docs")))
        rows.append(("Mail catcher", _link(f"http://{settings.host}:{settings.catcher_port}")))
    if settings.temporal_elsewhere:
        rows.append(("Temporal", Text(str(settings.temporal()["target_host"]))))
    else:
        rows.append(("Temporal UI", _link(f"http://127.0.0.1:{settings.temporal_ui_port}")))
    rows.append(("API key", Text(f"in {settings.api_key_file}" if settings.production else key)))
    return [*rows, *((name, Text(value)) for name, value in _notable(settings))]


def _notable(settings: Settings) -> Iterator[tuple[str, str]]:
    """What makes this one behave otherwise than a newcomer expects: whom mail reaches, and a faster clock."""
    if settings.speed != 1:
        yield "Speed", f"{settings.speed:,g} times as fast as the machine's clock"
    if settings.email_url:
        relay = urlsplit(settings.email_url.get_secret_value())
        yield "Mail relay", relay.netloc.rpartition("@")[2]
        if not settings.production:
            allowed = ", ".join(settings.email_allow) or "nobody (CADENCIA_EMAIL_ALLOW is empty)"
            yield "Relay reaches", allowed


def _link(url: str) -> Text:
    return Text(url, style=f"link {url}")
