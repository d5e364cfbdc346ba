"""What is installed, for commands that need all of it to be in order."""

from typing import TYPE_CHECKING

from cli.output import Failure

if TYPE_CHECKING:
    from worker.catalogue import Installed
    from worker.settings import Settings


def installed(settings: "Settings") -> "Installed":
    """Raises Failure, a line for each file that cannot be imported, or for the path that is refused."""
    from worker import catalogue
    from workflows.kit.steps import Misuse

    import_all(settings)
    try:
        return catalogue.install(settings)
    except Misuse as misuse:
        raise Failure(f"{misuse}: see `cadencia workflows check`") from misuse


def import_all(settings: "Settings") -> None:
    """Raises Failure, a line for each file of workflows that cannot be imported."""
    from cli.check.formats import relative
    from cli.check.gather import gather

    unreadable = gather(settings).facts.unreadable
    if unreadable:
        raise Failure(
            *(
                f"{relative(one.spot.file)}:{one.spot.line} cannot be imported: {one.why}"
                for one in unreadable
            )
        )
