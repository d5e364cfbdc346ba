"""The documents, and what tests take from them."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document: Path, language: str) -> list[str]:
    """Its code blocks in one language, in order."""
    return [text for name, text in _BLOCK.findall(document.read_text()) if name == language]


def prose(document: Path) -> str:
    """All but its code blocks."""
    return _BLOCK.sub("", document.read_text())
