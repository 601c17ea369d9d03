"""Erasing what has been kept long enough: by the worker once an hour, by hand when the clock guard asks."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

import click
from flask import Flask

from portal.bulk_run import BulkRun, cut_blocks
from portal.cli.belonging import still_belongs
from portal.cli.clearing import clear_files
from portal.cli.search import merge_index
from portal.cli.staff import in_portal
from portal.database import empty_log, snapshot, transaction
from portal.domain.bulk_runs import RunKind
from portal.domain.retention import ClockJumped, ErasingStopped, TooManyDue
from portal.extensions import current_portal, db
from portal.operations.contribute.unsent import delete_unfinished, list_unfinished
from portal.operations.private.unsent import delete_old_words, list_old_words
from portal.operations.retention import (
    check_erasing,
    delete_expired,
    end_erasing,
    erase_if_due,
    list_ends,
    note_ends,
    note_stop,
)
from portal.queries.retention import list_due
from portal.traces import clear_at_once, remove_noted_files, sweep_database

TEXTS_AT_ONCE = 5
"""Texts in a block of those whose end comes into sight, at most: the author of each may get a mail.

A text is erased in a block of its own: some twenty tables hold something of it, and each of its words is
looked for in the index of the search. That takes up to 70 ms among 100,000 texts.
"""
_MANY = 40
"""Texts from which on the clock takes its time: a block of it is as much work as two or three sendings."""
_log = logging.getLogger(__name__)


def erase_what_is_due(app: Flask, *, at: datetime, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Erase texts whose time is over, and their files; return how many texts. Traces: sweep_traces.

    The next run goes on where one was stopped. A run that the clock guard stops erases nothing. The log says
    so once, the command line until it is over. Nor does one on a database that has been put in the place of
    ours.
    """
    with app.app_context():
        with snapshot() as session:
            belongs = still_belongs(session)
        if not belongs:
            _log.error("nothing was erased: folder and database do not belong together; run: portal doctor")
            return 0
        note_coming_ends(at=at, is_stopping=is_stopping)
        try:
            erased = erase_due(at=at, is_stopping=is_stopping)
        except ErasingStopped as error:
            with transaction() as session:
                is_news = note_stop(session, at=at)
            if is_news:
                _log.error(
                    "nothing was erased: %s; check the clock, then run: portal erase-due --anyway", error
                )
            return 0
        clear_files(at=at)
        empty_log(db.engine)  # of what was changed, too
        clear_at_once(at=at)
    return erased


def note_coming_ends(*, at: datetime, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Have authors hear two weeks before that the clock ends their texts. Needs an application context."""
    with snapshot() as session:
        numbers = list_ends(session, at=at)
    run = BulkRun(RunKind.ERASING, is_patient=len(numbers) > _MANY)
    for block in run.cut_by_time(numbers, TEXTS_AT_ONCE):
        if is_stopping():
            return
        with run.write_block() as session:
            note_ends(session, block, at=at)


def sweep_traces(app: Flask, *, at: datetime, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Clear what was left when somebody erased: files that could not go, remnants in the database's files."""
    with app.app_context():
        with snapshot() as session:
            belongs = still_belongs(session)
        if belongs:  # else the hourly erasing says so
            remove_noted_files()
            sweep_database(at=at, is_stopping=is_stopping)


def erase_due(*, at: datetime, anyway: bool = False, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Erase every submission whose time is over and return how many; what else is over goes too.

    A block after the other: nobody who sends waits for more than one, and a run that is stopped or killed
    goes on with the next. Raises ClockJumped or TooManyDue, with nothing erased, when the clock may be wrong;
    `anyway` says that a person has looked. Needs an application context.
    """
    with snapshot() as session:
        if not anyway:
            check_erasing(session, at=at)
        numbers = list_due(session, at=at)
    run = BulkRun(RunKind.ERASING, is_patient=len(numbers) > _MANY)
    if numbers:
        merge_index(run, is_stopping=is_stopping)
    erased = 0
    for number in numbers:
        if is_stopping():
            return erased
        with run.write_block() as session:
            gone = erase_if_due(session, number, at=at)  # at hand until the log has named it
        erased += gone is not None
    for find, forget in ((list_unfinished, delete_unfinished), (list_old_words, delete_old_words)):
        with snapshot() as session:
            over = find(session, at=at)
        for block in cut_blocks(over):
            with run.write_block() as session:
                forget(session, block, at=at)
    clear_rows(run, at=at, anyway=True)
    with run.write_block() as session:
        end_erasing(session, at=at)
    run.end(current_portal().instance.folder)
    return erased


def clear_rows(run: BulkRun, *, at: datetime, anyway: bool = False) -> None:
    """Delete rows that are over and nobody misses, a block after the other. Raises ClockJumped."""
    is_more = True
    while is_more:
        with run.write_block() as session:
            is_more = delete_expired(session, at=at, anyway=anyway)


def clear_traces(*, at: datetime, anyway: bool = False, rewrite: bool = False) -> bool:
    """Delete files and letters whose rows are gone, set aside those nobody knows, sweep the database.

    Say whether its files hold nothing erased any more. Needs an application context.
    """
    clear_files(at=at, anyway=anyway)
    empty_log(db.engine)  # of what was changed, too
    return sweep_database(at=at, by_hand=rewrite)


@click.command("erase-due")
@click.option("--anyway", is_flag=True, help="Erase also when the clock may be wrong: you have looked at it.")
@click.option(
    "--rewrite", is_flag=True, help="Write tables of PostgreSQL anew that are too large for the worker."
)
@in_portal
def erase_due_command(*, anyway: bool, rewrite: bool) -> None:
    """Erase texts whose time is over. The worker does this once an hour.

    It stops and asks when more than a tenth of all would go at once that was not known to go two weeks ago,
    and when the clock went back or more than a week has passed since the last run: the machine may have been
    off, or its clock may be wrong. Both times are named; only a person can tell. Then --anyway goes on, also
    with setting aside more than a tenth of all files, which no text names.

    With --rewrite no file of the database holds a remnant of erased texts afterwards. On a PostgreSQL without
    pg_repack nobody can use the portal until then: minutes where there are gigabytes.
    """
    note_coming_ends(at=datetime.now(UTC))
    try:
        erased = erase_due(at=datetime.now(UTC), anyway=anyway)
    except TooManyDue as error:
        raise click.ClickException(
            f"{error.due} of {error.kept} submissions are due at once, and were not two weeks ago. "
            "Nothing was erased. Check the clock of this machine and how long the calls keep texts, "
            "then repeat with --anyway."
        ) from error
    except ClockJumped as error:
        raise click.ClickException(
            f"This machine says it is {error.now:%Y-%m-%d %H:%M} UTC; the last run was on "
            f"{error.last:%Y-%m-%d %H:%M} UTC. Nothing was erased. If the machine was off that long, repeat "
            "with --anyway. If its clock is wrong, set it."
        ) from error
    is_swept = clear_traces(at=datetime.now(UTC), anyway=anyway, rewrite=rewrite)
    click.echo(f"Erased: {erased}")
    if not is_swept:
        click.echo("Files of the database still hold remnants of erased texts. The worker goes on with it.")
