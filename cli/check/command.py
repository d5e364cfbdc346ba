"""The command itself."""

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import Failure

if TYPE_CHECKING:
    from cli.check.gather import Gathered


class Format(StrEnum):
    text = "text"
    json = "json"
    github = "github"


def check(
    name: Annotated[str | None, typer.Argument(help="Slug or class name; without, all of them.")] = None,
    format: Annotated[
        Format | None, typer.Option(help="By default text, or github where GitHub Actions runs it.")
    ] = None,
) -> None:
    """Looks for what would go wrong: in the code, along every branch, and in what workflows need of each other.

    Exit code 1 when there is an error. Warnings and hints are for you to judge.
    """
    from cli.check import formats, text
    from cli.check.gather import gather
    from worker import settings
    from workflows.analysis.checks.examine import examine

    gathered = gather(settings.load())
    slug = _slug(name, gathered) if name else None
    findings = [one for one in examine(gathered.classes, gathered.facts) if slug in (None, one.workflow)]
    slugs = [slug] if slug else sorted(_slugs(gathered).values())
    match format or (Format.github if os.environ.get("GITHUB_ACTIONS") == "true" else Format.text):
        case Format.text:
            text.show(findings, slugs)
        case Format.json:
            typer.echo(formats.as_json(findings, slugs), nl=False)
        case Format.github:
            typer.echo(formats.as_annotations(findings, slugs), nl=False)
    if any(one.severity == "error" for one in findings):
        raise typer.Exit(1)


def _slug(name: str, gathered: "Gathered") -> str:
    from cli.check import formats

    slugs = _slugs(gathered)
    if name in slugs or name in slugs.values():
        return slugs.get(name, name)
    raise Failure(
        f"no workflow {name!r}: the installed ones are {', '.join(sorted(slugs.values()))}",
        details=[
            f"{formats.relative(one.spot.file)}:{one.spot.line} cannot be imported: {one.why}"
            for one in gathered.facts.unreadable
        ],
    )


def _slugs(gathered: "Gathered") -> dict[str, str]:
    from workflows.kit.declaration import slug_of

    return {cls.__name__: slug_of(cls.__name__) for cls in gathered.classes}
