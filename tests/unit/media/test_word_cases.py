"""Word files as people have them: every word is kept or known to be hidden, what is left out is counted."""

from pathlib import Path

import pytest

from portal.media.reading import read_text
from tests.word_cases import WORD_CASES, WordCase


@pytest.mark.parametrize("case", WORD_CASES, ids=lambda case: case.name)
def test_a_word_file_is_read_as_it_shows_itself(tmp_path: Path, case: WordCase) -> None:
    (tmp_path / "sent").write_bytes(case.sent)
    read = read_text(tmp_path / "sent")
    assert (
        read.text.partition("\n\n[^1]: ")[0],
        read.letters.unplaced,
        read.letters.hidden,
        read.letters.readings,
        dict(read.dropped),
    ) == (case.whole_text, (), case.hidden, case.readings, case.dropped)
