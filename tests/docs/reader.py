"""Somebody who follows the README to the letter, in a folder of their own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.docs.documents import ROOT
from tools.fresh_stack import Stack


def clone(folder: Path) -> None:
    """What of the repository the README's commands touch. The virtual environment is the one that runs the tests."""
    (folder / "Makefile").symlink_to(ROOT / "Makefile")
    (folder / ".venv").symlink_to(sys.prefix)


class Reader:
    """Runs commands as they are written. Only where the ports of the README lead is changed, by curl's own settings."""

    def __init__(self, stack: Stack) -> None:
        self._folder = stack.folder
        redirected = {8000: stack.ports["API_PORT"], 8025: stack.ports["CATCHER_PORT"]}
        lines = [f'connect-to = "127.0.0.1:{port}:127.0.0.1:{actual}"' for port, actual in redirected.items()]
        (stack.folder / ".curlrc").write_text("\n".join(["silent", "show-error", "fail", *lines]))
        self._environment = {**stack.environment, "HOME": str(stack.folder), "NO_PROXY": "127.0.0.1"}

    def runs(self, block: str) -> str:
        """The output of all its commands. Raises AssertionError when one of them fails."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=90,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def asks(self, block: str) -> Any:
        """The JSON that its one command answers."""
        return json.loads(self.runs(block))
