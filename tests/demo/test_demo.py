"""`cadencia demo` on a stack of its own: nine days in half a minute, checked, and one that is disturbed."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.fresh_stack import CADENCIA, Stack, fresh_stack, until

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with fresh_stack(tmp_path_factory.mktemp("demo"), SPEED="43200") as stack:
        yield stack


def begin(stack: Stack, *options: str, **settings: str) -> subprocess.Popen[str]:
    changed = {f"CADENCIA_{name}": value for name, value in settings.items()}
    return subprocess.Popen(
        [*CADENCIA, "demo", *options],
        cwd=stack.folder,
        env={**stack.environment, **changed},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_all_comes_as_the_seed_says(stack: Stack) -> None:
    process = begin(stack, "--contacts", "12")
    output, errors = process.communicate(timeout=200)
    assert process.returncode == 0, output + errors
    rows = {
        row[0]: [int(number) for number in row[1:]]
        for row in re.findall(
            r"^(welcome/\S+) +(\d+|·) +(\d+|·) +(\d+|·) +(\d+|·)", output.replace("·", "0"), re.M
        )
    }
    assert rows["welcome/hello"][0] == 12
    assert rows["welcome/hello"][1] > 0
    assert sum(row[3] for row in rows.values()) == int(re.findall(r"(\d+) converted", output)[-1])
    assert "✓ 12 contacts, " in output


def test_what_comes_otherwise_is_named(stack: Stack) -> None:
    """Nobody is to buy anything, and one of them does."""
    process = begin(stack, "--contacts", "4", "--buys", "0", "--seed", "2")
    running = until(
        lambda: stack.api("GET", "/v1/enrollments?workflow=welcome-series&status=running")["data"]
    )
    order = {"name": "order.completed", "contact": {"id": running[0]["contact_id"]}}
    stack.api("POST", "/v1/events", json=order)
    output, errors = process.communicate(timeout=200)
    assert process.returncode == 1, output + errors
    assert f"({running[0]['id']}): ended as converted, must end as completed" in errors
    assert "1 of 4 contacts came out otherwise than the seed says" in errors
    assert ", not " in output


@pytest.mark.parametrize(
    ("options", "settings", "says"),
    [
        ([], {"HOME": "elsewhere"}, "then run `CADENCIA_HOME=elsewhere/demo cadencia demo`"),
        ([], {"API_PORT": "9"}, "start it with `CADENCIA_SPEED=43200 CADENCIA_HOME=var cadencia up`"),
        (["nothing"], {}, "installed are: lead-nurturing, reactivation, welcome-series"),
    ],
)
def test_where_no_demo_can_be(stack: Stack, options: list[str], settings: dict[str, str], says: str) -> None:
    process = begin(stack, *options, **settings)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors.count("\n")) == (1, "", 1), errors
    assert says in errors


def test_the_key_of_another_folder(stack: Stack) -> None:
    other = stack.folder / "other"
    other.mkdir()
    (other / "clock.json").write_text((stack.folder / "var" / "clock.json").read_text())
    (other / "api-key").write_text("cad_of_another")
    process = begin(stack, HOME=str(other))
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.count("\n")) == (1, 1)
    assert "runs on another data folder" in errors


def test_production_is_refused(stack: Stack, tmp_path: Path) -> None:
    settings = {
        "ENV": "production",
        "HOME": str(tmp_path),
        "SPEED": "",
        "SECRET_KEYS": "k" * 32,
        "EMAIL_URL": "smtp://127.0.0.1:25",
        "PUBLIC_URL": "https://mail.example.com",
        "DATABASE_URL": "postgresql://127.0.0.1/none",
    }
    process = begin(stack, **settings)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.count("\n")) == (1, 1), errors
    assert "which production must not see" in errors
