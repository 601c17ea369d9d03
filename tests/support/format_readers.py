"""Readers of the formats in which stories leave: texts by the id of the story."""

import io
import json
import zipfile
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

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


READERS: Mapping[str, tuple[ReadBack, Collection[str]]] = {
    "bundle": (read_bundle, TEXTS),
    "docx": (read_documents, TEXTS),
}
"""What reads a format back, and the parts of a story that it holds."""
