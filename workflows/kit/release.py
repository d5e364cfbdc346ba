"""Which release a run was started on: the build's name, or the fingerprint of the workflow's code."""

import hashlib
import sys
from pathlib import Path

_known: dict[str, str] = {}
_build: str | None = None


def name_build(name: str | None) -> None:
    """Gives all workflows of this process one release, `CADENCIA_RELEASE`."""
    global _build  # a process runs one build
    _build = name


def release_of(cls: type) -> str:
    """The build's name where it has one, else the fingerprint of the class's file."""
    return _build or fingerprint(cls)


def fingerprint(cls: type) -> str:
    """Twelve hex digits over the file that holds the class.

    This module is passed through the sandbox, so a run reads what the worker's own import computed: inside a
    workflow no file may be read.
    """
    name = f"{cls.__module__}.{cls.__qualname__}"
    if name not in _known:
        file = sys.modules[cls.__module__].__file__
        _known[name] = hashlib.sha256(Path(str(file)).read_bytes()).hexdigest()[:12]
    return _known[name]
