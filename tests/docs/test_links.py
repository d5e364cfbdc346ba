"""Links between documents lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.docs.documents import DOCUMENTS, prose

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_ELSEWHERE = ("http://", "https://", "mailto:")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_resolves(document: Path) -> None:
    targets = [link for link in _LINK.findall(prose(document)) if not link.startswith(_ELSEWHERE)]
    broken = [link for link in targets if not _resolves(document, link)]
    assert broken == []


def _resolves(document: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (document.parent / path).resolve() if path else document
    return target.exists() and (not anchor or anchor in _anchors(target))


def _anchors(document: Path) -> set[str]:
    """Headings as GitHub and its like name them."""
    headings = re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
