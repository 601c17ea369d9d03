"""Letters in files, counted by the plainest means there are: nothing of the portal's readers is used."""

import codecs
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from portal.media.letter_count import count_letters

_WORD_PARTS = ("document", "footnotes", "endnotes")
_WORD_NOTES = {"footnotes": "footnoteReference", "endnotes": "endnoteReference"}
_WORD_UNSEEN = frozenset({"del", "moveFrom", "delText", "instrText"})
_OPEN_UNSEEN = frozenset(
    {
        *("tracked-changes", "annotation", "note-citation", "title", "desc", "forms", "math", "label"),
        *("sequence-decls", "variable-decls", "user-field-decls", "table-of-content", "alphabetical-index"),
        *("page-number", "page-count", "hidden-text", "hidden-paragraph", "event-listeners"),
    }
)
_CODES = re.compile("[\uf000-\uf0ff]")
"""Signs that only their font knows: what they become depends on it."""
_PDF, _PDF_WITHIN = b"%PDF-", 1024
_MANY = 0.1
_LATIN, _CYRILLIC = "LATIN", "CYRILLIC"


def count_file(path: Path) -> Counter[str] | None:
    """Count the letters a file shows; None for one whose letters cannot be counted this way."""
    if not zipfile.is_zipfile(path):
        return None if _PDF in path.read_bytes()[:_PDF_WITHIN] else _count_text(path)
    with zipfile.ZipFile(path) as archive:
        parts = [archive.read(one) for one in archive.infolist() if one.filename.endswith(".xml")]
    roots = [ElementTree.fromstring(part) for part in parts if b"<!DOCTYPE" not in part and _is_xml(part)]
    by_name = {_local(root): root for root in reversed(roots)}
    if "document" in by_name:
        return _count_word(by_name)
    if "document-content" in by_name:
        return count_letters(_list_open(by_name["document-content"]))
    return None


def find_encoding(path: Path) -> str | None:
    """Return the encoding in the name of a file or of its folder: `KOI8-R/one.txt`, `enc-big5.txt`."""
    for name in (path.parent.name, *path.name.split(".")):
        pieces = name.lower().split("-")
        # The longest first: KOI8-R is more than KOI8.
        for start, end in sorted(combinations(range(len(pieces) + 1), 2), key=lambda one: one[0] - one[1]):
            said = "-".join(pieces[start:end])
            if not said.isdecimal() and _is_encoding(said):
                return said
    return None


def _is_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding  # noqa: SLF001  # there is no other way to ask
    except LookupError:
        return False


def looks_like_junk(text: str) -> bool:
    """Say whether many words mix two scripts, or large and small letters, as in a wrong encoding they do."""
    words = re.findall(r"\w+", text)
    odd = sum(_is_odd(word) for word in words)
    return bool(words) and odd / len(words) > _MANY


def _is_odd(word: str) -> bool:
    scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in word if letter.isalpha()}
    is_mixed = word[1:] != word[1:].lower() and word != word.upper()
    return is_mixed or {_LATIN, _CYRILLIC} <= scripts


def _count_text(path: Path) -> Counter[str] | None:
    encoding = find_encoding(path)
    content = path.read_bytes()
    return count_letters([content.decode(encoding, errors="ignore")]) if encoding else None


def _count_word(by_name: dict[str, Element]) -> Counter[str]:
    found = Counter[str]()
    for name in _WORD_PARTS:
        if name == "document":
            found += count_letters(_list_word(by_name[name]))
        elif name in by_name:
            for note in by_name[name]:
                if _is_mentioned(note, _WORD_NOTES[name], by_name["document"]):
                    found += count_letters(_list_word(note))
    return found


def _is_mentioned(note: Element, mark: str, document: Element) -> bool:
    key = _read(note, "id")
    return any(_local(one) == mark and _read(one, "id") == key for one in document.iter())


def _list_word(root: Element) -> Iterator[str]:
    """List the texts of a Word part, but for what was deleted, stands there twice, or instructs a field."""
    fields: list[str] = []
    for element in _walk(root):
        if _local(element) == "fldChar":
            match _read(element, "fldCharType"):
                case "begin":
                    fields.append("told")
                case "separate" if fields:
                    fields[-1] = "shown"
                case "end" if fields:
                    fields.pop()
        elif _local(element) == "t" and "told" not in fields:
            yield _CODES.sub("", element.text or "")


def _walk(element: Element) -> Iterator[Element]:
    has_choice = any(_local(one) == "Choice" and _has_text(one) for one in element)
    for child in element:
        if _local(child) in _WORD_UNSEEN or (_local(child) == "Fallback" and has_choice):
            continue
        if _local(child) == "tr" and any(_local(one) == "del" for row in child for one in row):
            continue
        yield child
        yield from _walk(child)


def _has_text(element: Element) -> bool:
    return any(_local(one) == "t" and (one.text or "").strip() for one in element.iter())


def _list_open(element: Element) -> Iterator[str]:
    """List the texts of an OpenDocument text, but for what is deleted, said about a picture, or a comment."""
    for child in element:
        name = _local(child)
        if name in ("automatic-styles", "font-face-decls", "scripts"):
            continue
        if name not in _OPEN_UNSEEN:
            yield child.text or ""
            yield from _list_open(child)
        yield child.tail or ""


def _is_xml(part: bytes) -> bool:
    try:
        ElementTree.fromstring(part)
    except ElementTree.ParseError:
        return False
    return True


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _read(element: Element, name: str) -> str | None:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)
