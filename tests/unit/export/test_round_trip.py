"""Every character that somebody typed comes back from every format, by the kit for formats."""

import pytest

from portal.export.formats import installed_formats
from portal.export.testing import find_faults
from tests.support.format_readers import READERS


@pytest.mark.parametrize("name", READERS)
def test_every_character_comes_back(name: str) -> None:
    read_back, parts = READERS[name]
    assert find_faults(installed_formats().usable[name], read_back, parts=parts) == []


def test_every_format_is_read_back() -> None:
    assert set(READERS) == set(installed_formats().usable) - {"handoff"}  # tests/unit/export/test_handoff.py
