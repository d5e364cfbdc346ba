"""docker-compose.yml: it loads, nothing is open to the network, and no secret has a default."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.deploy.model import GIVEN, ROOT, Model, Refused, compose
from worker import runner
from worker.settings import PREFIX, Settings

OURS = {"migrate", "api", "worker", "mail"}
ONCE = {"migrate", "temporal-schema", "temporal-namespace"}
SERVERS = {"postgresql", "temporal", "temporal-ui", "api", "worker", "mail"}


@pytest.fixture(scope="module")
def model() -> Model:
    return compose(GIVEN)


@pytest.fixture(scope="module")
def services(model: Model) -> dict[str, Any]:
    services: dict[str, Any] = model["services"]
    return services


def test_all_services_are_there(services: dict[str, Any]) -> None:
    assert services.keys() == ONCE | SERVERS


def test_ports_are_published_on_this_machine_alone(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}
    assert {int(port["published"]) for port in ports} == {8000, 8025, 7233, 8233}


def test_images_are_pinned(services: dict[str, Any]) -> None:
    images = {service["image"] for service in services.values() if "build" not in service}
    assert all(re.search(r":v?\d+\.\d+", image) for image in images), images
    server, tools = (services[name]["image"] for name in ("temporal", "temporal-schema"))
    assert server.partition(":")[2] == tools.partition(":")[2]


def test_one_image_is_built_and_serves_all_of_ours(services: dict[str, Any]) -> None:
    assert {name for name, service in services.items() if "build" in service} == OURS
    assert len({services[name]["image"] for name in OURS}) == 1


def test_nothing_has_more_rights_than_it_needs(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert not {"privileged", "cap_add", "devices", "network_mode", "pid", "ipc"} & service.keys(), name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert all("docker.sock" not in mount["source"] for mount in service.get("volumes", [])), name
    for name in OURS:
        assert services[name]["read_only"], name
        assert services[name]["cap_drop"] == ["ALL"], name


def test_what_serves_comes_back_and_what_runs_once_does_not(services: dict[str, Any]) -> None:
    assert {services[name]["restart"] for name in SERVERS} == {"unless-stopped"}
    assert {services[name]["restart"] for name in ONCE} == {"on-failure:5"}


def test_what_serves_is_checked(services: dict[str, Any]) -> None:
    for name in SERVERS:
        assert services[name]["healthcheck"]["test"][0] == "CMD", name


def test_what_others_wait_for(services: dict[str, Any]) -> None:
    for service in services.values():
        for name, wait in service.get("depends_on", {}).items():
            expected = "service_completed_successfully" if name in ONCE else "service_healthy"
            assert wait["condition"] == expected, name
    assert not services["worker"]["depends_on"]["mail"]["required"]  # production does without


def test_time_to_stop(services: dict[str, Any]) -> None:
    assert _seconds(services["worker"]["stop_grace_period"]) > runner._DRAIN.total_seconds()
    assert _seconds(services["api"]["stop_grace_period"]) > 10


def test_data_is_kept_in_volumes(model: Model) -> None:
    assert model["volumes"].keys() == {"postgresql", "mail"}
    for service in model["services"].values():
        for mount in service.get("volumes", []):
            if mount["type"] == "bind":
                assert mount["read_only"]
                assert Path(mount["source"]).is_relative_to(ROOT / "deploy")
                assert Path(mount["source"]).is_dir()


def test_no_secret_has_a_default() -> None:
    """Without secrets it loads, with nothing in their place: PostgreSQL and Cadencia then refuse to start."""
    services = compose({})["services"]
    assert services["postgresql"]["environment"]["POSTGRES_PASSWORD"] == ""
    ours = services["api"]["environment"]
    assert ours["CADENCIA_SECRET_KEYS"] == ""
    with pytest.raises(ValidationError, match="CADENCIA_SECRET_KEYS is needed beside CADENCIA_HOST"):
        Settings(host=ours["CADENCIA_HOST"])


def test_secrets_come_from_the_environment_alone(services: dict[str, Any]) -> None:
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            if value and re.search("PASSWORD|PWD|SECRET|TOKEN|API_KEY|DATABASE_URL|EMAIL_URL", name):
                assert any(secret in value for secret in GIVEN.values()), name


def test_a_database_user_of_its_own_for_each(services: dict[str, Any]) -> None:
    assert GIVEN["DB_CADENCIA_PASSWORD"] in services["api"]["environment"]["CADENCIA_DATABASE_URL"]
    assert services["temporal"]["environment"]["POSTGRES_PWD"] == GIVEN["DB_TEMPORAL_PASSWORD"]
    assert services["temporal-schema"]["environment"]["SQL_PASSWORD"] == GIVEN["DB_TEMPORAL_PASSWORD"]
    users = {name for name, service in services.items() if GIVEN["POSTGRES_PASSWORD"] in str(service)}
    assert users == {"postgresql"}


def test_our_settings_exist(services: dict[str, Any]) -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name in OURS:
        ours = {variable for variable in services[name]["environment"] if variable.startswith(PREFIX)}
        assert ours <= known
        assert "CADENCIA_TEMPORAL_PORT" not in ours  # of a server that `cadencia up` starts
    asked = set(re.findall(rf"\$\{{({PREFIX}\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert asked <= known  # else `cadencia settings`, which reads the same `.env`, would warn of them


def test_nothing_hides_what_production_asks_for(services: dict[str, Any]) -> None:
    """An empty value is not set, so that a start without it is refused."""
    given = compose({**GIVEN, "CADENCIA_ENV": "production"})["services"]["api"]["environment"]
    assert given["CADENCIA_ENV"] == "production"
    assert given["CADENCIA_EMAIL_URL"] == given["CADENCIA_PUBLIC_URL"] == ""


def test_workers_can_be_many() -> None:
    services = compose({**GIVEN, "WORKERS": "4"})["services"]
    assert services["worker"]["deploy"]["replicas"] == 4
    assert not {"ports", "container_name"} & services["worker"].keys()


def test_ports_can_be_others(services: dict[str, Any]) -> None:
    api = compose({**GIVEN, "CADENCIA_API_PORT": "9000"})["services"]["api"]
    assert (api["ports"][0]["published"], api["ports"][0]["target"]) == ("9000", 9000)
    assert api["environment"]["CADENCIA_API_PORT"] == "9000"  # links in mails lead there


def test_temporal_can_be_elsewhere() -> None:
    cloud = {"TEMPORAL_ADDRESS": "ns.acct.tmprl.cloud:7233", "TEMPORAL_NAMESPACE": "ns.acct"}
    key = {"TEMPORAL_API_KEY": "key"}
    services = compose({**GIVEN, **cloud, **key}, "deploy/temporal-cloud.yml")["services"]
    assert services.keys() == OURS | {"postgresql"}
    for name in ("api", "worker"):
        assert {**cloud, **key}.items() <= services[name]["environment"].items()
        assert not any("temporal" in other for other in services[name]["depends_on"])
    with pytest.raises(Refused, match="TEMPORAL_ADDRESS is missing a value"):
        compose(GIVEN, "deploy/temporal-cloud.yml")


def _seconds(duration: str) -> float:
    parts = re.findall(r"(\d+)([ms])", duration)
    return sum(int(number) * {"m": 60, "s": 1}[unit] for number, unit in parts)
