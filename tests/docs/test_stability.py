"""docs/stability.md names what is there."""

import importlib
import re
from pathlib import Path

import workflows.kit
from tests.docs.documents import ROOT, prose

GUIDE = ROOT / "docs" / "stability.md"
MODULES = re.findall(r"^\| `([\w.]+)` \|", prose(GUIDE), re.MULTILINE)
IMPORT = re.compile(r"^(?:from|import) ((?:activities|store|worker|api|cli|workflows)[\w.]*)", re.MULTILINE)
OURS = [ROOT / "workflows", ROOT / "examples" / "acme", ROOT / "cli" / "new" / "skeleton"]


def test_its_modules_exist_and_export_what_they_say() -> None:
    assert MODULES
    for name in MODULES:
        module = importlib.import_module(name)
        assert all(hasattr(module, exported) for exported in getattr(module, "__all__", []))
    assert {"Call", "Model", "Nothing"} <= vars(importlib.import_module("activities.calls")).keys()


def test_workflows_and_examples_import_nothing_else() -> None:
    files = [file for folder in OURS for file in (*folder.glob("*.py"), *folder.glob("*.py.txt"))]
    inner = {ROOT / "workflows" / name for name in ("contracts.py", "events.py")}
    strange = {
        f"{file.name}: {name}"
        for file in files
        if file not in inner
        for name in IMPORT.findall(file.read_text())
        if name not in MODULES
    }
    assert strange == set()


def test_all_that_the_kit_exports_is_there() -> None:
    assert sorted(workflows.kit.__all__) == sorted(set(workflows.kit.__all__))
    assert Path(str(workflows.kit.__file__)).is_file()
