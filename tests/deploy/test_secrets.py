"""deploy/secrets.sh writes the secrets that Compose asks for, once."""

import shutil
import subprocess
from pathlib import Path

from dotenv import dotenv_values

from tests.deploy.model import ROOT, SECRETS, compose
from worker.settings import Settings


def make(file: Path) -> str:
    return subprocess.run(
        ["sh", ROOT / "deploy" / "secrets.sh", file], check=True, capture_output=True, text=True
    ).stdout


def read(file: Path) -> dict[str, str]:
    return {name: value for name, value in dotenv_values(file).items() if value}


def test_a_new_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    said = make(file)
    found = read(file)
    assert found.keys() == set(SECRETS)
    assert {len(value) for value in found.values()} == {64}
    assert len(set(found.values())) == len(SECRETS)
    assert file.stat().st_mode & 0o777 == 0o600
    assert not any(value in said for value in found.values())
    assert compose(found)["services"]
    assert Settings(_env_file=file).secret_keys[0].get_secret_value() == found["CADENCIA_SECRET_KEYS"]


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    shutil.copy(ROOT / ".env.example", file)
    with file.open("a") as lines:
        lines.write("POSTGRES_PASSWORD=mine")  # and no end of line
    make(file)
    first = read(file)
    assert first["POSTGRES_PASSWORD"] == "mine"
    assert first.keys() >= set(SECRETS)
    assert make(file) == ""
    assert read(file) == first
