"""Every file that leaves the portal, made of hostile words, says them and is what it claims to be."""

import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from html.parser import HTMLParser
from typing import Any

import pytest
import yaml
from flask import Flask
from markdown_it import MarkdownIt
from werkzeug.test import TestResponse

from portal.domain.languages import UKRAINIAN
from portal.domain.permissions import Role
from portal.export import bundle
from portal.export.formats import installed_formats
from portal.export.handoff import fill_sheet
from portal.export.photos import PictureRecord
from portal.export.record import Address, ExportRecord, LicenceRecord, Topic
from portal.export.story_archive import FolderNames
from portal.export.testing import find_faults
from portal.story.blocks import paragraphs
from portal.story.markdown import to_blocks
from portal.story.normalise import clean_line, clean_text
from tests.support.exports import write_file
from tests.support.format_readers import READERS
from tests.support.hostile_portal import build_hostile_world
from tests.support.hostile_text import HOSTILE
from tests.support.page_outline import read_outline
from tests.support.photos import make_picture
from tests.support.plain_browser import find_form
from tests.unit.export.records import RECORD, WHEN

ADDRESS = "https://example.org/\"><img/src=x/onerror=alert(1)>'{{7*7}}"
FIGURE = frozenset({"figure", "figcaption", "img"})
STORY_PAGE = FIGURE | {"h1"}
OWN_PAGE = frozenset(
    {
        "html", "head", "meta", "title", "body", "main", "header", "article", "section", "div", "h1", "h2",
        "h3", "dl", "dt", "dd", "p", "ul", "ol", "li", "a", "span", "strong", "em", "img", "bdi", "br", "hr",
        "blockquote", "sup", "time", "h4",
    }
)  # fmt: skip
_SAFE_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9_][A-Za-z0-9_-]*)*(\.[a-z-]+){1,2}")
_COMMENT = re.compile("<!--(.*?)-->", re.DOTALL)
_BLOCK_MARK = re.compile(r' /?wp:[a-z-]+(?: \{"(?:level|ordered|sizeSlug)":"?[a-z0-9]+"?\})? ')


def make_records() -> list[ExportRecord]:
    """Return a story for each hostile text, which stands in every field of it."""
    texts = [raw.decode("utf-8", "ignore") for raw in HOSTILE.values()]
    return [_make_record(number, text) for number, text in enumerate(texts) if clean_line(text)]


def _make_record(number: int, text: str) -> ExportRecord:
    line, words = clean_line(text), clean_text(text)
    photo = PictureRecord("pictures/0123456789ab.jpg", "uk", line, line, 64, 48, make_picture(), words=line)
    return replace(
        RECORD,
        uid=f"{number:032x}"[::-1],
        title=line,
        dek=line,
        excerpt=line,
        body=to_blocks(words),
        byline=line,
        bio=words,
        content_warning=line,
        topics=(Topic("history", line),),
        coverage_title=line,
        licence=LicenceRecord(line, ADDRESS, 1, "uk", WHEN),
        addresses=(Address("uk", ADDRESS),),
        pictures=(photo,),
    )


RECORDS = make_records()


def find_path_faults(names: list[str]) -> list[str]:
    """Return the names in a zip that could lead out of its folder, or twice to one place."""
    return [name for name in names if not _SAFE_PATH.fullmatch(name) or names.count(name) > 1]


def find_page_faults(page: str, **more: Any) -> list[str]:
    """Return what is strange in a page."""
    return read_outline(page, **more).strange


def find_paste_faults(html: str) -> list[str]:
    """Return what is strange in HTML that is pasted into an editor of posts; its blocks are marked so."""
    marks = [mark for mark in _COMMENT.findall(html) if not _BLOCK_MARK.fullmatch(mark)]
    page = read_outline(f"<article>{html}</article>", files=("pictures/",), also=FIGURE)
    return [*page.strange, *marks]


def find_markdown_faults(text: str) -> list[str]:
    """Return what is strange in Markdown for a reader that takes HTML."""
    return read_outline(f"<article>{MarkdownIt('commonmark').render(text)}</article>").strange


