"""Several people at the same moment, and where they are made to meet."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import event, text

from portal.extensions import db

MOMENT = 0.3
"""Seconds; whoever is to be met is there within them, or is kept waiting elsewhere."""
PATIENCE = 20.0
"""Seconds to wait for somebody who is sure to come, however busy the machine is."""

_T = TypeVar("_T")


def act_at_once(acts: Sequence[Callable[[], _T]]) -> list[_T]:
    """Do everything at the same moment; return what comes of it in the order given."""
    barrier = threading.Barrier(len(acts))

    def act(one: Callable[[], _T]) -> _T:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(max_workers=len(acts)) as pool:
        return list(pool.map(act, acts))


def await_waiting(app: Flask) -> None:
    """Return when somebody waits for a lock of PostgreSQL, or nobody has within our patience."""
    look = text(
        "SELECT count(*) FROM pg_stat_activity, pg_sleep(0.01) "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    until = time.monotonic() + PATIENCE
    with app.app_context(), db.engine.connect() as connection:
        while time.monotonic() < until and not connection.scalar(look):
            connection.rollback()


@contextmanager
def before_statements(listener: Callable[..., Any], *nodes: Flask, rewrites: bool = False) -> Iterator[None]:
    """Call the listener before each statement of these nodes, as SQLAlchemy's event of that name does."""
    engines = []
    for node in nodes:
        with node.app_context():
            engines.append(db.engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", listener, retval=rewrites)
    try:
        yield
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", listener)


@contextmanager
def meeting_before(beginning: str, *nodes: Flask, seconds: float = MOMENT) -> Iterator[None]:
    """Let two people meet before either sends the statement: who comes first waits that long for the other.

    Where the portal keeps the second from coming so far, the first waits in vain and goes on.
    """
    both = threading.Barrier(2)

    def meet(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(beginning):
            with suppress(threading.BrokenBarrierError):
                both.wait(seconds)

    with before_statements(meet, *nodes):
        yield
