"""What is in the files of a new workflow."""

import re
from datetime import date
from pathlib import Path

from activities.mail_source import TemplateSources
from cli.new.place import Place
from cli.output import Failure
from store import clock
from worker.settings import Settings
from workflows.kit.workflow import MarketingWorkflow

Files = dict[Path, str]

_SKELETON = Path(__file__).parent / "skeleton"
_STARTS_ON = re.compile(r"^    starts_on=(\w+),\n", re.MULTILINE)


def fresh(place: Place) -> Files:
    """A workflow of two mails, its templates, and a test of each branch."""
    year = str(_today().year + 1)
    files = {
        place.folder / f"{place.file_name}.py": _skeleton("workflow.py.txt", place).replace("__YEAR__", year),
        place.tests / f"test_{place.file_name}.py": _skeleton("test.py.txt", place),
    }
    mails = sorted(_SKELETON.glob("*.mjml"))
    return files | {place.templates / place.slug / mail.name: mail.read_text() for mail in mails}


def copied(place: Place, source: type[MarketingWorkflow], file: Path, settings: Settings) -> Files:
    """Another workflow under the new name, with templates of its own. It starts on no event, or both would start."""
    code = re.sub(rf"\b{source.__name__}(?=\b|Parameters)", place.class_name, file.read_text())
    code, templates = _with_own_templates(_without_start(code), place, settings)
    return {
        place.folder / f"{place.file_name}.py": code,
        place.tests / f"test_{place.file_name}.py": _skeleton("test_copied.py.txt", place),
        **templates,
    }


def _without_start(code: str) -> str:
    """Without `starts_on=`, and the import of its event where nothing else needs it."""
    start = _STARTS_ON.search(code)
    if start is None:
        return code
    code, event = code.replace(start[0], ""), start[1]
    if len(re.findall(rf"\b{event}\b", code)) > 1:
        return code
    return re.sub(
        rf"^from \S+ import {event}\n|^    {event},\n|\b{event}, |, {event}\b", "", code, flags=re.MULTILINE
    )


def _with_own_templates(code: str, place: Place, settings: Settings) -> tuple[str, Files]:
    """Its templates, with the parts that they include, and the code that names them."""
    names = [name for name in TemplateSources(settings.templates).available() if f'"{name}"' in code]
    folders = sorted({name.rpartition("/")[0] for name in names})
    files: Files = {}
    for folder in folders:
        own = place.slug if len(folders) == 1 else f"{place.slug}-{folder.replace('/', '-')}"
        for path in _mails(folder, names, settings.templates):
            files[place.templates / own / path.name] = path.read_text().replace(
                f'path="{folder}/', f'path="{own}/'
            )
        for name in names:
            if name.rpartition("/")[0] == folder:
                code = code.replace(f'"{name}"', f'"{own}/{name.rpartition("/")[2]}"')
    return code, files


def _mails(folder: str, names: list[str], roots: list[Path]) -> list[Path]:
    """The files of these templates, and of the parts beside them. A later root's count."""
    wanted = {name.rpartition("/")[2] for name in names if name.rpartition("/")[0] == folder}
    found = {
        path.name: path
        for root in roots
        for path in sorted((root / folder).glob("*.mjml"))
        if path.name.startswith("_") or path.name.partition(".")[0] in wanted
    }
    return list(found.values())


def _skeleton(name: str, place: Place) -> str:
    return place.filled((_SKELETON / name).read_text())


def _today() -> date:
    return clock.machine().date()


def write(files: Files) -> None:
    """Raises Failure, and writes nothing, when one of them is there already."""
    there = [str(path) for path in files if path.exists()]
    if there:
        raise Failure(*(f"{path} is there already: nothing was written" for path in there))
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".py" and not (path.parent / "__init__.py").exists():
            (path.parent / "__init__.py").touch()
        path.write_text(text)
