"""A process that is started, killed, frozen and started again."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

START_WITHIN = 90.0  # seconds

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Process:
    """`ready` is asked again and again until it answers True; its output goes to the log."""

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        log: Path,
        ready: Callable[[], Awaitable[bool]],
        *,
        tells: bool = False,
    ) -> None:
        self._command = list(command)
        self._env = dict(env)
        self._log = log
        self._ready = ready
        self._tells = tells
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def run_by(self, *command: str) -> None:
        """From its next start on it is run by that command."""
        self._command = [*command, *self._command]

    async def start(self) -> None:
        """Starts it and waits until it is ready."""
        telling = _Telling() if self._tells else None
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220  # waited for elsewhere, also when killed
                [*self._command, *(telling.arguments if telling else ())],
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_us,
                pass_fds=telling.fds if telling else (),
            )
        try:
            await asyncio.wait_for(self._until_ready(telling.heard if telling else self._ready), START_WITHIN)
        finally:
            if telling:
                telling.close()

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        if self._process:
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    async def terminate(self, within: float = 40.0) -> int:
        """Asks it to end; its exit code."""
        self._signal(signal.SIGTERM)
        assert self._process
        code = await asyncio.to_thread(self._process.wait, within)
        self._process = None
        return code

    def _signal(self, number: signal.Signals) -> None:
        if self._process:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _until_ready(self, ready: Callable[[], Awaitable[bool]]) -> None:
        while not await ready():
            if self._process is None or self._process.poll() is not None:
                tail = "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])
                raise RuntimeError(f"{' '.join(self._command[:5])} ended while it started:\n{tail}")
            await asyncio.sleep(0.05)


class _Telling:
    """A pipe by which a worker says that it polls."""

    def __init__(self) -> None:
        self._reading, writing = os.pipe()
        os.set_blocking(self._reading, False)
        self.fds = (writing,)
        self.arguments = ("--ready-fd", str(writing))

    async def heard(self) -> bool:
        with suppress(BlockingIOError):
            return bool(os.read(self._reading, 1))
        return False

    def close(self) -> None:
        for fd in (self._reading, *self.fds):
            os.close(fd)


def _die_with_us() -> None:
    """Linux ends the process when the tests end, however that happens."""
    if _libc:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
