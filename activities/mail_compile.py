"""Compiles MJML to HTML and text that still hold their Jinja: once per template, not once per mail."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import mrml

from activities.mail_source import TemplateError

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_HOLE = re.compile(r"JINJAHOLE(\d+)X")
# Between the rows of a table a parser lets comments stay; text it moves out.
_ALONE, _COMMENT = (
    re.compile(r"<mj-raw>\s*(JINJAHOLE\d+X)\s*</mj-raw>"),
    re.compile(r"<!--(JINJAHOLE\d+X)-->"),
)
_BLOCKS = frozenset(("p", "div", "table", "ul", "ol", "h1", "h2", "h3", "h4", "hr", "blockquote"))
_LINES = frozenset(("br", "tr", "li"))
_FOREIGN = "https://icons.invalid/"
# MJML's own fonts come from Google, its own icons from Mailjet: whoever opened a mail would call them.
_OURS_ALONE = mrml.RenderOptions(fonts={}, social_icon_origin=_FOREIGN)
_VOID = frozenset(("br", "hr", "img", "meta", "link", "input", "wbr", "col", "area", "base", "source"))


def compile_mjml(mjml: str, name: str) -> tuple[str, str]:
    """The HTML and the text. Jinja is taken out meanwhile: its `<` and quotes would confuse the parser."""
    taken: list[str] = []

    def take(match: re.Match[str]) -> str:
        taken.append(match[0])
        return f"JINJAHOLE{len(taken) - 1}X"

    holed = _ALONE.sub(r"<mj-raw><!--\1--></mj-raw>", _JINJA.sub(take, mjml))
    html = _COMMENT.sub(r"\1", _to_html(holed, name))
    if lost := set(range(len(taken))) - {int(number) for number in _HOLE.findall(html)}:
        raise TemplateError(
            f"{name}: MJML drops {taken[min(lost)]} where it stands; put it inside <mj-raw> or a text"
        )
    return tuple(_HOLE.sub(lambda match: taken[int(match[1])], part) for part in (html, to_text(html)))  # type: ignore[return-value]  # two parts make two texts


def _to_html(mjml: str, name: str) -> str:
    try:
        html = mrml.to_html(mjml, render_options=_OURS_ALONE).content
    except OSError as error:  # what mrml raises for what it cannot parse
        raise TemplateError(f"{name}: not well-formed MJML: {error}") from None
    if unknown := re.search(r"<(mj-[a-z-]+)", html):
        raise TemplateError(f"{name}: there is no <{unknown[1]}> here; see the MJML documentation")
    if _FOREIGN in html:
        raise TemplateError(
            f"{name}: give each <mj-social-element> a src of your own: no icon comes with it here"
        )
    return html


def to_text(html: str) -> str:
    """The words of a page in reading order; a link as `words <target>`, hidden parts left out."""
    writer = _TextWriter()
    writer.feed(html)
    writer.close()
    return tidy("".join(writer.parts))


def tidy(text: str) -> str:
    """No space at the ends of lines, never more than one empty line."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]*\n[ \t]*", "\n", text)).strip() + "\n"


class _TextWriter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag not in _VOID and (self._hidden or _is_hidden(tag, given)):
            self._hidden += 1
            return
        if tag == "a":
            self._links.append((given.get("href", ""), len(self.parts)))
        self._write("".join(_before(tag, given)))

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._hidden -= tag not in _VOID
            return
        if tag == "a" and self._links:
            target, start = self._links.pop()
            words = "".join(self.parts[start:]).strip()
            if target and target not in (words, f"mailto:{words}"):
                self._write(f" <{target}>")
        self._write("\n\n" if tag in _BLOCKS else "\n" if tag in _LINES else "")

    def handle_data(self, data: str) -> None:
        words = re.sub(r"[\s\u034f\u2007\u200b\u200c]+", " ", data)
        if words != " " or (self.parts and not self.parts[-1].endswith((" ", "\n"))):
            self._write(words)

    def _write(self, text: str) -> None:
        if text and not self._hidden:
            self.parts.append(text)


def _is_hidden(tag: str, given: dict[str, str]) -> bool:
    return tag in ("head", "style", "script", "title") or "display:none" in given.get("style", "").replace(
        " ", ""
    )


def _before(tag: str, given: dict[str, str]) -> Iterator[str]:
    if tag in _BLOCKS:
        yield "\n\n"
    if tag in _LINES:
        yield "\n"
    if tag == "li":
        yield "- "
    if tag == "td":
        yield " "
    if tag == "hr":
        yield "---\n\n"
    if tag == "img":
        yield given.get("alt", "")
