"""`portal backup --prove`: only what was restored, compared and opened is called proven."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from portal.cli.move import make_engine
from portal.cli.nightly import NightlyBackup
from portal.config import Settings
from portal.domain.states import State
from portal.instance import read_proof
from portal.models import Submission
from tests.reliability.backups import Case, find_file, flip
from tests.reliability.portals import ask, read_files, refuse, settings_of


def prove(case: Case) -> str:
    return refuse(case.folder, "backup", "--prove", str(case.to), **case.sealing)


def test_what_can_be_restored_is_proven_and_noted(case: Case) -> None:
    with make_engine(settings_of(case.folder)).connect() as connection:
        texts = connection.scalar(
            select(func.count()).select_from(Submission).where(Submission.state != State.ERASED)
        )
    files = len(read_files(case.folder))
    before = datetime.now(UTC)
    said = ask(case.folder, "backup", "--prove", str(case.to), **case.sealing)
    words = f"Proven: {texts} texts and {files} files can be restored from {case.backup.name}.\n"
    proof = read_proof(case.folder)
    assert (said.exit_code, said.output) == (0, words)
    assert proof is not None
    assert (proof.backup, proof.texts, proof.files, proof.faults) == (case.backup.name, texts, files, 0)
    assert before <= proof.at <= datetime.now(UTC)
    assert list((case.folder / ".proving").iterdir()) == []


def flip_file(case: Case) -> str:
    name, path = find_file(case)
    flip(path)
    return f"the file {name} was changed ({path})"


def lose_file(case: Case) -> str:
    name, path = find_file(case)
    path.unlink()
    return f"the file {name} is missing ({path})"


def flip_database(case: Case) -> str:
    flip(case.backup / "portal.sqlite3")
    return f"The backup {case.backup} is not whole: portal.sqlite3 was changed. Take another one."


def forget_passphrase(case: Case) -> str:
    case.passphrase.write_text("another passphrase")
    return "The passphrase does not open the secrets of this backup."


@pytest.mark.parametrize("spoil", [flip_file, lose_file, flip_database, forget_passphrase])
def test_a_fault_is_named_and_noted(case: Case, spoil: Callable[[Case], str]) -> None:
    words = spoil(case)
    assert prove(case) == words
    proof = read_proof(case.folder)
    assert proof is not None
    assert proof.faults == 1


def test_a_key_that_is_not_the_one_is_found_by_opening(unsaved: Case) -> None:
    ring = unsaved.folder / "keyring.json"
    kept = json.loads(ring.read_text())
    ring.write_text(json.dumps({**kept, kept["current"]: "ab" * 32}))
    unsaved.back_up()
    assert prove(unsaved).startswith("keyring.json does not open ")


def test_a_damaged_audit_log_is_found(unsaved: Case) -> None:
    with make_engine(settings_of(unsaved.folder)).begin() as connection:
        connection.execute(text("DROP TRIGGER audit_entry_never_changed"))
        connection.execute(text("UPDATE audit_entry SET act = 'other' WHERE seq = 2"))
    unsaved.back_up()
    assert prove(unsaved) == "the audit log is damaged at entry 2"


def test_without_a_backup_nothing_is_proven(unsaved: Case) -> None:
    assert (prove(unsaved), read_proof(unsaved.folder)) == (f"There is no backup in {unsaved.to}.", None)


def test_the_worker_makes_a_backup_and_proves_it_once_a_night(case: Case) -> None:
    settings = Settings(
        instance=case.folder, backup_to=str(case.to), backup_passphrase_file=str(case.passphrase)
    )
    nightly = NightlyBackup(settings)
    nightly.begin_if_due(at=datetime.now(UTC))
    begun = nightly.running
    assert begun is not None
    nightly.begin_if_due(at=datetime.now(UTC))
    assert nightly.running is begun
    begun.join()
    proof = read_proof(case.folder)
    assert proof is not None
    assert (begun.exitcode, proof.backup, proof.faults) == (0, case.backup.name, 0)
    nightly.begin_if_due(at=datetime.now(UTC))
    assert nightly.running is begun
    nightly.begin_if_due(at=datetime.now(UTC) + timedelta(days=1))
    second = nightly.running
    assert second is not begun
    assert second is not None
    second.terminate()
    second.join()
