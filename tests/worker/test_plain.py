"""A plain `@workflow.defn` in a package of `CADENCIA_WORKFLOWS`: it runs, enrolls and lists."""

from collections.abc import AsyncIterator

import pytest
from temporalio import workflow

from api.app import create_app
from cli import workflows as commands
from tests.api.conftest import client_of, key
from tests.plain import cards
from tests.temporal import port_of
from tests.workflows.stack import Stack, running, time_skipping
from worker import plain
from worker.upkeep.reconciling import Reconciler
from workflows.kit import days
from workflows.kit.steps import Misuse


@workflow.defn
class Other:
    """Cannot be enrolled: nobody would know what to give it."""

    @workflow.run
    async def run(self, first: str, second: str) -> None: ...


@pytest.fixture(scope="module")
async def own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with (
        time_skipping() as (client, clock),
        running(client, clock, tmp_path_factory.mktemp("own"), "workflows", "tests.plain") as stack,
    ):
        yield stack


async def test_it_is_enrolled_runs_and_ends(own: Stack) -> None:
    run = await own.enroll("anniversary", params={"card": "a year!"})
    assert run.enrolled.id == f"anniversary:{run.contact.id}:1"
    await run.advance(days(366))
    assert await run.outcome() == "card written"
    assert cards.written == [f"{run.contact.id} a year!"]
    await Reconciler(own.client, own.composition.database).run()
    row = await run.row()
    assert (row.status, row.outcome, row.reason) == ("ended", "card written", "kept")


async def test_it_is_found_by_both_its_names(own: Stack) -> None:
    listed = own.installed.catalogue.find("Anniversary")
    assert listed is own.installed.catalogue["anniversary"]
    assert (listed.stage, listed.summary) == ("plain", "Writes a card after a year.")
    assert listed.params.model_json_schema()["type"] == "object"


async def test_it_is_enrolled_over_http(own: Stack) -> None:
    settings = own.settings.model_copy(update={"temporal_port": port_of(own.client)})
    app = create_app(settings, own.installed.catalogue)
    secret = await key(own.composition.database, "admin")
    async with app.router.lifespan_context(app), client_of(app, secret) as http:
        body = {"contact": {"email": "plain@example.com"}, "params": {"card": "hello"}}
        enrolled = await http.post("/v1/workflows/anniversary/enrollments", json=body)
        assert (enrolled.status_code, enrolled.json()["reason"]) == (201, "started")
        again = await http.post("/v1/workflows/anniversary/enrollments", json=body)
        assert (again.status_code, again.json()["reason"]) == (200, "already_running")
        listed = (await http.get("/v1/workflows/anniversary")).json()
        assert (listed["type"], listed["stage"]) == ("Anniversary", "plain")
        shown = (await http.get(f"/v1/enrollments/{enrolled.json()['id']}")).json()
        assert (shown["status"], shown["live"]) == ("running", False), "it answers no query of Cadencia's"


def test_it_is_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CADENCIA_WORKFLOWS", "workflows,tests.plain")
    commands.list_()
    assert "anniversary" in capsys.readouterr().out


def test_one_that_takes_something_else_is_refused() -> None:
    with pytest.raises(Misuse, match="started with one argument, the Enrollment"):
        plain.listed(Other)
