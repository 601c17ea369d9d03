"""Two nodes on one database erase at the same moment, and each brings SQLite's index into one part before."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cli.retention import clear_traces, erase_due
from portal.database import snapshot, transaction
from portal.domain.acts import Act
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.extensions import current_portal
from portal.models import Event, Submission
from portal.operations.desk.decisions import mark_spam
from portal.operations.search_fts5 import is_sound
from portal.queries.story_search import is_found_by
from portal.story.search.query import read_query
from tests.conftest import close_connections, make_own
from tests.support.concurrency import act_at_once
from tests.support.factories import make_sending, make_staff, make_submission
from tests.support.search import empty_search, read_for_search
from tests.support.stored_words import read_copy

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=400)
GONE = ("парасолька", "черепаха", "велосипед", "гарбуз")
LEFT = ("ластівка", "скринька", "цибуля", "криниця")


@pytest.fixture
def nodes(app: Flask) -> Iterator[tuple[Flask, Flask]]:
    """Two nodes; texts came one after the other, every second is to be erased."""
    for word in (one for pair in zip(GONE, LEFT, strict=True) for one in pair):
        with app.app_context(), transaction() as session:
            sending = make_sending(Stage.STORY, title=word, story=f"Про {word}.")
            text = make_submission(session, LONG_AGO, Stage.STORY, sending=sending)
            if word in GONE:
                by = make_staff(session, Role.EDITOR, languages=("uk",))
                mark_spam(session, text, by=by, at=LONG_AGO, seen=text.version, window=timedelta(0))
        read_for_search(app)
    with app.app_context():
        other = make_own(current_portal().settings)
    yield app, other
    close_connections(other)
    empty_search(app)


def erase_on(node: Flask) -> int:
    with node.app_context():
        return erase_due(at=NOW, anyway=True)


def find_on(node: Flask, word: str) -> list[str]:
    found = select(Submission.heading).where(is_found_by(read_query(word), in_drafts=True))
    with node.app_context(), snapshot() as session:
        return list(session.scalars(found))


def test_each_text_is_erased_once_and_the_others_are_found_on_both(nodes: tuple[Flask, Flask]) -> None:
    erased = act_at_once([partial(erase_on, node) for node in nodes])
    with nodes[0].app_context():
        with snapshot() as session:
            ends = session.scalars(select(Event.submission_id).where(Event.act == Act.ERASE)).all()
            is_whole = is_sound(session)
        clear_traces(at=NOW, anyway=True)
    assert (sum(erased), len(ends), len(set(ends)), is_whole) == (4, 4, 4, True)
    assert [[find_on(node, word) for word in (*GONE, *LEFT)] for node in nodes] == [
        [*([] for _word in GONE), *([word] for word in LEFT)]
    ] * 2
    assert read_copy(nodes[0], [*GONE, *LEFT]) == set(LEFT)
