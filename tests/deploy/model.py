"""docker-compose.yml as the reference parser understands it. The parser is a Go program, built once and kept."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARSER = Path(__file__).parent / "parser"
SECRETS = ("POSTGRES_PASSWORD", "DB_CADENCIA_PASSWORD", "DB_TEMPORAL_PASSWORD", "CADENCIA_SECRET_KEYS")
GIVEN = {name: f"{name.lower()}-of-forty-characters-or-more-00" for name in SECRETS}
Model = dict[str, Any]


class Refused(Exception):
    """The parser does not take the file; the text says why."""


def compose(variables: dict[str, str], *overlays: str) -> Model:
    """The model that these variables, and nothing of the environment or `.env`, give. Raises Refused."""
    files = [ROOT / "docker-compose.yml", *(ROOT / overlay for overlay in overlays)]
    done = subprocess.run(
        [parser(), ROOT, *files], env=variables, capture_output=True, text=True, cwd=tempfile.gettempdir()
    )
    if done.returncode:
        raise Refused(done.stderr)
    model: Model = json.loads(done.stdout)
    return model


def parser() -> Path:
    """The parser. Where it cannot be built the test is skipped, in continuous integration it fails."""
    source = b"".join((PARSER / name).read_bytes() for name in ("main.go", "go.mod", "go.sum"))
    program = _cache() / f"compose-parser-{hashlib.sha256(source).hexdigest()[:12]}"
    if not program.exists():
        _build(program)
    return program


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path(tempfile.gettempdir()) / f"cache-{os.getuid()}"
    folder = Path(base) / "cadencia-tests"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _build(program: Path) -> None:
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if not go:
        _without("Go is not installed: install Go 1.24 or newer, or put `go` on the PATH")
    draft = program.with_suffix(f".{os.getpid()}")  # another test process may build it too
    built = subprocess.run([go, "build", "-o", draft, "."], cwd=PARSER, capture_output=True, text=True)
    if built.returncode:
        _without(f"the parser of Compose files cannot be built: {built.stderr.strip()[-500:]}")
    draft.replace(program)


def _without(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
