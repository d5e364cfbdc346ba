"""Where the files of a new workflow go, and what is called how in them."""

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

from cli.output import Failure
from worker.settings import Settings
from workflows.kit.declaration import slug_of

OWN = "workflows"
"""The product's own package; a team's own comes before it."""


@dataclass(frozen=True)
class Place:
    """`tests` and `templates` are folders; `templates_known` tells whether CADENCIA_TEMPLATES names that one."""

    package: str
    slug: str
    folder: Path
    tests: Path
    templates: Path
    templates_known: bool

    @property
    def class_name(self) -> str:
        return "".join(word.capitalize() for word in self.slug.split("-"))

    @property
    def file_name(self) -> str:
        return self.slug.replace("-", "_")

    @property
    def module(self) -> str:
        return f"{self.package}.{self.file_name}"

    def filled(self, text: str) -> str:
        """A skeleton with the names put in."""
        names = {"__CLASS__": self.class_name, "__SLUG__": self.slug, "__MODULE__": self.module}
        for token, name in names.items():
            text = text.replace(token, name)
        return text


def place_of(name: str, settings: Settings) -> Place:
    """Raises Failure when the name is none, or the package is not there."""
    slug = name if "-" in name or name.islower() else slug_of(name)
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*", slug):
        raise Failure(f"{name!r} is no name for a workflow: write it like win-back, or WinBack")
    package = next((one for one in settings.workflows if one != OWN), OWN)
    folder = _folder(package)
    templates = _templates(package, folder, settings)
    return Place(
        package=package,
        slug=slug,
        folder=folder,
        tests=folder.parent / "tests" / OWN if package == OWN else folder / "tests",
        templates=templates,
        templates_known=templates.resolve() in {one.resolve() for one in settings.templates},
    )


def _folder(package: str) -> Path:
    try:
        found = importlib.util.find_spec(package)
    except ModuleNotFoundError:
        found = None
    places = list(found.submodule_search_locations or []) if found else []
    if not places:
        path = package.replace(".", "/")
        raise Failure(
            f"CADENCIA_WORKFLOWS names {package}, which is not here: mkdir -p {path} && touch {path}/__init__.py"
        )
    return Path(places[0])


def _templates(package: str, folder: Path, settings: Settings) -> Path:
    """The team's own folder where the setting names one, else the one beside its workflows."""
    if package == OWN:
        return settings.templates[0]
    own = [one for one in settings.templates if one.name != "templates" or one.resolve().parent == folder]
    return own[0] if own else folder / "templates"
