"""Names that a path may not reach for, and what to write instead."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["clock", "randomness", "outside-world", "own-concurrency"]


class Forbidden(NamedTuple):
    kind: Kind
    remedy: str | None = None
    """Where there is a closer one than that of the check."""


_SLEEP = 'Write `await self.sleep(days(1), "a label")`.'
_LOG = "Write `self.log(…)`, which writes once, however often the run is replayed."
_BY_PROCESS = "It differs from process to process: compare the things themselves, or use hashlib."
_PARAMETERS = "Make it a field of the workflow's Parameters; who enrolls gives it."
_TOOLKIT = "Use the toolkit's methods: each has the SDK's beneath it."


def _groups() -> Iterator[tuple[Forbidden, str]]:
    yield Forbidden("clock"), "datetime.datetime.now datetime.datetime.utcnow datetime.datetime.today"
    yield Forbidden("clock"), "datetime.date.today time"
    yield Forbidden("clock", _SLEEP), "time.sleep"
    yield Forbidden("randomness"), "random secrets numpy.random os.urandom uuid.uuid1 uuid.uuid4 uuid.uuid7"
    yield Forbidden("randomness", _BY_PROCESS), "builtins.hash builtins.id"
    yield Forbidden("own-concurrency"), "asyncio anyio threading concurrent multiprocessing"
    yield Forbidden("own-concurrency", _SLEEP), "asyncio.sleep"
    yield Forbidden("own-concurrency", _TOOLKIT), "temporalio.workflow"
    yield Forbidden("outside-world", _LOG), "builtins.print logging structlog"
    yield Forbidden("outside-world", _PARAMETERS), "os.environ os.environb os.getenv"
    yield (
        Forbidden("outside-world"),
        "builtins.open builtins.input builtins.exec builtins.eval builtins.breakpoint",
    )
    yield Forbidden("outside-world"), "io.open os sys pathlib.Path shutil tempfile glob dbm shelve sqlite3"
    yield (
        Forbidden("outside-world"),
        "socket ssl select selectors socketserver http.client http.server xmlrpc",
    )
    yield (
        Forbidden("outside-world"),
        "urllib.request urllib3 httpx requests aiohttp websockets grpc webbrowser",
    )
    yield (
        Forbidden("outside-world"),
        "ftplib imaplib poplib smtplib subprocess signal platform locale getpass",
    )
    yield Forbidden("outside-world"), "sqlalchemy sqlmodel asyncpg psycopg psycopg2 pymongo redis boto3"
    yield Forbidden("outside-world"), "store activities.providers importlib"


_TABLE = {name: found for found, names in _groups() for name in names.split()}
_HARMLESS = {"sys.maxsize", "sys.version_info", "time.struct_time", "time.strptime"}


def forbidden(name: str) -> Forbidden | None:
    """What a whole name is forbidden as; the longest beginning of it that is known decides."""
    if name in _HARMLESS or name.startswith("os.path."):
        return None
    parts = name.split(".")
    beginnings = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next((_TABLE[one] for one in beginnings if one in _TABLE), None)
