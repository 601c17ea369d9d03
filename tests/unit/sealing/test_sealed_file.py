"""Sealed files: what is in them comes back whole, and no file that is not what was sealed gives anything."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from portal.sealing.keys import KEY_BYTES, KEY_ID_BYTES, CannotOpen, KeyRing, file_key_place
from portal.sealing.sealed_file import SealedFile, count_blocks, open_sealed_file, sealed_size
from portal.storage import read_file, store_file

BLOCK, TAG = 64 * 1024, 16
CONTENT = bytes(number % 251 for number in range(3 * BLOCK - 5))


@pytest.fixture
def stored(tmp_path: Path) -> SealedFile:
    """A file of three blocks."""
    return store_file(tmp_path, CONTENT)


def cut(content: bytes, start: int, end: int) -> bytes:
    return content[: 1 + start * (BLOCK + TAG)] + content[1 + end * (BLOCK + TAG) :]


def swap(content: bytes) -> bytes:
    """Change places of the first two blocks."""
    one, two = content[1 : 1 + BLOCK + TAG], content[1 + BLOCK + TAG : 1 + 2 * (BLOCK + TAG)]
    return content[:1] + two + one + content[1 + 2 * (BLOCK + TAG) :]


def flip(content: bytes, place: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 1
    return bytes(changed)


FAULTS: dict[str, Callable[[bytes], bytes]] = {
    "cut off by a byte": lambda content: content[:-1],
    "longer by a byte": lambda content: content + b"\0",
    "without its last block": lambda content: cut(content, 2, 3),
    "without a block inside": lambda content: cut(content, 1, 2),
    "with a block twice": lambda content: cut(content, 1, 2) + content[-BLOCK - TAG :],
    "in another order": swap,
    "of another version": lambda content: flip(content, 0),
    "changed at its beginning": lambda content: flip(content, 1),
    "changed at its end": lambda content: flip(content, -1),
    "changed where only zeros are": lambda content: flip(content, -1 - TAG),
    "empty": lambda content: b"",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_is_not_what_was_sealed_gives_nothing(
    tmp_path: Path, stored: SealedFile, fault: str
) -> None:
    path = tmp_path / stored.name
    path.write_bytes(FAULTS[fault](path.read_bytes()))
    with pytest.raises(OSError, match="Input/output error"):
        read_file(tmp_path, stored)


def test_a_file_in_the_place_of_another_gives_nothing(tmp_path: Path, stored: SealedFile) -> None:
    other = store_file(tmp_path, CONTENT)
    with pytest.raises(OSError, match="Input/output error"):
        read_file(tmp_path, replace(stored, name=other.name))


def test_the_key_of_another_file_opens_nothing(tmp_path: Path, stored: SealedFile) -> None:
    other = store_file(tmp_path, CONTENT)
    with pytest.raises(OSError, match="Input/output error"):
        read_file(tmp_path, replace(stored, key=other.key))


def test_a_key_in_the_row_of_another_file_opens_nothing(stored: SealedFile) -> None:
    ring = KeyRing({b"\1" * KEY_ID_BYTES: b"\2" * KEY_BYTES}, b"\1" * KEY_ID_BYTES)
    envelope = ring.seal(stored.key or b"", file_key_place(stored.name))
    assert ring.open(envelope, file_key_place(stored.name)) == stored.key
    with pytest.raises(CannotOpen):
        ring.open(envelope, file_key_place("a" * 32))


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 20 * BLOCK + 1])
def test_what_was_stored_comes_back(tmp_path: Path, size: int) -> None:
    content = (CONTENT * (size // len(CONTENT) + 1))[:size]
    stored = store_file(tmp_path, content)
    assert read_file(tmp_path, stored) == content
    assert (tmp_path / stored.name).stat().st_size == stored.size == sealed_size(size)


def test_any_part_is_read_from_anywhere(tmp_path: Path, stored: SealedFile) -> None:
    """The web server asks where the end is, and reads on from where the line has come."""
    with open_sealed_file(tmp_path / stored.name, stored) as opened:
        length = opened.seek(0, io.SEEK_END)
        parts = [(opened.seek(at), opened.read(BLOCK)) for at in (2 * BLOCK + 9, BLOCK - 3, len(CONTENT), 0)]
    assert length == len(CONTENT)
    assert parts == [(at, CONTENT[at : at + BLOCK]) for at, _ in parts]


def test_a_file_in_the_open_is_read_and_compared(tmp_path: Path, stored: SealedFile) -> None:
    """As an earlier release left it, until there is room to seal it."""
    path = tmp_path / stored.name
    path.write_bytes(CONTENT)
    opened = replace(stored, key=None, sha256=hash_of(CONTENT))
    assert read_file(tmp_path, opened) == CONTENT
    path.write_bytes(flip(CONTENT, 7))
    with pytest.raises(OSError, match="Input/output error"):
        read_file(tmp_path, opened)


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_the_same_file_twice_looks_like_two(tmp_path: Path, stored: SealedFile) -> None:
    paths = [tmp_path / one.name for one in (stored, store_file(tmp_path, CONTENT))]
    one, two = (path.read_bytes() for path in paths)
    assert {one[at : at + TAG] for at in range(0, len(one), TAG)} & {
        two[at : at + TAG] for at in range(0, len(two), TAG)
    } == set()


@pytest.mark.parametrize(
    ("size", "blocks"),
    [(0, 1), (1, 1), (BLOCK, 1), (BLOCK + 1, 2), (15 * BLOCK, 15), (16 * BLOCK + 1, 18), (65 * BLOCK, 72)],
)
def test_a_length_is_told_in_steps(size: int, blocks: int) -> None:
    assert count_blocks(size) == blocks


def test_longer_files_never_take_less_and_at_most_an_eighth_more() -> None:
    needed = range(8, 2000)
    taken = [count_blocks(number * BLOCK) for number in needed]
    assert taken == sorted(taken)
    assert max(took / number for took, number in zip(taken, needed, strict=True)) <= 9 / 8
