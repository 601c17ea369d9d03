"""The door through which formats come: ours and those of other packages, by the same entry points."""

import io
import time
import tomllib
import zipfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import IO

import pytest

from portal.cli.doctor.command import examine_formats
from portal.domain.errors import FormatFailed
from portal.export.formats import GROUP, BrokenFormat, Format, installed_formats
from portal.export.record import ExportRecord
from portal.export.story_archive import zipped
from portal.export.testing import find_faults, make_records, write_file
from tests.support.packages import installed_package
from tests.unit.export.records import RECORD, make_record

ROOT = Path(__file__).resolve().parents[3]
LINES = r"""
import json
from portal.export.formats import Format
from portal.export.story_archive import zipped


def write_story(record, name):
    return {f"{name}.json": json.dumps([record.uid, record.title]).encode()}


FORMAT = Format(zipped(write_story), "zip", "application/zip", "Download titles", "A file for each title.")
NOTHING = 7


class Breaking:
    def __init__(self, out, uids): pass
    def add(self, record): raise KeyError(record.title)
    def finish(self): pass
    def leave_out(self, uids): pass
    def close(self): pass


BREAKING = Format(Breaking, "txt", "text/plain", "Download trouble", "It breaks.")


class Idle(Breaking):
    def add(self, record): pass


class Offline(Breaking):
    def add(self, record): open("/no/such/file")


class Ending(Breaking):
    def add(self, record): raise SystemExit(3)


class Closing(Breaking):
    def __init__(self, out, uids): self.out = out
    def add(self, record): self.out.write(b"words")
    def finish(self): self.out.close()


class Staying(Breaking):
    def __init__(self, out, uids): self.out = out
    def add(self, record): self.out.write(b"words")
    def close(self): raise KeyError("words")


def make_trouble(begin):
    return Format(begin, "zip", "application/zip", "Download trouble", "It breaks.")


IDLE, OFFLINE, ENDING, CLOSING, STAYING = map(make_trouble, (Idle, Offline, Ending, Closing, Staying))
FOREIGN = make_trouble(lambda out, uids: {})
EMPTY = make_trouble(zipped(lambda record, name: {}))
SAME = make_trouble(zipped(lambda record, name: {"feed.xml": record.title.encode()}))
OUTSIDE = make_trouble(zipped(lambda record, name: {f"../{name}.xml": b""}))
BACKWARDS = make_trouble(zipped(lambda record, name: {f"a\\{name}.xml": b""}))
UNNAMED = Format(Idle, "txt", "text/plain", "", "It has no name.")
UNTYPED = Format(Idle, "txt", "text/plain\r\nX: y", "Download trouble", "It breaks.")
"""


def test_ours_are_those_that_the_package_declares_in_the_order_of_their_names() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert list(installed_formats().usable) == sorted(declared["project"]["entry-points"][GROUP])


def test_a_package_that_is_installed_adds_a_format_after_ours(tmp_path: Path) -> None:
    ours = list(installed_formats().usable)
    with installed_package(tmp_path, "titles_format", LINES, {"a-titles": "titles_format:FORMAT"}):
        assert list(installed_formats().usable) == [*ours, "a-titles"]


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("gone", "no_such_module_7f3a:FORMAT", "ModuleNotFoundError: No module named 'no_such_module_7f3a'"),
        ("nothing", "bad_format:NOTHING", "TypeError: bad_format:NOTHING is no portal.export.formats.Format"),
        ("bundle", "bad_format:FORMAT", "ValueError: another format has this name"),
        ("../x", "bad_format:FORMAT", "ValueError: a name is of small letters, digits and hyphens"),
        ("unnamed", "bad_format:UNNAMED", "ValueError: its button says nothing"),
        ("untyped", "bad_format:UNTYPED", "ValueError: 'text/plain\\r\\nX: y' is no media type"),
    ],
)
def test_what_cannot_be_used_is_named_by_the_doctor_and_the_others_still_work(
    tmp_path: Path, name: str, value: str, fault: str
) -> None:
    ours = list(installed_formats().usable)
    with installed_package(tmp_path, "bad_format", LINES, {name: value}):
        found = installed_formats()
        (said,) = (one.sentence for one in examine_formats(found))
    assert (list(found.usable), found.broken) == (ours, (BrokenFormat(name, "bad_format", fault),))
    assert said == (
        f"The export format {name} of the package bad_format cannot be used: {fault}. "
        "Update the package or remove it."
    )


