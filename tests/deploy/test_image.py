"""The image: what goes in, who runs it, and how it knows whether its process can work."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import health
from tests.deploy.model import ROOT

LINES = [
    re.sub(r"\s+", " ", line)
    for line in (ROOT / "Dockerfile").read_text().replace("\\\n", "").splitlines()
    if line and not line.startswith("#")
]


def instructions(name: str) -> list[str]:
    return [line.removeprefix(f"{name} ").strip() for line in LINES if line.startswith(f"{name} ")]


def test_the_base_is_pinned_and_the_same_in_both_stages() -> None:
    assert re.fullmatch(r"PYTHON=3\.\d+\.\d+-slim-\w+", instructions("ARG")[0])
    assert instructions("FROM") == ["python:${PYTHON} AS build", "python:${PYTHON}"]


def test_every_requirement_has_hashes() -> None:
    steps = [step for line in instructions("RUN") for step in line.split("&&") if "pip" in step.split()]
    assert len(steps) == 4
    assert all("--require-hashes" in step or "--no-deps" in step for step in steps)


def test_it_runs_without_rights() -> None:
    assert instructions("USER") == ["10001:10001"]


def test_no_part_is_left_out() -> None:
    copied = {part for line in instructions("COPY") for part in line.split()[:-1] if "--from" not in line}
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == kept
    assert all((ROOT / part).exists() for part in copied)
    packages = re.search(r"^packages = \[(.*)\]$", (ROOT / "pyproject.toml").read_text(), re.M)
    assert packages
    assert set(re.findall(r'"(\w+)"', packages[1])) | {"templates"} <= copied


def test_it_is_built_with_what_the_project_is_built_with() -> None:
    built, known = (pins(ROOT / file) for file in ("deploy/build.txt", "requirements/dev.txt"))
    assert built["hatchling"]
    assert built.items() <= known.items()


def pins(file: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", file.read_text(), re.M))


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("python /opt/cadencia/bin/cadencia api", "api"),
        ("python /opt/cadencia/bin/cadencia worker", "worker"),
        ("python /opt/cadencia/bin/cadencia mail", "mail"),
        ("python /opt/cadencia/bin/cadencia db upgrade", None),
    ],
)
def test_which_check_is_meant(line: str, command: str | None) -> None:
    assert health.running(line.split()) == command


@pytest.mark.parametrize("part", health.CHECKS)
def test_nothing_runs(part: str, tmp_path: Path) -> None:
    ports = {"CADENCIA_API_PORT": "9", "CADENCIA_CATCHER_PORT": "10", "TEMPORAL_ADDRESS": "127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, ROOT / "deploy" / "health.py", part],
        env={**ports, "CADENCIA_HOME": str(tmp_path)}, capture_output=True, text=True, cwd=tmp_path, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_requirements_are_complete() -> None:
    """Everything can be imported with nothing installed but what the image has."""
    extra = pins(ROOT / "requirements/dev.txt").keys() - pins(ROOT / "requirements/base.txt").keys()
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTED, *sorted(extra)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


_IMPORTED = """
import importlib, importlib.metadata, pkgutil, sys

for top, distributions in importlib.metadata.packages_distributions().items():
    if {name.lower().replace("_", "-") for name in distributions} <= set(sys.argv[1:]):
        sys.modules[top] = None  # importing it raises ImportError
for name in ("activities", "api", "cli", "store", "worker", "workflows"):
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        if ".migrations" not in module.name and ".testing" not in module.name:
            importlib.import_module(module.name)
"""
