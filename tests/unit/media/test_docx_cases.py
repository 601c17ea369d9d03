"""Word files as people have them: every word is kept or known to be hidden, what is left out is counted."""

import subprocess
import sys
from pathlib import Path

import pytest

from portal.media.child_process import ExitCode, Refused
from portal.media.story_text import read_text
from tests.support.docx_cases import WORD_CASES
from tests.support.docx_files import WordCase, make_long_word, make_word


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


@pytest.mark.parametrize("part", ["styles", "numbering", "footnotes"])
def test_a_part_that_is_read_may_declare_nothing(tmp_path: Path, part: str) -> None:
    content = f"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><{part}>&e;</{part}>"
    sent = make_word("", parts={f"{part}.xml": content}, related={"x": (part, f"{part}.xml")})
    (tmp_path / "sent").write_bytes(sent)
    with pytest.raises(Refused) as refused:
        read_text(tmp_path / "sent")
    assert refused.value.outcome is ExitCode.SUSPICIOUS


_MEASURED = """
import re, sys
from pathlib import Path
from portal.media.worker import main
code = main("story", sys.argv[1], sys.argv[2])
print(f"\\n{code}", *re.findall(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text()))
"""
_KIBIBYTES = 400 * 1024


def test_a_hundred_pages_are_read_in_little_room(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(make_long_word(100))
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(tmp_path / "sent"), str(tmp_path / "text")],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    code, kibibytes = done.stdout.splitlines()[-1].split()
    assert (code, int(kibibytes) < _KIBIBYTES) == ("0", True)
