"""Traces of what was erased: its photos and letters, and what the files of the database still hold of it."""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from portal.bulk_run import cut_blocks
from portal.database import empty_log, snapshot, transaction
from portal.domain.data_inventory import TABLES_OF_TEXTS
from portal.domain.sweeps import may_rewrite
from portal.extensions import current_portal, db
from portal.operations.file_removal import LETTER_SUFFIX, MOST, clear_removed, list_removed, name_partial
from portal.operations.sweeps import end_sweep, is_swept, list_settled
from portal.pg_repack import clear_remains, find_lack
from portal.storage import remove_files
from portal.table_rewrite import TableRewrite, measure_tables

_log = logging.getLogger(__name__)


def clear_at_once(*, at: datetime) -> bool:
    """Clear the traces of what was erased a moment ago; say whether none are left.

    For a page, after the commit: whatever is in the way now, the worker comes back to it. PostgreSQL's tables
    are left to the worker.
    """
    try:
        is_clear = remove_noted_files()
        return db.engine.dialect.name == "sqlite" and sweep_database(at=at) and is_clear
    except (SQLAlchemyError, OSError) as error:
        _log.warning("what was erased is not out of all files yet: %s", type(error).__name__)
        return False


def remove_noted_files() -> bool:
    """Delete files whose rows are gone; one that cannot be deleted now is tried again the next time."""
    instance = current_portal().instance
    with snapshot() as session:
        names = list_removed(session)
    gone, failed = [], 0
    for name in names:
        try:
            if name.endswith(LETTER_SUFFIX):
                partial = name_partial(name.removesuffix(LETTER_SUFFIX))
                remove_files(instance.mail_folder, [name, partial])
            else:
                remove_files(instance.files_folder, [name])
            gone.append(name)
        except OSError:
            failed += 1
    for part in cut_blocks(gone, MOST):
        with transaction() as session:
            clear_removed(session, part)
    if failed:
        _log.error("%s files of erased texts could not be deleted; they are tried again", failed)
    return not failed


def sweep_database(
    *, at: datetime, by_hand: bool = False, is_stopping: Callable[[], bool] = lambda: False
) -> bool:
    """Clear the database's files of what was erased; say whether nothing is left.

    What waits is a row each, so one that is killed or stopped is done again. By hand no table is too large.
    Needs an application context.
    """
    if db.engine.dialect.name == "postgresql":
        clear_remains(db.engine)
    with snapshot() as session:
        settled = list_settled(session)
    if settled and _overwrite(at=at, by_hand=by_hand, is_stopping=is_stopping):
        for part in cut_blocks(settled, MOST):
            with transaction() as session:
                end_sweep(session, part)
    with snapshot() as session:
        return is_swept(session)


def _overwrite(*, at: datetime, by_hand: bool, is_stopping: Callable[[], bool]) -> bool:
    if db.engine.dialect.name == "sqlite":
        return empty_log(db.engine)
    with snapshot() as session:
        sizes = measure_tables(session, TABLES_OF_TEXTS)
        if not by_hand and not may_rewrite(sum(sizes.values()), at=at):
            return False
        lack = find_lack(session)
    rewrite = TableRewrite(db.engine, lack, is_patient=by_hand, is_stopping=is_stopping)
    if not rewrite.rewrite_tables(sizes):
        return False
    rewrite.run.end(current_portal().instance.folder)
    return True
