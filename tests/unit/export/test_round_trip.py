"""Every character that somebody typed comes back from every format, by the kit for formats."""

import io
import json
import zipfile
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pytest

from portal.export.formats import installed_formats
from portal.export.testing import TEXTS, ReadBack, find_faults
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


READERS: Mapping[str, tuple[ReadBack, Collection[str]]] = {
    "bundle": (read_bundle, TEXTS),
}
"""What reads a format back, and the parts of a story that it holds."""


@pytest.mark.parametrize("name", READERS)
def test_every_character_comes_back(name: str) -> None:
    read_back, parts = READERS[name]
    assert find_faults(installed_formats().usable[name], read_back, parts=parts) == []


def test_every_format_is_read_back() -> None:
    assert set(READERS) == set(installed_formats().usable) - {"handoff"}  # tests/unit/export/test_handoff.py
