"""The files that ship, read as a folder is: no letter goes unsaid, and where one does it is noticed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from portal.media.document import ReadStory
from portal.media.letter_count import LetterCount
from tests.corpus.judging import BAD, Verdict, judge_files, read_here, sum_up
from tests.support.documents import make_open_document, make_word
from tests.support.docx_cases import WORD_CASES
from tests.support.encoded_texts import ENCODINGS, OURS, TEXTS

TOLD = sum(bool(case.hidden or case.readings or case.dropped) for case in WORD_CASES)


def test_of_the_files_that_ship_no_letter_is_lost_in_silence(tmp_path: Path) -> None:
    for number, case in enumerate(WORD_CASES):
        (tmp_path / f"{number}.docx").write_bytes(case.sent)
    judged = list(judge_files(sorted(tmp_path.iterdir()), read_here))
    assert sum_up(judged) == (
        f"{len(WORD_CASES)} files: read {len(WORD_CASES) - TOLD}, told {TOLD}, silent 0, junk 0, refused 0"
    )


@pytest.mark.parametrize("language", OURS)
def test_of_old_texts_that_ship_none_becomes_junk(tmp_path: Path, language: str) -> None:
    path = tmp_path / ENCODINGS[language][0] / "story.txt"
    path.parent.mkdir()
    path.write_bytes(" ".join(TEXTS[language]).encode(ENCODINGS[language][0], "ignore"))
    assert [one.verdict for one in judge_files([path], read_here) if one.verdict in BAD] == []


@pytest.mark.parametrize("make", [make_word, make_open_document])
def test_of_documents_with_everything_in_them_no_letter_is_lost_in_silence(
    tmp_path: Path, make: Callable[[], bytes]
) -> None:
    (tmp_path / "story").write_bytes(make())
    assert [one.verdict for one in judge_files(tmp_path.iterdir(), read_here)] == [Verdict.TOLD]


def lose_a_word(path: Path, scratch: Path) -> ReadStory:
    """Read a file as a reader would that loses its last word and does not notice."""
    read = read_here(path, scratch)
    return replace(read, text=read.text.rpartition(" ")[0])


def lose_and_tell(path: Path, scratch: Path) -> ReadStory:
    read = lose_a_word(path, scratch)
    return replace(read, letters=LetterCount(unplaced=("речення",)))


@pytest.mark.parametrize(
    ("reader", "verdict"), [(lose_a_word, Verdict.SILENT), (lose_and_tell, Verdict.TOLD)]
)
def test_a_word_that_is_lost_is_noticed(tmp_path: Path, reader: type, verdict: Verdict) -> None:
    (tmp_path / "story.docx").write_bytes(WORD_CASES[0].sent)
    assert [one.verdict for one in judge_files([tmp_path / "story.docx"], reader)] == [verdict]


def read_as_cp1251(path: Path, scratch: Path) -> ReadStory:
    read = read_here(path, scratch)
    return replace(read, text=path.read_bytes().decode("cp1251", errors="replace"))


@pytest.mark.parametrize("folder", ["koi8-u", "texts"])
def test_a_text_in_a_wrong_encoding_is_junk(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "story.txt"
    path.parent.mkdir()
    path.write_bytes("Ми жили у підвалі двадцять днів.".encode("koi8-u" if folder == "koi8-u" else "utf-8"))
    assert [one.verdict for one in judge_files([path], read_as_cp1251)] == [Verdict.JUNK]


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "program").write_bytes(b"\x7fELF\x00\x01")
    assert sum_up(list(judge_files(tmp_path.iterdir(), read_here))) == (
        "1 files: read 0, told 0, silent 0, junk 0, refused 1"
    )
