"""Readers of the formats in which stories leave: texts by the id of the story."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import yaml
from markdown_it import MarkdownIt
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from portal.export.tables import guard_formula
from portal.export.testing import TEXTS, ReadBack
from portal.story.blocks import paragraphs
from portal.story.markdown import to_blocks


def read_bundle(content: bytes) -> Mapping[str, Collection[str]]:
    packed = zipfile.ZipFile(io.BytesIO(content))
    held = [json.loads(packed.read(name)) for name in packed.namelist() if name.endswith(".json")]
    stories = (one for one in held if "uid" in one)
    return {one["uid"]: [*list_strings(one), *paragraphs(to_blocks(one["body_markdown"]))] for one in stories}


def list_strings(held: Any) -> Iterator[str]:
    if isinstance(held, str):
        yield held
    elif isinstance(held, dict | list):
        for one in held.values() if isinstance(held, dict) else held:
            yield from list_strings(one)


W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read_documents(content: bytes) -> Mapping[str, Collection[str]]:
    packed = zipfile.ZipFile(io.BytesIO(content))
    return dict(read_document(packed.read(name)) for name in packed.namelist())


def read_document(content: bytes) -> tuple[str, list[str]]:
    packed = zipfile.ZipFile(io.BytesIO(content))
    core, *parts = (
        ElementTree.fromstring(packed.read(name))
        for name in ("docProps/core.xml", "word/document.xml", "word/footnotes.xml")
    )
    uid = core.findtext("{http://purl.org/dc/elements/1.1/}identifier") or ""
    lines = ["".join(map(read_word_mark, one.iter())) for part in parts for one in part.iter(f"{W}p")]
    return uid, [*lines, *(one.get("descr", "") for part in parts for one in part.iter())]


def read_word_mark(one: Element) -> str:
    return one.text or "" if one.tag == f"{W}t" else {f"{W}tab": "\t", f"{W}br": "\n"}.get(one.tag, "")


def read_hugo(content: bytes) -> Mapping[str, Collection[str]]:
    packed = zipfile.ZipFile(io.BytesIO(content))
    pages = (packed.read(name).decode() for name in packed.namelist() if name.endswith(".md"))
    return dict(map(read_front_matter, pages))


def read_front_matter(page: str) -> tuple[str, list[str]]:
    head, body = page.removeprefix("---\n").split("\n---\n\n", 1)
    matter = yaml.safe_load(head.replace("{\u2060", "{"))  # what parts a code of Hugo, unseen
    # CommonMark knows no notes: without their marks they are paragraphs.
    html = MarkdownIt("commonmark").render(re.sub(r"\[\^\d+\](?:: )?", "", body))
    return matter["translationKey"], [*list_strings(matter), *read_page_lines(html)]


class PageLines(HTMLParser):
    """Reads the lines of a page, and what is told instead of its pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"p", "br", "li", "h1", "h2", "h3", "h4"}:
            self.lines.append("")
        if tag == "img":
            self.lines += [dict(attrs)["alt"] or "", ""]

    def handle_data(self, data: str) -> None:
        self.lines[-1] += data


def read_page_lines(html: str) -> list[str]:
    """Return the words of a page of HTML, a paragraph or line after the other."""
    lines = PageLines()
    lines.feed(html)
    return [line.strip("\n") for line in lines.lines]


ROW = frozenset({"title", "dek", "excerpt", "byline", "content_warning", "topics"})
"""Parts of a story that stand in its row of a table."""


def read_guarded(text: str) -> str:
    """Return what stood in a cell before it was guarded against being taken for a formula."""
    return text[1:] if guard_formula(text[1:]) == text else text


def read_csv(content: bytes) -> Mapping[str, Collection[str]]:
    _head, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return {row[0]: [read_guarded(cell) for cell in row] for row in rows}


def read_xlsx(content: bytes) -> Mapping[str, Collection[str]]:
    book = load_workbook(io.BytesIO(content))
    _head, *rows = book.worksheets[0].iter_rows(values_only=True)
    return {str(row[0]): [unescape(cell) for cell in row if isinstance(cell, str)] for row in rows}


def read_imports(content: bytes) -> Mapping[str, Collection[str]]:
    packed = zipfile.ZipFile(io.BytesIO(content))
    files = (packed.read(name) for name in packed.namelist() if name.endswith(".xml"))
    items = (item for file in files for item in ElementTree.fromstring(file).iter("item"))
    return dict(map(read_item, items))


def read_item(item: Element) -> tuple[str, list[str]]:
    meta = {one[0].text: one[1].text or "" for one in item if one.tag.endswith("}postmeta")}
    terms = [one.text or "" for one in item.findall("category")]
    told = [one.text or "" for one in item if one.tag == "title" or one.tag.endswith("}encoded")]
    return meta["_portal_story"], [*terms, *(line for html in told for line in read_page_lines(html))]


READERS: Mapping[str, tuple[ReadBack, Collection[str]]] = {
    "bundle": (read_bundle, TEXTS),
    "csv": (read_csv, ROW),
    "docx": (read_documents, TEXTS),
    "hugo": (read_hugo, TEXTS),
    "wxr": (read_imports, TEXTS),
    "xlsx": (read_xlsx, ROW),
}
"""What reads a format back, and the parts of a story that it holds."""
