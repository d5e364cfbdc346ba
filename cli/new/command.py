"""The command itself."""

import inspect
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import Failure, done, say

if TYPE_CHECKING:
    from cli.new.place import Place


def new(
    name: Annotated[str, typer.Argument(help="Such as win-back, or WinBack.")],
    source: Annotated[
        str | None, typer.Option("--from", help="A workflow to begin with a copy of, such as welcome-series.")
    ] = None,
) -> None:
    """Writes a workflow, its templates in English and Spanish, and a test that passes: all ready to edit.

    They go into the first package of CADENCIA_WORKFLOWS that is not `workflows`. No file is overwritten.
    """
    from cli.installed import installed
    from cli.new import files
    from cli.new.place import place_of
    from worker.settings import load

    settings = load()
    place = place_of(name, settings)
    found = installed(settings)
    if place.slug in found.catalogue:
        raise Failure(f"there is a workflow {place.slug} already: give the new one another name")
    if source is None:
        made = files.fresh(place)
    else:
        listed = found.catalogue.find(source)
        cls = next((one for one in found.classes if listed and one.__name__ == listed.type_name), None)
        if cls is None:
            raise Failure(
                f"no workflow {source!r} to begin with; installed are: {', '.join(found.catalogue)}"
            )
        made = files.copied(place, cls, Path(str(inspect.getsourcefile(cls))), settings)
    files.write(made)
    for path in made:
        done(_shown(path))
    _say_what_next(place, made)


def _say_what_next(place: "Place", made: dict[Path, str]) -> None:
    test = next(path for path in made if path.name.startswith("test_"))
    say("")
    if not place.templates_known:
        say(f"Add its templates to the setting: CADENCIA_TEMPLATES=templates,{_shown(place.templates)}")
    say(f"Test it:  pytest {_shown(test)}")
    say(
        f"Run it:   cadencia up, and then: cadencia enroll {place.slug} --email you@example.com --consent marketing"
    )


def _shown(path: Path) -> str:
    """As somebody in this folder would type it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
