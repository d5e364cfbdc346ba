"""`doctor` and `settings`: whether everything is as it should be, and what it is."""

import asyncio

import typer

from cli.output import console, show, table, warn


def settings() -> None:
    """Lists every setting, its value and where it comes from."""
    from worker import settings as configuration

    rows = table("Setting", "Value", "Source")
    for row in configuration.load().describe():
        rows.add_row(row.name, row.value, row.source, style=None if row.source == "default" else "bold")
    show(rows)
    for line in configuration.unknown():
        warn(line)


def doctor() -> None:
    """Checks settings, database, Temporal, mail, templates and workflows; exit code 1 when something is wrong."""
    from cli.examination import examine

    findings = asyncio.run(examine())
    for finding in findings:
        mark = "[green]✓[/]" if finding.well else "[bold red]✗[/]"
        console.print(f"{mark} [bold]{finding.what:<12}[/]", end="")
        console.print(finding.text, markup=False, soft_wrap=True)
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)
