"""What may stand in a contact's name, and which names a mail may greet with: strangers choose them."""

import re
import unicodedata

_JOINED_SCRIPTS = frozenset((
    "ARABIC", "SYRIAC", "MANDAIC", "MONGOLIAN", "NKO", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA",
    "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "KHMER", "MYANMAR", "TIBETAN",
))  # fmt: skip
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
_BLANK = "\u034f\u115f\u1160\u2800\u3164\uffa0"  # letters, marks and symbols that show nothing
_EMOJI_MARKS = "\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"  # in colour, and with a skin tone
_ADDRESS = re.compile(r"@|//|\bwww\b|\w[.\u3002](?=\w\w)|\d\.\d+\.", re.IGNORECASE)


def hidden_in(text: str) -> str | None:
    """The first character that no reader sees and that may change how text around it is read; None if there is none.

    Joiners (U+200C, U+200D) may stand where a script needs them, between two of its letters (Unicode UAX 31, 2.3), and
    a U+200D between two emoji.
    """
    for at, character in enumerate(text):
        hidden = character in _BLANK or unicodedata.category(character) in _HIDDEN
        if hidden and not _joins(text[:at], character, text[at + 1 : at + 2]):
            return character
    return None


def presentable(name: str | None) -> str | None:
    """The name as a mail may show it; None if there is none, or if it hides something or looks like an address.

    Programs make a link of whatever looks like one. A real name taken for one (`J.Smith`) only loses its greeting.
    """
    if not name or hidden_in(name) or _ADDRESS.search(unicodedata.normalize("NFKC", name)):
        return None
    return " ".join(name.split()) or None


def _joins(before: str, character: str, after: str) -> bool:
    if character == "\u200d" and _is_emoji(before.rstrip(_EMOJI_MARKS)[-1:]):
        return _is_emoji(after)
    return character in "\u200c\u200d" and _needs_joiners(before[-1:]) and _needs_joiners(after)


def _needs_joiners(character: str) -> bool:
    script = unicodedata.name(character, "").partition(" ")[0] if character else ""
    return script in _JOINED_SCRIPTS and unicodedata.category(character)[0] in "LM"


def _is_emoji(character: str) -> bool:
    return bool(character) and unicodedata.category(character) == "So"
