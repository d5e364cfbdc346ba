"""What `doctor` looks at. Each check answers with one line, and with a remedy when something is wrong."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from cli.output import Failure
from cli.trouble import temporal_line
from worker import settings as configuration
from worker.settings import Settings, SettingsError


class Finding(NamedTuple):
    """The result of one check: a healthy state or, when not `well`, what is wrong and what to do."""

    what: str
    well: bool
    text: str


class Ill(Exception):
    """A check failed; the text has the remedy."""


async def examine() -> list[Finding]:
    """All findings, in a fixed order. Nothing stays changed by looking, and no mail is sent."""
    try:
        settings = configuration.load()
    except SettingsError as error:
        return [Finding("settings", False, line) for line in error.lines]
    wrong = [Finding("settings", False, line) for line in configuration.unknown()]
    findings = await asyncio.gather(*(_finding(what, check, settings) for what, check in _CHECKS.items()))
    return [*(wrong or [Finding("settings", True, f"read, environment is {settings.env}")]), *findings]


async def _finding(what: str, check: Callable[[Settings], Awaitable[str]], settings: Settings) -> Finding:
    try:
        return Finding(what, True, await check(settings))
    except (Ill, Failure, SettingsError) as error:
        return Finding(what, False, str(error).replace("\n", "; "))


async def _database(settings: Settings) -> str:
    from cli.stored import opened, revision
    from store import migrate
    from store.database import is_full
    from store.writable import probe

    current = await revision(settings)
    if current != migrate.head():
        raise Ill(f"at {current or 'no revision'}, not {migrate.head()}: run `cadencia db upgrade`")
    async with opened(settings) as database:
        try:
            await probe(database)
        except Exception as error:
            if not is_full(error):
                raise
            raise Ill("cannot be written, its disk is full: make room on it") from error
    return f"reachable, migrated ({current})"


async def _api_key(settings: Settings) -> str:
    from cli.stored import opened
    from store.keys import Keys

    file = settings.api_key_file
    secret = settings.api_key.get_secret_value() if settings.api_key else None
    if secret is None:
        if not file.exists():
            raise Ill(
                f"no {file} and no CADENCIA_API_KEY: start `cadencia up`, or run `cadencia keys create`"
            )
        if file.stat().st_mode & 0o077:
            raise Ill(f"others can read {file}: run `chmod 600 {file}`")
        secret = file.read_text().strip()
    async with opened(settings) as database, database.read() as session:
        key = await Keys(session).by_secret(secret)
    if not key:
        raise Ill(
            "the key is unknown, revoked or expired: run `cadencia keys create` and set CADENCIA_API_KEY"
        )
    return f"{key.prefix}…, scopes {', '.join(key.scopes)}"


async def _temporal(settings: Settings) -> str:
    from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, GetSystemInfoRequest
    from temporalio.service import RPCError

    from worker import search_attributes
    from worker.connection import connect

    try:
        async with asyncio.timeout(10):
            client = await connect(settings)
            service = client.workflow_service
            info = await service.get_system_info(GetSystemInfoRequest())
            await service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
            missing = await search_attributes.missing(client)
            reports = await search_attributes.reports_failing_tasks(client)
    except (RuntimeError, RPCError, TimeoutError) as error:
        raise Ill(temporal_line(settings, error)) from error
    if missing:
        raise Ill(
            f"search attributes {', '.join(missing)} are missing: `cadencia worker` adds them; where it may not, run "
            f"`{search_attributes.command(client, missing)}`"
        )
    if not reports:
        raise Ill(
            f"server {info.server_version} does not report failing workflow tasks ({search_attributes.REPORTED}), so "
            "nobody is told of runs that stand still by them: take a newer server, and set its dynamic config "
            "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute to 2"
        )
    return f"{client.service_client.config.target_host}, namespace {client.namespace}, server {info.server_version}"


async def _mail(settings: Settings) -> str:
    from activities.providers.email.dialogue import Dialogue, Relay
    from activities.providers.email.protocol import SendError

    relay = settings.email_url.get_secret_value() if settings.email_url else None
    catcher = f"smtp://{settings.catcher_host}:{settings.catcher_smtp_port}"
    setting = "CADENCIA_EMAIL_URL" if relay else "CADENCIA_CATCHER_SMTP_PORT, or start `cadencia mail`"
    try:
        dialogue = await Dialogue.open(Relay.parse(relay or catcher))
        await dialogue.quit()
    except SendError as error:
        name = "relay" if relay else "catcher"
        raise Ill(f"the {name} does not take mail ({error}): see {setting}") from error
    if not relay:
        return f"the catcher takes mail at port {settings.catcher_smtp_port}; nothing leaves this machine"
    if settings.production:
        return "the relay takes mail"
    allowed = ", ".join(settings.email_allow) or "nobody"
    return f"the relay takes mail; outside production it gets mail to {allowed} (CADENCIA_EMAIL_ALLOW)"


async def _sender(settings: Settings) -> str:
    """Made-up senders are fine until real people get the mail."""
    fields = type(settings).model_fields
    made_up = [
        f"CADENCIA_{name.upper()}"
        for name in ("email_from", "email_postal")
        if getattr(settings, name) == fields[name].default
    ]
    if made_up and settings.production:
        raise Ill(f"{' and '.join(made_up)}: give your own, the defaults are made up")
    return settings.email_from


async def _templates(settings: Settings) -> str:
    from activities.rendering import TemplateError
    from worker.templates import templates_of

    templates = templates_of(settings)
    found = templates.available()
    if not found:
        folders = ", ".join(map(str, settings.templates))
        raise Ill(f"none in {folders}: see CADENCIA_TEMPLATES")
    try:
        for name, locales in found.items():
            for locale in locales:
                templates.compile(name, locale)
    except TemplateError as error:
        raise Ill(str(error)) from error
    languages = sorted({locale for locales in found.values() for locale in locales})
    return f"{len(found)} templates in {', '.join(languages)}"


async def _workflows(settings: Settings) -> str:
    from worker import catalogue

    try:
        found = catalogue.load(settings)
    except Exception as error:  # whatever a team's own module raises while it is imported
        raise Ill(f"cannot be loaded ({type(error).__name__}: {error}): see CADENCIA_WORKFLOWS") from error
    if not found:
        raise Ill(f"none in {', '.join(settings.workflows)}: see CADENCIA_WORKFLOWS")
    return ", ".join(found)


_CHECKS: dict[str, Callable[[Settings], Awaitable[str]]] = {
    "database": _database,
    "API key": _api_key,
    "Temporal": _temporal,
    "mail": _mail,
    "sender": _sender,
    "templates": _templates,
    "workflows": _workflows,
}
