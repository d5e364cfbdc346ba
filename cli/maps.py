"""`workflows map`: a workflow, or the whole flywheel, drawn from the code."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import Failure, done

if TYPE_CHECKING:
    from worker.catalogue import Installed
    from worker.settings import Settings
    from workflows.kit.workflow import MarketingWorkflow


class Format(StrEnum):
    mermaid = "mermaid"
    json = "json"
    html = "html"
    svg = "svg"


_SUFFIXES = {".mmd": Format.mermaid, ".json": Format.json, ".html": Format.html, ".svg": Format.svg}


def map_(
    name: Annotated[
        str | None, typer.Argument(help="Slug or class name; without, the whole flywheel.")
    ] = None,
    format: Annotated[Format | None, typer.Option(help="By default the file's, or mermaid.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file to write.")] = None,
) -> None:
    """Draws a workflow from its code: every branch, wait, decision and outcome."""
    from cli.installed import installed
    from worker import settings

    configured = settings.load()
    found = installed(configured)
    wanted = format or _SUFFIXES.get(output.suffix if output else "", Format.mermaid)
    try:
        drawn = _one(name, found, wanted, configured) if name else _all(found, wanted)
    except ImportError as error:
        raise Failure(
            f"{wanted} needs pygraphviz ({error}): pip install 'cadencia[maps]', or take --format mermaid or json"
        ) from error
    if output is None:
        typer.echo(drawn, nl=False)
        return
    output.write_text(drawn, encoding="utf-8")
    done(f"{output}")


def _one(name: str, installed: "Installed", wanted: Format, settings: "Settings") -> str:
    from activities.mail_subjects import subjects_in
    from workflows.analysis.graph_build import graph_of
    from workflows.analysis.graph_mermaid import mermaid
    from workflows.analysis.graph_text import as_json
    from workflows.analysis.maps import map_page, map_svg

    cls, subjects = _class(name, installed), subjects_in(settings.templates)
    match wanted:
        case Format.mermaid:
            return mermaid(graph_of(cls, subjects=subjects))
        case Format.json:
            return _json(as_json(graph_of(cls, subjects=subjects)))
        case Format.html:
            return map_page(cls, subjects)
        case Format.svg:
            return map_svg(cls, subjects)


def _all(installed: "Installed", wanted: Format) -> str:
    from workflows.analysis import flywheel
    from workflows.analysis.maps import flywheel_page, flywheel_svg, turn

    turns = [turn(cls) for cls in installed.classes]
    match wanted:
        case Format.mermaid:
            return flywheel.as_mermaid(turns)
        case Format.json:
            return _json(flywheel.as_json(turns))
        case Format.html:
            return flywheel_page(turns)
        case Format.svg:
            return flywheel_svg(turns)


def _class(name: str, installed: "Installed") -> "type[MarketingWorkflow]":
    found = installed.catalogue.find(name)
    if found is None:
        raise Failure(f"no workflow {name!r}: the installed ones are {', '.join(installed.catalogue)}")
    return next(cls for cls in installed.classes if cls.__name__ == found.type_name)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