class Boxes(HTMLParser):
    """Reads what can be copied from a page: the contents of its text areas."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "textarea"
        self.values += [""] if self._inside else []

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.values[-1] += data


def read_boxes(page: str) -> list[str]:
    boxes = Boxes()
    boxes.feed(page)
    return [value.removeprefix("\n") for value in boxes.values]


def judge_bundle(content: bytes) -> Iterator[object]:
    """Give every fault of a bundle of the hostile stories."""
    packed = zipfile.ZipFile(io.BytesIO(content))
    yield from find_path_faults(packed.namelist())
    names = FolderNames(record.uid for record in RECORDS)
    folders = {record.uid: bundle.name_folder(record, names) for record in RECORDS}
    for record in RECORDS:
        files = {
            name: packed.read(f"{folders[record.uid]}/story.{name}").decode()
            for name in ("json", "md", "html")
        }
        yield from find_page_faults(files["html"], files=("pictures/",), also=STORY_PAGE)
        yield from _judge_data(record, json.loads(files["json"]))
        yield from _judge_markdown(record, files["md"])
    licences = packed.read("LICENSE.txt").decode().split("\n")
    yield from (record.uid for record in RECORDS if licences.count(record.attribution) < 1)


def _judge_data(record: ExportRecord, held: dict[str, Any]) -> Iterator[object]:
    for one in fields(record):
        value = getattr(record, one.name)
        if isinstance(value, str) and held[one.name] != unicodedata.normalize("NFC", value):
            yield record.uid, one.name
    if paragraphs(to_blocks(held["body_markdown"])) != paragraphs(record.body):
        yield record.uid, "body"
    yield from find_paste_faults(held["body_html"])


def _judge_markdown(record: ExportRecord, text: str) -> Iterator[object]:
    head, body = text.removeprefix("---\n").split("\n---\n\n", 1)
    matter = yaml.safe_load(head.replace("{\u2060", "{"))  # what parts a code of a site generator, unseen
    said = [
        matter["title"],
        matter["description"],
        matter["authors"],
        [topic["name"] for topic in matter["params"]["topics"]],
        matter["params"]["bio"],
    ]
    if said != [record.title, record.excerpt, [record.byline], [record.topics[0].name], record.bio]:
        yield record.uid, said
    yield from find_markdown_faults(body)


def judge_sheets(content: bytes) -> Iterator[object]:
    """Give every fault of a page of hand-off sheets for the hostile stories."""
    page = content.decode()
    yield from find_page_faults(page)
    sheets = [fill_sheet(record) for record in RECORDS]
    wanted = [field.value for sheet in sheets for field in sheet.fields]
    yield from (pair for pair in zip(read_boxes(page), wanted, strict=True) if pair[0] != pair[1])
    for sheet in sheets:
        for field in sheet.fields:
            if field.key in ("blocks", "html", "licence"):
                yield from find_paste_faults(field.value)


JUDGES: dict[str, Callable[[bytes], Iterator[object]]] = {"bundle": judge_bundle, "handoff": judge_sheets}
"""Who reads a format as the program it is for would; of the others the kit looks for every word."""

FORMATS = installed_formats().usable
ONE_DATABASE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
"""What is exported is a value: no database has a part in it."""


def test_every_format_is_read_by_somebody() -> None:
    assert set(JUDGES) | set(READERS) == set(FORMATS)


@ONE_DATABASE
@pytest.mark.parametrize("name", JUDGES)
def test_an_export_of_hostile_stories_is_what_it_claims_to_be(app: Flask, name: str) -> None:
    with app.test_request_context():
        assert list(JUDGES[name](write_file(name, RECORDS))) == []


@pytest.mark.parametrize("name", sorted(set(FORMATS) - set(JUDGES)))
def test_every_hostile_word_comes_back_from_a_file_with_safe_paths(name: str) -> None:
    read_back, parts = READERS[name]
    assert find_faults(FORMATS[name], read_back, parts=parts, records=RECORDS) == []
    if FORMATS[name].suffix == "zip":
        packed = zipfile.ZipFile(io.BytesIO(write_file(name, RECORDS[:3])))
        assert find_path_faults(packed.namelist()) == []


def take_own_data(answer: TestResponse) -> Iterator[object]:
    """Give every fault of what a contributor takes along."""
    packed = zipfile.ZipFile(io.BytesIO(answer.data))
    yield from find_path_faults(packed.namelist())
    page = read_outline(packed.read("data.html").decode(), files=("photos/", "documents/", "originals/"))
    yield from page.strange
    yield from ({bone.split()[0].removeprefix("/") for bone in page.bones} - OWN_PAGE - {"declaration"})
    held = json.loads(packed.read("data.json"))
    said = " ".join(" ".join(page.words).split())
    sent = [answer for one in held["sent"] for answer in one["answers"].values() if isinstance(answer, str)]
    texts = [*(one["text"] for one in held["messages"]), *(text for text in sent if " " in text)]
    paragraphs = [" ".join(part.split()) for text in texts for part in text.split("\n\n")]
    yield from (part for part in paragraphs if part not in said)


@ONE_DATABASE
def test_what_people_take_along_is_what_it_claims_to_be(app: Flask) -> None:
    world, _ = build_hostile_world(app, UKRAINIAN)
    for who in ("story received", "written again", "published", "objected"):
        client = world.open_client(who)
        form = find_form(client.get("/uk/my/data").text, action="/my/data")
        answer = client.post(form["action"], data=form["values"], buffered=True)
        assert (who, answer.mimetype, list(take_own_data(answer))) == (who, "application/zip", [])


@ONE_DATABASE
def test_the_desk_exports_a_hostile_portal(app: Flask) -> None:
    world, _ = build_hostile_world(app, UKRAINIAN)
    client = world.open_client(Role.EDITOR)
    address = f"/desk/coverages/{world.slug}/export"
    form = find_form(client.get(address).text, field="format")
    found = {}
    for name in FORMATS:
        data = {**form["values"], "all_approved": "y", "format": name}
        answer = client.post(address, data=data, follow_redirects=True, buffered=True)
        found[name] = (answer.status_code, answer.content_length is not None)
    assert found == dict.fromkeys(FORMATS, (200, True))


@pytest.mark.parametrize(
    "name", ["../a.txt", "/a.txt", "a/../../b.txt", "C:\\a.txt", "a\u202etxt.exe", "a/.b.md"]
)
def test_a_path_that_leads_out_of_the_folder_is_found(name: str) -> None:
    assert find_path_faults([name, "uk-01234567/story.md"]) == [name]


def test_a_file_that_says_its_words_raw_is_found() -> None:
    raw = (
        "<article><img src=x onerror=alert(1)><script>alert(1)</script><a href='javascript:x'>x</a></article>"
    )
    found = [len(find_page_faults(raw)), len(find_paste_faults(raw)), len(find_markdown_faults(raw))]
    assert [one > 2 for one in found] == [True, True, True]


def test_a_mark_that_is_no_block_is_found() -> None:
    assert find_paste_faults("<!-- wp:html --><p>A</p><!-- call her lawyer -->") == [" call her lawyer "]
