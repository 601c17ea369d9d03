"""Places for child processes: no more at a time than cores, whoever asks."""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from portal.media.process_slots import NoSlot, take_slot


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that no other test shares."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def hold_all(stack: ExitStack) -> None:
    for _core in range(os.cpu_count() or 1):
        stack.enter_context(take_slot(wait_seconds=0))


def test_there_are_no_more_places_than_cores() -> None:
    with ExitStack() as stack:
        hold_all(stack)
        with pytest.raises(NoSlot):
            stack.enter_context(take_slot(wait_seconds=0))


def test_a_place_is_free_again_afterwards() -> None:
    for _time in range(2):
        with ExitStack() as stack:
            hold_all(stack)


def test_a_folder_that_somebody_else_put_there_is_not_used(own_folder: Path) -> None:
    elsewhere = own_folder / "elsewhere"
    elsewhere.mkdir()
    (own_folder / f"portal-reading-{os.getuid()}").symlink_to(elsewhere)
    with pytest.raises(NoSlot), take_slot(wait_seconds=0):
        pass
