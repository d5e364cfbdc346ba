"""docs/runbook.md: each row of its table is made to happen, is named as it says, and is ended by its command."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.documents import ROOT
from tests.incidents.disk import SmallDisk
from tests.incidents.incidents import INCIDENTS, OF_THEIR_OWN, Incident
from tests.incidents.site import Site, site
from tests.proofs.postgres import Server

pytestmark = pytest.mark.timeout(400)  # each has two minutes to be named


@dataclass(frozen=True)
class Row:
    cause: str
    command: str


def rows() -> dict[str, Row]:
    """By what happened."""
    lines = (ROOT / "docs" / "runbook.md").read_text().splitlines()
    table = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return {
        happened: Row(cause, command.strip("`").replace("NAME", "shop"))
        for happened, cause, _, _, command in table[1:]
    }


ROWS = rows()


@pytest.fixture(scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with site(tmp_path_factory.mktemp("incidents")) as here:
        yield here


async def ended_by(row: Row, incident: Incident, here: Site) -> None:
    await incident.happens(here)
    await here.named(row.cause, row.command)
    if row.command == "cadencia doctor":
        assert (await here.terminal(row.command))[0] == 1, "it tells what is wrong as long as it is"
    await incident.mended(here)
    await here.run(row.command)
    await incident.upkeep(here)
    await here.nothing_is_wrong()
    await here.people.all_finish()


def test_the_table_has_all_incidents() -> None:
    assert ROWS.keys() == INCIDENTS.keys() | OF_THEIR_OWN.keys()


@pytest.mark.parametrize("happened", INCIDENTS)
async def test_an_incident(shared: Site, happened: str) -> None:
    await ended_by(ROWS[happened], INCIDENTS[happened], shared)


@pytest.fixture
def postgresql_process() -> Iterator[Server]:
    with Server.running() as server:
        yield server


async def test_a_database_that_is_gone(tmp_path: Path, postgresql_process: Server) -> None:
    async with site(tmp_path, await postgresql_process.database()) as here:
        here.postgresql = postgresql_process
        await ended_by(ROWS["database gone"], OF_THEIR_OWN["database gone"], here)


async def test_a_disk_that_is_full(tmp_path: Path) -> None:
    folder, aside = tmp_path / "database", tmp_path / "aside"
    folder.mkdir()
    aside.mkdir()
    async with site(tmp_path, f"sqlite:///{folder}/cadencia.db") as here:
        with SmallDisk.over(folder, aside) as here.disk:
            await ended_by(ROWS["full disk"], OF_THEIR_OWN["full disk"], here)


@pytest.mark.long
async def test_a_worker_that_is_killed_is_missed_within_two_minutes(shared: Site) -> None:
    """The row `worker gone` starts Temporal anew, which does not remember the worker then."""
    await shared.nothing_is_wrong()
    shared.bench.worker.kill()
    await shared.named(ROWS["worker gone"].cause, ROWS["worker gone"].command)
    await shared.run(ROWS["worker gone"].command)
    await shared.nothing_is_wrong()
