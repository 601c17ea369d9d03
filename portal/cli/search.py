"""The index of the desk's search, kept as texts are: by the worker in small steps, or whole by hand."""

from collections.abc import Callable, Iterator
from datetime import datetime

import click
from flask import Flask

from portal.bulk_run import BulkRun
from portal.cli.staff import in_portal
from portal.database import snapshot
from portal.domain.bulk_runs import RunKind
from portal.extensions import current_portal
from portal.operations.search_index import (
    count_indexed,
    index_again,
    list_indexed,
    list_missing,
    list_outdated,
)

_SAID_EVERY = 1000
_ALL = 2**31 - 1


@click.group("search")
def search() -> None:
    """Look after the index of the desk's search."""


@search.command("reindex")
@click.option("--before", default=_ALL, metavar="NUMBER", help="Go on where a stopped run has ended.")
@in_portal
def reindex(before: int) -> None:
    """Read every text anew for the search, while the site runs, the newest texts first.

    Meanwhile each text is found by what the search knew of it. Each line of progress says how to go on.
    """
    run = BulkRun(RunKind.INDEXING)
    index_missing(run)
    with snapshot() as session:
        total = count_indexed(session, before=before)
    done = said = 0
    for numbers in read_again(run, before=before):
        done += len(numbers)
        if done - said >= _SAID_EVERY:
            said = done
            click.echo(f"{done} of {total} texts. Stopped here, go on with: --before {numbers[-1]}")
    run.end(current_portal().instance.folder)
    click.echo(f"{done} texts were read for the search.")


def read_again(run: BulkRun, *, before: int) -> Iterator[list[int]]:
    """Read the texts below a number, a block after the other; give the numbers of each block."""
    while True:
        with snapshot() as session:
            numbers = list_indexed(session, before=before)
        if not numbers:
            return
        with run.write_block() as session:
            index_again(session, numbers)
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
        with run.write_block() as session:
            index_again(session, numbers)
        last = numbers[-1]


def keep_index(app: Flask, *, at: datetime, is_stopping: Callable[[], bool]) -> None:
    """Read the texts whose rows are of an older release, in small steps; nothing where there are none."""
    with app.app_context():
        run = BulkRun(RunKind.INDEXING)
        while not is_stopping():
            with snapshot() as session:
                numbers = list_outdated(session)
            if not numbers:
                break
            with run.write_block() as session:
                index_again(session, numbers)
        if run.blocks:
            run.end(current_portal().instance.folder)
