"""Searches of the desk among many texts, and what their index takes.

Texts are rows of words that are as frequent as words are (Zipf), without the answers they would stand in:
only the index and the rows of the list are read.
"""

import secrets
import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from portal.database import snapshot, transaction
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.extensions import current_portal, db
from portal.models import Staff, Submission
from portal.operations.search_rows import write_rows
from portal.queries.desk.queue import QueueFilter
from portal.queries.desk.queue_pages import queue_page
from portal.queries.desk.search import count_found
from portal.story.search.terms import TITLE_MARK, TOKENIZER_VERSION, pair_words
from portal.story.search.tokens import make_token
from tests.support.factories import make_staff, make_submission

_AT_ONCE = 2000
_WORDS = 60_000
_LENGTH = 200
"""Words of a text."""
_REPEATS = 7
QUERIES = {
    "in every text": "q1x",
    "in half of them": "q30x",
    "two in half of them": "q30x q35x",
    "in one of thirty": "q800x",
    "rare": "q40000x",
    "in none": "nichoho",
    "a beginning": "q41*",
    "phrase of the two most frequent": '"q1x q2x"',
    "phrase of frequent ones, hardly there": '"q30x q35x q40x"',
    "phrase with a rare one": '"q1x q30000x"',
}


def fill(app: Flask, number: int) -> None:
    """Write that many texts into list and index."""
    rows = _Rows()
    at = datetime.now(UTC)
    with app.app_context():
        with transaction() as session:
            sample = make_submission(session, at, Stage.STORY)
            make_staff(session, Role.ADMIN)
            session.flush()
            values = {column.name: getattr(sample, column.name) for column in Submission.__table__.columns}
        for start in range(2, number, _AT_ONCE):
            keys = range(start, min(start + _AT_ONCE, number + 1))
            with transaction() as session:
                session.execute(insert(Submission), [_copy(values, key) for key in keys])
                write_rows(session, [rows.make(key) for key in keys])
        if db.engine.dialect.name == "postgresql":
            with transaction() as session:
                session.execute(text("ANALYZE"))


def _copy(values: dict[str, Any], key: int) -> dict[str, Any]:
    own = {"id": key, "public_id": secrets.token_hex(16), "receipt_hash": secrets.token_hex(32)}
    return {**values, **own, "sealed_risk": None}


class _Rows:
    """Writes rows of the index."""

    def __init__(self) -> None:
        self._random = Random(4)
        self._words = [f"q{number}x" for number in range(1, _WORDS + 1)]
        self._reach: list[float] = []
        total = 0.0
        for number in range(1, _WORDS + 1):
            total += 1 / (number + 2.7)
            self._reach.append(total)

    @staticmethod
    def _pair(one: str, other: str) -> str:
        return next(pair_words([make_token(word, is_run=False) for word in (one, other)]))

    def make(self, key: int) -> dict[str, Any]:
        """Return the row of one text, its first five words its title."""
        words = self._random.choices(self._words, cum_weights=self._reach, k=_LENGTH)
        titles = dict.fromkeys(TITLE_MARK + word for word in words[:5])
        pairs = dict.fromkeys(self._pair(one, other) for one, other in pairwise(words[5:]))
        return {
            "submission_id": key,
            "tokenizer_version": TOKENIZER_VERSION,
            "body_terms": f"{' '.join(words[:5])}  {' '.join(words[5:])}",
            "extra_terms": " ".join((*titles, *pairs)),
        }


def measure(app: Flask) -> Iterator[str]:
    """Give a line for each query, and one for the size of the index."""
    at = datetime.now(UTC)
    with app.app_context():
        yield f"index {_measure_size() / 2**20:.0f} MiB, with the terms it is made of"
        with snapshot() as session:
            actor = session.scalars(select(Staff)).one()
            for name, words in QUERIES.items():
                wanted = QueueFilter(text=words)
                took = [_time(session, actor, wanted, at) for _ in range(_REPEATS)]
                total = count_found(session, actor, wanted, at=at).total
                page, counted = (statistics.median(one) for one in zip(*took, strict=True))
                yield f"{name:40} {total:>6} found  page {page:7.1f} ms  count {counted:7.1f} ms"


def _time(session: Session, actor: Staff, wanted: QueueFilter, at: datetime) -> Sequence[float]:
    keys = current_portal().instance.keys
    begun = time.perf_counter()
    queue_page(session, actor, wanted, at=at, keys=keys)
    read = time.perf_counter()
    count_found(session, actor, wanted, at=at)
    return (read - begun) * 1000, (time.perf_counter() - read) * 1000


def _measure_size() -> int:
    if db.engine.dialect.name == "postgresql":
        asked = text("SELECT pg_total_relation_size('story_search')")
    else:
        asked = text(
            "SELECT (SELECT sum(length(block)) FROM story_search_words_data) "
            "+ (SELECT sum(octet_length(body_terms) + octet_length(extra_terms)) FROM story_search)"
        )
    with db.engine.connect() as connection:
        return int(connection.scalar(asked) or 0)
