"""Searches of the desk among many texts, and what their index takes.

Words stand in as many texts as words do (index_rows); what is timed is a processor's time, ours and the
database's together: of the numbers of a page, of their count, and of the whole answer to the browser.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median
from typing import Any, Final
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from portal.database import snapshot
from portal.domain.states import State
from portal.extensions import current_portal, db
from portal.models import Staff
from portal.queries.desk.queue import QueueFilter
from portal.queries.desk.queue_pages import queue_page
from portal.queries.desk.search import count_found
from portal.web.site.desk_addresses import TEXT_LENGTH, filter_args
from tests.bench.processor import Processor

_REPEATS = 5
QUERIES: Final = {
    "in every text": "q1x",
    "in half of them": "q30x",
    "two in every text": "q1x q2x",
    "two in half of them": "q30x q35x",
    "in one of thirty": "q800x",
    "frequent and rare": "q1x q40000x",
    "rare": "q40000x",
    "in none": "nichoho",
    "a beginning": "q41*",
    "a beginning of frequent words": "q10*",
    "a beginning of two letters": "q1*",
    "place in three scripts": "Kharkiv",
    "person in three scripts": "林雨蓁",
    "one Han character": "水",
    "phrase of the two most frequent": '"q1x q2x"',
    "phrase of frequent ones, hardly there": '"q30x q35x q40x"',
    "phrase of a text": "«Мама поставила чайник»",
    "phrase with a rare one": '"q1x q30000x"',
    "two hundred words": " ".join(f"q{number}x" for number in range(1, 201))[:TEXT_LENGTH],
}
FILTERS: Final = {
    "": QueueFilter(),
    "in Polish, declined": QueueFilter(lang="pl", state=State.DECLINED),
    "mine": QueueFilter(assignee="me"),
}


def measure(app: Flask, client: FlaskClient) -> Iterator[str]:
    """Give a line for each query, and one for the size of the index."""
    processor = Processor(app)
    with app.app_context():
        yield f"index {_measure_size() / 2**20:.0f} MiB, with the terms it is made of"
    for filters, narrowed in FILTERS.items():
        for name, words in QUERIES.items():
            wanted = replace(narrowed, text=words)
            yield f"{filters:20} {name:38} {_measure_one(app, client, processor, wanted)}"


def _measure_one(app: Flask, client: FlaskClient, processor: Processor, wanted: QueueFilter) -> str:
    at, address = datetime.now(UTC), f"/desk/?{urlencode(filter_args(wanted))}"
    with app.app_context(), snapshot() as session:
        keys, actor = current_portal().instance.keys, session.scalars(select(Staff)).one()
        page = _time(processor, lambda: queue_page(session, actor, wanted, at=at, keys=keys))
        known = queue_page(session, actor, wanted, at=at, keys=keys).total
        count = _time(processor, lambda: count_found(session, actor, wanted, at=at, total=known))
        found = count_found(session, actor, wanted, at=at, total=known)
    answer = _time(processor, lambda: client.get(address).get_data())
    total = f"{found.total}{'+' if found.total == found.most else ''}"
    return f"{total:>6} found  page {page:7.1f}  count {count:7.1f}  answer {answer:7.1f} ms"


def _time(processor: Processor, act: Callable[[], Any]) -> float:
    """Return the milliseconds that half of the times take no longer than, after a first one."""
    act()
    taken = []
    for _ in range(_REPEATS):
        begun = processor.read()
        act()
        taken.append(processor.read().since(begun).total)
    return median(taken)


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
