"""Which release a run was started on: the build's name, or the fingerprint of the workflow's code."""

import hashlib

from workflows.kit import sources

_known: dict[str, str] = {}
_build: str | None = None


def name_build(name: str | None) -> None:
    """Gives all workflows of this process one release, `CADENCIA_RELEASE`."""
    global _build  # a process runs one build
    _build = name


def release_of(cls: type) -> str:
    """The build's name where it has one, else the fingerprint of the class's code."""
    return _build or fingerprint(cls)


def fingerprint(cls: type) -> str:
    """Twelve hex digits over the file that holds the class, and over what it imports of the author's and of the events.

    This module is passed through the sandbox, so a run reads what the worker's own import computed.
    """
    name = f"{cls.__module__}.{cls.__qualname__}"
    if name not in _known:
        digest = hashlib.sha256()
        for module, source in sorted(sources.behind(cls.__module__).items()):
            digest.update(f"{module}:{len(source)}\n".encode() + source)
        _known[name] = digest.hexdigest()[:12]
    return _known[name]
