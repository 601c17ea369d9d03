"""The key ring's file: replaced as a whole, followed by whoever has it open."""

import json
import stat
from pathlib import Path

import pytest

from portal.instance import open_instance
from portal.sealing.ring_file import RingBusy, RingFile

PLACE = "here"


@pytest.fixture
def ring_file(tmp_path: Path) -> RingFile:
    return open_instance(tmp_path / "instance").ring_file


def test_a_new_key_is_the_one_that_seals(ring_file: RingFile) -> None:
    added = ring_file.add_key()
    assert ring_file.read()[1] == added


def test_the_earlier_key_stays_beside_it(ring_file: RingFile) -> None:
    before = dict(ring_file.read()[0])
    added = ring_file.add_key()
    kept = dict(ring_file.read()[0])
    kept.pop(added)
    assert kept == before


def test_only_the_owner_reads_the_new_file(ring_file: RingFile) -> None:
    ring_file.add_key()
    assert stat.S_IMODE(ring_file.path.stat().st_mode) == 0o600


def test_nothing_half_written_lies_beside_it(ring_file: RingFile) -> None:
    ring_file.add_key()
    found = sorted(one.name for one in ring_file.path.parent.iterdir())
    assert found == ["files", "keyring.json", "mail", "secrets.json"]


def test_an_open_ring_seals_with_the_new_key_at_once(ring_file: RingFile) -> None:
    ring = ring_file.open()
    added = ring_file.add_key()
    assert ring.seal(b"Taipei", PLACE)[1:5] == added


def test_an_open_ring_opens_what_another_process_sealed_with_the_new_key(ring_file: RingFile) -> None:
    ring = ring_file.open()
    ring_file.add_key()
    assert ring.open(ring_file.open().seal(b"Taipei", PLACE), PLACE) == b"Taipei"


def test_an_open_ring_still_opens_what_was_sealed_before(ring_file: RingFile) -> None:
    ring = ring_file.open()
    sealed = ring.seal(b"Taipei", PLACE)
    ring_file.add_key()
    assert ring_file.open().open(sealed, PLACE) == b"Taipei"


def test_a_ring_whose_file_is_gone_goes_on_with_the_keys_it_has(ring_file: RingFile) -> None:
    ring = ring_file.open()
    ring_file.path.unlink()
    assert ring.open(ring.seal(b"Taipei", PLACE), PLACE) == b"Taipei"


def test_a_dropped_key_is_in_the_file_no_more(ring_file: RingFile) -> None:
    (old,) = ring_file.read()[0]
    added = ring_file.add_key()
    ring_file.drop_keys([old])
    assert sorted(json.loads(ring_file.path.read_text())) == sorted(["current", added.hex()])


def test_the_key_that_seals_is_never_dropped(ring_file: RingFile) -> None:
    with pytest.raises(ValueError, match="current"):
        ring_file.drop_keys([ring_file.read()[1]])


def test_two_commands_do_not_change_the_ring_at_once(ring_file: RingFile) -> None:
    with ring_file.lock(), pytest.raises(RingBusy), ring_file.lock():
        pass


def test_after_one_command_the_next_may_change_it(ring_file: RingFile) -> None:
    for _ in range(2):
        with ring_file.lock():
            ring_file.add_key()
    assert len(ring_file.read()[0]) == 3
