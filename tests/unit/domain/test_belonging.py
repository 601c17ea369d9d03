"""Folder and database: which pairs are one portal, and what is said of the others."""

from dataclasses import replace

import pytest

from portal.domain.belonging import (
    Content,
    DatabaseFacts,
    DatabaseKind,
    DatabaseStanding,
    FolderFacts,
    LogMark,
    Mismatch,
    derive_instance_id,
    find_mismatch,
)

OURS, THEIRS = derive_instance_id(b"ours"), derive_instance_id(b"theirs")
NO_FOLDER = FolderFacts()
OPENED = FolderFacts(instance_id=OURS)
OLD = FolderFacts(instance_id=OURS, has_files=True)
USED = FolderFacts(OURS, OURS, DatabaseKind.SQLITE, LogMark(7, "ab"), has_files=True)
ON_POSTGRESQL = replace(USED, kind=DatabaseKind.POSTGRESQL)
NOTHING = DatabaseFacts(DatabaseKind.SQLITE)
UNTOUCHED = DatabaseFacts(DatabaseKind.POSTGRESQL, Content.EMPTY)
FILLED = DatabaseFacts(DatabaseKind.SQLITE, Content.FILLED, OURS)
BEFORE_IDS = replace(FILLED, instance_id="")
MOVED = replace(FILLED, standing=DatabaseStanding.MOVED)
ELSEWHERE = DatabaseFacts(DatabaseKind.POSTGRESQL, Content.FILLED, OURS)
FOREIGN = replace(ELSEWHERE, instance_id=THEIRS)

ONE_PORTAL = [
    (NO_FOLDER, NOTHING, None),
    (OPENED, NOTHING, None),
    (OPENED, replace(UNTOUCHED, instance_id=OURS), None),
    (OPENED, BEFORE_IDS, None),
    (OLD, BEFORE_IDS, None),
    (USED, BEFORE_IDS, None),
    (OPENED, FILLED, None),
    (USED, FILLED, None),
    (USED, replace(FILLED, content=Content.EMPTY), None),
    (USED, ELSEWHERE, NOTHING),
    (ON_POSTGRESQL, ELSEWHERE, None),
    (ON_POSTGRESQL, ELSEWHERE, MOVED),
    (OPENED, UNTOUCHED, replace(FILLED, content=Content.EMPTY)),
]

MISMATCHES = [
    (OLD, NOTHING, None, Mismatch.EMPTY_DATABASE),
    (USED, NOTHING, None, Mismatch.EMPTY_DATABASE),
    (OLD, UNTOUCHED, None, Mismatch.EMPTY_DATABASE),
    (replace(USED, has_files=False), UNTOUCHED, None, Mismatch.EMPTY_DATABASE),
    (ON_POSTGRESQL, UNTOUCHED, None, Mismatch.EMPTY_DATABASE),
    (NO_FOLDER, FILLED, None, Mismatch.FRESH_FOLDER),
    (NO_FOLDER, BEFORE_IDS, None, Mismatch.FRESH_FOLDER),
    (NO_FOLDER, ELSEWHERE, None, Mismatch.FRESH_FOLDER),
    (OPENED, FOREIGN, None, Mismatch.FRESH_FOLDER),
    (USED, FOREIGN, None, Mismatch.OTHER_INSTANCE),
    (OLD, FOREIGN, None, Mismatch.OTHER_INSTANCE),
    (USED, replace(FOREIGN, content=Content.EMPTY), None, Mismatch.OTHER_INSTANCE),
    (replace(USED, instance_id=THEIRS), FILLED, None, Mismatch.OTHER_SECRETS),
    (OLD, replace(BEFORE_IDS, fits_secrets=False), None, Mismatch.OTHER_SECRETS),
    (OLD, UNTOUCHED, FILLED, Mismatch.SQLITE_LEFT),
    (USED, UNTOUCHED, FILLED, Mismatch.SQLITE_LEFT),
    (USED, ELSEWHERE, BEFORE_IDS, Mismatch.SQLITE_LEFT),
    (USED, FOREIGN, FILLED, Mismatch.SQLITE_LEFT),
    (USED, replace(ELSEWHERE, standing=DatabaseStanding.ARRIVING), FILLED, Mismatch.MOVE_UNFINISHED),
    (USED, replace(ELSEWHERE, standing=DatabaseStanding.ARRIVING), MOVED, Mismatch.MOVE_UNFINISHED),
    (USED, MOVED, None, Mismatch.ON_POSTGRESQL),
    (ON_POSTGRESQL, NOTHING, None, Mismatch.ON_POSTGRESQL),
    (ON_POSTGRESQL, FILLED, None, Mismatch.ON_POSTGRESQL),
    (NO_FOLDER, replace(UNTOUCHED, content=Content.OTHERS), None, Mismatch.FOREIGN_TABLES),
    (USED, replace(UNTOUCHED, content=Content.OTHERS), None, Mismatch.FOREIGN_TABLES),
    (USED, replace(FILLED, content=Content.NEWER), None, Mismatch.NEWER_DATABASE),
    (USED, replace(FILLED, holds_mark=False), None, Mismatch.OLDER_DATABASE),
    (USED, replace(BEFORE_IDS, holds_mark=False), None, Mismatch.OLDER_DATABASE),
]


@pytest.mark.parametrize(("folder", "database", "left"), ONE_PORTAL)
def test_what_belongs_together_is_used(
    folder: FolderFacts, database: DatabaseFacts, left: DatabaseFacts | None
) -> None:
    assert find_mismatch(folder, database, left=left) is None


@pytest.mark.parametrize(("folder", "database", "left", "found"), MISMATCHES)
def test_what_does_not_is_told_apart(
    folder: FolderFacts, database: DatabaseFacts, left: DatabaseFacts | None, found: Mismatch
) -> None:
    assert find_mismatch(folder, database, left=left) is found


def test_every_mismatch_is_brought_about() -> None:
    assert {found for *_pair, found in MISMATCHES} == set(Mismatch)


def test_the_id_tells_nothing_of_the_secret() -> None:
    assert (len(OURS), OURS == THEIRS, b"ours".hex() in OURS) == (32, False, False)
