"""The API against its own document: whatever is sent, the answer is one that is documented, and never a 500."""

import asyncio
import re
import sys
from pathlib import Path

import httpx
import pytest

from tests.api.serving import listening
from tests.proofs.figures import proof

CONFIG = Path(__file__).with_name("schemathesis.toml")


async def cases(api: httpx.AsyncClient, *options: str) -> int:
    """Runs schemathesis with every check, and gives how many cases it sent."""
    async with listening(api) as url:
        return await _schemathesis(f"{url}/openapi.json", api.headers["authorization"], *options)


async def _schemathesis(url: str, authorization: str, *options: str) -> int:
    program = [str(Path(sys.executable).with_name("schemathesis")), f"--config-file={CONFIG}", "run", url]
    process = await asyncio.create_subprocess_exec(
        *program,
        f"--header=Authorization: {authorization}",
        "--checks=all",
        "--continue-on-failure",
        "--generation-database=none",
        "--no-color",
        *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output
    found = re.search(r"(\d+) generated", output)
    assert found, output
    return int(found[1])


async def test_what_the_document_says_holds(api: httpx.AsyncClient) -> None:
    assert await cases(api, "--phases=fuzzing,stateful", "--max-examples=7") >= 200


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_what_the_document_says_holds_whatever_is_sent(api: httpx.AsyncClient) -> None:
    options = ("--phases=examples,coverage,fuzzing,stateful", "--max-examples=80")
    with proof(
        "Whatever is sent to the API, its answers are in its schema, what the schema allows is taken, and none is a 5xx"
    ) as figures:
        figures["cases"] = await cases(api, *options)
        assert figures["cases"] >= 3000
