"""Tools of others take the OpenAPI document as it is: a client generator and a linter, each in its own environment."""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

import httpx
import pytest

from tests.api.conftest import api, serve, worker
from tests.api.serving import listening
from tests.proofs.figures import proof
from tests.temporal import temporal

__all__ = ["api", "serve", "temporal", "worker"]

HERE = Path(__file__).parent
GENERATOR = "openapi-python-client==0.29.1"
LINTER = "@redocly/cli@2.77.0"

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


async def run(*command: str | Path, folder: Path) -> str:
    """Its output; an AssertionError with it when it fails."""
    binaries = Path(sys.executable).parent
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output
    return output


async def document_of(api: httpx.AsyncClient, folder: Path) -> Path:
    file = folder / "openapi.json"
    file.write_text(json.dumps((await api.get("/openapi.json")).json(), indent=1))
    return file


async def test_a_generated_client_does_what_callers_do(api: httpx.AsyncClient, tmp_path: Path) -> None:
    with proof("A Python client is generated without a warning, and does what callers do") as figures:
        document = await document_of(api, tmp_path)
        python = tmp_path / "venv" / "bin" / "python"
        await run("uv", "venv", "--quiet", "venv", folder=tmp_path)
        await run("uv", "pip", "install", "--quiet", "--python", python, GENERATOR, folder=tmp_path)
        generator = python.with_name("openapi-python-client")
        options = ("--path", document, "--output-path", "cadencia_client", "--meta", "none")
        output = await run(generator, "generate", "--fail-on-warning", *options, folder=tmp_path)
        assert "WARNING" not in output, output
        async with listening(api) as url:
            key = api.headers["authorization"].removeprefix("Bearer ")
            shutil.copy(HERE / "calling.py", tmp_path)
            await run(python, "calling.py", url, key, folder=tmp_path)
        figures["generator"] = GENERATOR
        figures["models"] = len(list((tmp_path / "cadencia_client" / "models").glob("*.py"))) - 1


async def test_the_linter_finds_nothing(api: httpx.AsyncClient, tmp_path: Path) -> None:
    with proof("The OpenAPI document keeps the recommended rules of a linter") as figures:
        document = await document_of(api, tmp_path)
        await run("npm", "install", "--no-audit", "--no-fund", "--silent", LINTER, folder=tmp_path)
        for name in ("redocly.yaml", ".redocly.lint-ignore.yaml"):
            shutil.copy(HERE / name, tmp_path)
        output = await run(
            tmp_path / "node_modules" / ".bin" / "redocly", "lint", document.name, folder=tmp_path
        )
        assert "Your API description is valid" in output, output
        assert "warning" not in output.lower().replace("deprecation warning", ""), output
        figures["linter"] = LINTER
