"""A disk of a few megabytes, which only processes that are started for it see (by what Linux says of it)."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_MOUNT = """
mount -t tmpfs -o size=8m tmpfs "$1" && cp "$0"/* "$1" && mount --bind "$1" "$0" && echo mounted && exec sleep infinity
"""


class SmallDisk:
    """It holds the files that the folder has. `inside` is the command by which a process sees it."""

    def __init__(self, folder: Path, inside: tuple[str, ...]) -> None:
        self._filler = folder / "filler"
        self.inside = inside

    @classmethod
    @contextmanager
    def over(cls, folder: Path, aside: Path) -> Iterator["SmallDisk"]:
        """`aside`: an empty folder. Skips the test where nothing may be mounted."""
        command = ["unshare", "--map-root-user", "--mount", "sh", "-c", _MOUNT, str(folder), str(aside)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
            assert holder.stdout
            try:
                if not holder.stdout.readline():
                    pytest.skip("no disk can be mounted here, not even by `unshare`")
                namespace = ("--user", "--mount", "--preserve-credentials")
                yield cls(folder, ("nsenter", f"--target={holder.pid}", *namespace))
            finally:
                holder.kill()

    def fill(self) -> None:
        self._run(f"cat /dev/zero > {self._filler} || true")

    def make_room(self) -> None:
        self._run(f"rm {self._filler}")

    def _run(self, script: str) -> None:
        subprocess.run([*self.inside, "sh", "-c", script], check=True, stderr=subprocess.DEVNULL)