def test_a_module_that_ends_the_program_breaks_nothing(tmp_path: Path) -> None:
    with installed_package(tmp_path, "ending_format", "raise SystemExit(3)", {"x": "ending_format:FORMAT"}):
        assert installed_formats().broken == (BrokenFormat("x", "ending_format", "SystemExit: 3"),)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("BREAKING", "KeyError"),
        ("IDLE", "EmptyFile"),
        ("OFFLINE", "FileNotFoundError"),
        ("ENDING", "SystemExit"),
        ("CLOSING", "ValueError"),
        ("FOREIGN", "AttributeError"),
        ("EMPTY", "EmptyFile"),
        ("SAME", "FileExistsError"),
        ("OUTSIDE", "ValueError"),
        ("BACKWARDS", "ValueError"),
    ],
)
def test_a_writer_that_fails_says_so_without_a_word_of_the_story(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, value: str, fault: str
) -> None:
    other = make_record(uid="f" * 32)
    with installed_package(tmp_path, "weak_format", LINES, {"weak": f"weak_format:{value}"}):
        made = installed_formats().usable["weak"]
        with pytest.raises(FormatFailed) as failed:
            write_file(made, [RECORD, other])
    assert (failed.value.name, failed.value.__suppress_context__) == ("weak", True)
    assert {one.getMessage() for one in caplog.records} == {f"The format weak failed: {fault}"}


def test_a_writer_that_cannot_let_go_of_a_whole_file_keeps_nobody_from_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with installed_package(tmp_path, "staying_format", LINES, {"staying": "staying_format:STAYING"}):
        assert write_file(installed_formats().usable["staying"], [RECORD]) == b"words"
    assert [one.getMessage() for one in caplog.records] == ["The format staying failed: KeyError"]


def test_a_full_disk_is_no_fault_of_a_package(tmp_path: Path) -> None:
    lines = LINES.replace("raise KeyError(record.title)", "raise OSError(28, 'No space left on device')")
    with installed_package(tmp_path, "full_format", lines, {"full": "full_format:BREAKING"}):
        made = installed_formats().usable["full"]
        with pytest.raises(OSError, match="No space left on device"):
            write_file(made, [RECORD])


def test_the_kit_finds_what_a_format_loses() -> None:
    def write_story(record: ExportRecord, name: str) -> dict[str, bytes]:
        return {f"{name}.txt": f"{record.uid}\n{record.title.replace('’', '')}".encode()}

    def read_back(content: bytes) -> dict[str, list[str]]:
        packed = zipfile.ZipFile(io.BytesIO(content))
        texts = (packed.read(name).decode().split("\n", 1) for name in packed.namelist())
        return {uid: [title] for uid, title in texts}

    made = Format(zipped(write_story), "zip", "application/zip", "", "")
    (record, *_others) = make_records()
    assert find_faults(made, read_back, parts={"title"}, records=[record]) == [
        f"{record.uid}: title: {record.title!r} does not come back"
    ]


def test_the_kit_finds_a_part_that_a_format_leaves_out() -> None:
    def write_story(record: ExportRecord, name: str) -> dict[str, bytes]:
        return {f"{name}.txt": f"{record.uid}\n{record.title}\n".encode()}

    def read_back(content: bytes) -> dict[str, list[str]]:
        packed = zipfile.ZipFile(io.BytesIO(content))
        texts = (packed.read(name).decode().split("\n", 1) for name in packed.namelist())
        return {uid: [title] for uid, title in texts}

    made = Format(zipped(write_story), "zip", "application/zip", "", "")
    varied = make_records()[-1]
    assert find_faults(made, read_back, parts={"title", "dek"}) == [
        f"{varied.uid}: dek: {varied.dek!r} does not come back"
    ]


def test_the_kit_finds_a_format_that_keeps_what_was_taken_out_or_is_never_the_same() -> None:
    class Careless:
        def __init__(self, out: IO[bytes], _uids: Iterable[str]) -> None:
            self.out = out

        def add(self, record: ExportRecord) -> None:
            self.out.write(f"{record.uid} {record.title} {time.monotonic_ns()}\n".encode())

        def finish(self) -> None: ...

        def leave_out(self, uids: Collection[str]) -> None: ...

        def close(self) -> None: ...

    made = Format(Careless, "txt", "text/plain", "", "")
    records = make_records()[:2]
    assert find_faults(made, lambda _content: {one.uid: [one.title] for one in records}, parts={"title"}) == [
        *(f"{one.uid}: not in the file" for one in make_records()[2:]),
        *(
            f"{one.uid}: title: {one.title[:80]!r} does not come back"
            for one in make_records()[2:]
            if one.title not in {records[0].title, records[1].title}
        ),
        "equal stories do not give equal bytes",
        "a file that stories were taken out of differs from one they were never in",
        "words of a story that was taken out are still in the file",
    ]
