"""The index of the desk's search, kept as texts are: by the worker within a second, or whole by hand."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import click
from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.bulk_run import WORTH_TELLING, BulkRun
from portal.cli.counted import counted
from portal.cli.staff import in_portal
from portal.database import snapshot
from portal.domain.bulk_runs import RunKind
from portal.extensions import current_portal
from portal.operations.search_fts5 import (
    fill_next,
    is_index_damaged,
    is_scattered,
    is_sound,
    make_anew,
    merge_next,
    read_fill,
)
from portal.operations.search_index import (
    count_indexed,
    list_indexed,
    list_missing,
    list_outdated,
    read_marked,
    write_marked,
)
from portal.operations.search_marks import mark_texts

_SAID_EVERY = 1000
_ALL = 2**31 - 1
_PAUSE_SECONDS = 1.0
_PAUSE_AFTER_FAILURE = 60.0
_EXAMINE_EVERY = 600.0
_SHARE = 1000
"""Of the worker's time at most this part goes into looking whether the index is sound."""
_log = logging.getLogger(__name__)


@click.group("search")
def search() -> None:
    """Look after the index of the desk's search."""


@search.command("reindex")
@click.option("--before", default=_ALL, metavar="NUMBER", help="Go on where a stopped run has ended.")
@in_portal
def reindex(before: int) -> None:
    """Read every text anew for the search, while the site runs, the newest texts first.

    Meanwhile each text is found by what the search knew of it. An index that is damaged is made anew before.
    Each line of progress says how to go on.
    """
    run = BulkRun(RunKind.INDEXING)
    if examine_index(run):
        click.echo("The index was damaged and is made anew.")
    read_marks(run)
    index_missing(run)
    with snapshot() as session:
        total = count_indexed(session, before=before)
    done = said = 0
    for numbers in read_again(run, before=before):
        done += len(numbers)
        if done - said >= _SAID_EVERY:
            said = done
            click.echo(f"{done} of {total} texts. Stopped here, go on with: --before {numbers[-1]}")
    fill_index(run)
    run.end(current_portal().instance.folder)
    click.echo(f"{counted(done, 'text was', 'texts were')} read for the search.")


def read_again(run: BulkRun, *, before: int) -> Iterator[list[int]]:
    """Read the texts below a number, a block after the other; give the numbers of each block."""
    while True:
        with snapshot() as session:
            numbers = list_indexed(session, before=before)
        if not numbers:
            return
        _mark_and_read(run, numbers)
        yield numbers
        before = numbers[-1]


def index_missing(run: BulkRun) -> None:
    """Read texts that have no row."""
    last = 0
    while True:
        with snapshot() as session:
            numbers = list_missing(session, after=last)
        if not numbers:
            return
        _mark_and_read(run, numbers)
        last = numbers[-1]


def read_marks(run: BulkRun) -> None:
    """Read every text that is marked."""
    while _read_marked(run):
        pass


def fill_index(run: BulkRun) -> None:
    """Have an index that was made anew know every text."""
    while True:
        with snapshot() as session:
            below = read_fill(session).below
        if not below:
            return
        _write(run, fill_next)


def merge_index(run: BulkRun, *, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Bring an index that lies in many parts into one, some pages at a time, before texts are erased.

    A text that leaves is first sought by each of its terms: in one part that takes a fifth of the time.
    Stopped in the middle, the next run goes on. Damage is left to whoever erases, who has to be sure.
    """
    try:
        with snapshot() as session:
            is_more = is_scattered(session)
        is_first = True
        while is_more and not is_stopping():
            with run.write_block() as session:
                is_more = merge_next(session, is_first=is_first)
            is_first = False
    except DBAPIError as error:
        if not is_index_damaged(error):
            raise


def examine_index(run: BulkRun) -> bool:
    """Make the index anew if it is damaged; say whether it was."""
    with snapshot() as session:
        is_damaged = read_fill(session).is_damaged or not is_sound(session)
    if is_damaged:
        _make_anew(run)
    return is_damaged


def index_until(stop: threading.Event, app: Flask, *, pause: float = _PAUSE_SECONDS) -> None:
    """Read for the search what has changed, and look now and then whether the index is sound, until `stop`.

    Beside the mail, which waits for no text. Ended in the middle, a text stays marked.
    """
    examine_at = time.monotonic()
    while not stop.is_set():
        wait = pause
        try:
            if time.monotonic() >= examine_at:
                examine_at = _examine(app)
            keep_index(app, is_stopping=stop.is_set)
        except Exception as error:  # whatever is wrong with it, people go on, and the next time it may go
            _log.error("reading for the search failed: %s", type(error).__name__)
            wait = _PAUSE_AFTER_FAILURE
        stop.wait(wait)


def _examine(app: Flask) -> float:
    """Look whether the index is sound; return when to look again: the longer it took, the later."""
    began = time.monotonic()
    with app.app_context():
        examine_index(BulkRun(RunKind.INDEXING))
    ended = time.monotonic()
    return ended + max(_EXAMINE_EVERY, _SHARE * (ended - began))


def keep_index(app: Flask, *, is_stopping: Callable[[], bool]) -> None:
    """Read the texts that wait for it, in small steps; nothing where none does."""
    with app.app_context():
        run = BulkRun(RunKind.INDEXING)
        while not is_stopping() and _take_step(run):
            pass
        if run.blocks >= WORTH_TELLING:
            run.end(current_portal().instance.folder)


def _take_step(run: BulkRun) -> bool:
    """Do what comes first: what people changed, what an older release has read, what the index lacks."""
    with snapshot() as session:
        fill = read_fill(session)
    if fill.is_damaged:
        _make_anew(run)
        return True
    if _read_marked(run):
        return True
    with snapshot() as session:
        outdated = list_outdated(session)
    if outdated:
        _mark_and_read(run, outdated)
    elif fill.below:
        _write(run, fill_next)
    return bool(outdated or fill.below)


def _read_marked(run: BulkRun) -> bool:
    """Read some marked texts while nobody waits, and write their rows; say whether there were any."""
    with snapshot() as session:
        texts = read_marked(session)
    if texts is None:
        return False
    _write(run, partial(write_marked, texts=texts))
    return True


def _mark_and_read(run: BulkRun, numbers: Sequence[int]) -> None:
    with run.write_block() as session:
        mark_texts(session, numbers)
    read_marks(run)


def _write(run: BulkRun, act: Callable[[Session], None]) -> None:
    """Write a block; where it meets a damaged index, that is made anew, and the block is written again."""
    try:
        with run.write_block() as session:
            act(session)
    except DBAPIError as error:
        if not is_index_damaged(error):
            raise
        _make_anew(run)
        with run.write_block() as session:
            act(session)


def _make_anew(run: BulkRun) -> None:
    _log.error("the index of the search was damaged and is made anew")
    with run.write_block() as session:
        make_anew(session)
