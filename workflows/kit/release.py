"""The fingerprint of a workflow's code: which release a run was started on."""

import hashlib
import sys
from pathlib import Path

_known: dict[str, str] = {}


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
