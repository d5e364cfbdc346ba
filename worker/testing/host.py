"""Back ends that tests share: started when one is first asked for, stopped when the tests are over."""

import asyncio
import importlib
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from activities.links import Links
from activities.providers.email.routing import Outbox
from worker.settings import Settings
from worker.testing.backend import Backend, running
from worker.testing.mails import KeptMails
from worker.testing.servers import chains, time_skipping
from worker.testing.threads import Elsewhere


@dataclass(frozen=True)
class Hosted:
    """A back end, and the mails that left it."""

    backend: Backend
    kept: KeptMails
    links: Links


class Host:
    def __init__(self) -> None:
        self.elsewhere = Elsewhere()
        self._shared: dict[str, Hosted] = {}
        self._closing = AsyncExitStack()
        self._starting = asyncio.Lock()

    async def shared(self, package: str) -> Hosted:
        """The back end whose catalogue has the package, for many runs at once."""
        async with self._starting:
            if package not in self._shared:
                self._shared[package] = await self._closing.enter_async_context(hosted(package))
            return self._shared[package]

    def close(self) -> None:
        self.elsewhere.at_once(self._closing.aclose())
        self.elsewhere.close()


@asynccontextmanager
async def hosted(package: str, *, rounds: bool = False) -> AsyncIterator[Hosted]:
    """A back end of its own; with `rounds`, on the server whose clock is right over any number of them."""
    async with AsyncExitStack() as stack:
        client, clock = await stack.enter_async_context(chains() if rounds else time_skipping())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="cadencia-testing-")))
        settings, kept = _settings(package, folder), KeptMails()
        outbox = Outbox(relay=None, catcher=kept)
        backend = await stack.enter_async_context(running(client, clock, settings, outbox))
        yield Hosted(backend, kept, Links(settings.public_url, settings.signing_keys()))


def _settings(package: str, folder: Path) -> Settings:
    """Those of the project, with the package and its templates, and nothing that could reach the world."""
    project = Settings()
    workflows = project.workflows if package in project.workflows else [*project.workflows, package]
    return Settings(
        env="development",
        home=folder,
        database_url=f"sqlite+aiosqlite:///{folder}/cadencia.db",
        public_url="http://cadencia.test",
        secret_keys=[SecretStr(secrets.token_hex(32))],
        email_url=None,
        workflows=workflows,
        templates=_with_own(project.templates, package),
        release=None,
        speed=1,
    )


def _with_own(folders: list[Path], package: str) -> list[Path]:
    """A package's own templates lie in its folder `templates`."""
    file = importlib.import_module(package).__file__
    own = Path(str(file)).parent / "templates"
    known = {folder.resolve() for folder in folders}
    return folders if not own.is_dir() or own.resolve() in known else [*folders, own]


_host: Host | None = None


def host() -> Host:
    global _host  # one for a test session
    _host = _host or Host()
    return _host


def close() -> None:
    """Stops all that was started."""
    global _host  # one for a test session
    if _host is not None:
        _host.close()
        _host = None
