"""Pages of the website that templates lead to."""

from collections.abc import Iterator

from workflows.analysis.checks.finding import Check, Found, listed
from workflows.analysis.checks.subject import Installation


def _unset(installation: Installation) -> Iterator[Found]:
    for setting, templates in installation.facts.unset.items():
        what = f"{setting} is not set, so there is no link to that page in {listed(sorted(templates))}"
        yield Found(min(templates.values()), what, f"Set {setting} to a page of your website.")


ADDRESS_UNSET = Check(
    id="address-unset",
    severity="warning",
    meaning="Templates lead to a page of the website that no setting names.",
    why="The mails go out without that link, or that button.",
    remedy="Set it, or take the link out of the templates.",
    look=_unset,
)
OVERALL = (ADDRESS_UNSET,)
