"""The instance folder: made once, whole, and for its owner's eyes only."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from portal.instance import Instance, open_instance

OPENERS = 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "instance"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("name", ["secrets.json", "keyring.json"])
def test_only_the_owner_reads_the_secrets(folder: Path, name: str) -> None:
    open_instance(folder)
    assert mode_of(folder / name) == 0o600


def test_only_the_owner_enters_the_folder(folder: Path) -> None:
    open_instance(folder)
    assert mode_of(folder) == 0o700


def test_only_the_owner_enters_the_folder_of_written_mail(folder: Path) -> None:
    assert mode_of(open_instance(folder).mail_folder) == 0o700


def test_the_first_opening_leaves_nothing_half_written(folder: Path) -> None:
    open_instance(folder)
    assert sorted(one.name for one in folder.iterdir()) == ["files", "keyring.json", "mail", "secrets.json"]


def test_the_second_opening_finds_the_same_secrets(folder: Path) -> None:
    assert open_instance(folder) == open_instance(folder)


def test_the_secrets_of_one_instance_are_all_different(folder: Path) -> None:
    opened = open_instance(folder)
    found = {opened.session_secret, opened.receipt_secret.hex(), opened.password_salt, opened.totp_secret}
    assert len(found) == 4


def test_two_instances_share_no_key(tmp_path: Path) -> None:
    one, other = open_instance(tmp_path / "one"), open_instance(tmp_path / "other")
    assert set(one.keys.keys.values()) & set(other.keys.keys.values()) == set()


def test_a_fresh_ring_seals_and_opens(folder: Path) -> None:
    keys = open_instance(folder).keys
    assert keys.open(keys.seal(b"Taipei", "here"), "here") == b"Taipei"


def test_keys_added_to_the_ring_are_read(folder: Path) -> None:
    first = open_instance(folder)
    ring = json.loads((folder / "keyring.json").read_text(encoding="utf-8"))
    added = "00000001"
    (folder / "keyring.json").write_text(
        json.dumps({**ring, added: "ab" * 32, "current": added}), encoding="utf-8"
    )
    opened = open_instance(folder).keys
    assert (dict(opened.keys), opened.current) == (
        {**first.keys.keys, b"\0\0\0\1": b"\xab" * 32},
        b"\0\0\0\1",
    )


@pytest.mark.parametrize("turn", range(5))
def test_openers_at_the_same_moment_get_one_set_of_secrets(tmp_path: Path, turn: int) -> None:
    together = Barrier(OPENERS)

    def open_together(_: int) -> Instance:
        together.wait()
        return open_instance(tmp_path / f"instance{turn}")

    with ThreadPoolExecutor(OPENERS) as pool:
        opened = list(pool.map(open_together, range(OPENERS)))
    assert opened == [opened[0]] * OPENERS
