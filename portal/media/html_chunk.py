"""A piece of HTML in a document, or of RTF or plain text, to elements of media.document_tree."""

import codecs
import email
import email.policy
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from xml.etree.ElementTree import Element, SubElement

from portal.media.rtf_chunk import RICH_TEXT, read_rtf

_MAIL = (".mht", ".mhtml")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = frozenset(
    {
        "p", "div", "li", "ul", "ol", "dl", "dt", "dd", "table", "tr", "td", "th", "blockquote", "pre",
        "section", "article", "header", "footer", "aside", "figure", "figcaption", "address", "center",
        "form", "body",
        *_HEADINGS,
    }
)  # fmt: skip
_UNSEEN = frozenset({"script", "style", "head", "title", "template", "noscript"})
_STYLES = {"b": "strong", "strong": "strong", "i": "em", "em": "em"}
_NO_END = frozenset({"br", "hr", "img", "meta", "link", "input", "wbr", "col"})
_ENDED_BY_NEXT = frozenset({"p", "li", "tr", "td", "th", "dt", "dd"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_ENCODING = re.compile(rb"charset\s*=\s*[\"']?([\w-]{1,40})", re.IGNORECASE)
_HEAD_BYTES = 2048
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MOST_OPEN = 100
"""Elements that are open at once; what is nested deeper counts as standing in the last of them."""


def read_chunk(name: str, content: bytes) -> tuple[list[Element], list[str]]:
    """Return the blocks of a piece, and the texts in it that are hidden."""
    if name.lower().endswith(".txt"):
        return write_lines(_decode(content).splitlines()), []
    if content.startswith(RICH_TEXT):
        lines, hidden = read_rtf(content)
        return write_lines(lines), hidden
    reader = _Reader()
    reader.feed(_open_mail(content) if name.lower().endswith(_MAIL) else _decode(content))
    reader.close()
    return reader.finish(), reader.hidden


def write_lines(lines: Iterable[str]) -> list[Element]:
    """Return a paragraph for each line."""
    blocks = []
    for line in lines:
        block = Element("p")
        block.text = line
        blocks.append(block)
    return blocks


def _open_mail(content: bytes) -> str:
    """Return the page in a file of the kind browsers save, where it stands among its pictures."""
    page = email.message_from_bytes(content, policy=email.policy.default).get_body(("html", "plain"))
    return str(page.get_content()) if page is not None else ""


def _decode(content: bytes) -> str:
    found = _ENCODING.search(content[:_HEAD_BYTES])
    said = found[1].decode() if found else "utf-8"
    for name in ("utf-16" if content.startswith(_MARKS) else "utf-8-sig", said):
        try:
            return content.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("cp1252", errors="replace")


class _Reader(HTMLParser):
    """One reading: a flat row of blocks, whatever they were nested in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Element] = []
        self.hidden: list[str] = []
        self._open: list[tuple[str, bool]] = []
        """Elements that are open, and whether they are hidden."""
        self._line: Element | None = None
        self._tag = "p"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br" and self._line is not None:
            SubElement(self._line, "br")
        if tag in _BLOCKS:
            self._end_line()
            self._tag = tag if tag in (*_HEADINGS, "li") else "p"
        if self._open and self._open[-1][0] == tag and tag in _ENDED_BY_NEXT:
            self._open.pop()
        if tag not in _NO_END and len(self._open) < _MOST_OPEN:
            given = dict(attrs)
            self._open.append((tag, "hidden" in given or bool(_HIDDEN.search(given.get("style") or ""))))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_line()
            self._tag = "p"
        tags = [one for one, _hidden in self._open]
        if tag in tags:
            del self._open[len(tags) - 1 - tags[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if any(tag in _UNSEEN for tag, _hidden in self._open):
            return
        if any(hidden for _tag, hidden in self._open):
            if data.strip():
                self.hidden.append(data)
            return
        if self._line is None:
            if not data.strip():
                return
            self._line = Element("p" if self._tag == "li" else self._tag)
            self._append(self._line)
        place = self._line
        for style in sorted({_STYLES[tag] for tag, _hidden in self._open if tag in _STYLES}):
            place = SubElement(place, style)
        _add_text(place, data)

    def finish(self) -> list[Element]:
        """Return the blocks."""
        self._end_line()
        return self.blocks

    def _append(self, line: Element) -> None:
        if self._tag != "li":
            self.blocks.append(line)
            return
        listed = next((tag for tag, _hidden in reversed(self._open) if tag in ("ul", "ol")), "ul")
        if not self.blocks or self.blocks[-1].tag != listed:
            self.blocks.append(Element(listed))
        SubElement(self.blocks[-1], "li").append(line)

    def _end_line(self) -> None:
        self._line = None


def _add_text(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
