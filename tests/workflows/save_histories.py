"""Saves histories for the replay tests: `python -m tests.workflows.save_histories`, once for each release."""

import asyncio
import tempfile
from pathlib import Path

from tests.workflows.stack import running, time_skipping
from tests.workflows.test_history import HISTORIES, longest
from workflows.contracts import HABITS


async def save() -> None:
    HISTORIES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with time_skipping() as (client, clock), running(client, clock, Path(folder)) as stack:
            run = await longest(stack)
            history = await run.handle.fetch_history()
            release = stack.installed.catalogue["welcome-series"].release
            file = HISTORIES / f"welcome-series-{release}-habits-{HABITS}.json"
            file.write_text(history.to_json())


if __name__ == "__main__":
    asyncio.run(save())
