"""The recall set in both databases: each finds what the terms say, so both find the same, in one order."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.models import Submission
from portal.operations.search_rows import write_rows
from portal.queries.desk.queue import QueueFilter
from portal.queries.desk.search import find_page
from portal.story.search.terms import TOKENIZER_VERSION, make_terms
from tests.conftest import empty_tables
from tests.support.factories import make_staff, make_submission
from tests.support.recall import RecallQuery, RecallText, measure, read_queries, read_texts

_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)

Found = Mapping[str, Sequence[str]]
"""What was asked to the texts that were found, in their order."""


def read_all_queries() -> list[RecallQuery]:
    return [*read_queries("queries.tsv"), *read_queries("held_back.tsv")]


def write_texts(session: Session) -> dict[int, str]:
    """Index the texts of the set; return which number is which."""
    texts = read_texts()
    made = [make_submission(session, _AT, Stage.STORY) for _ in texts]
    session.flush()
    write_rows(session, [_make_row(*one) for one in zip(made, texts, strict=True)])
    return {submission.id: one.id for submission, one in zip(made, texts, strict=True)}


def _make_row(submission: Submission, told: RecallText) -> dict[str, Any]:
    terms = make_terms(told.title, [told.body])
    return {
        "submission_id": submission.id,
        "tokenizer_version": TOKENIZER_VERSION,
        "body_terms": terms.body,
        "extra_terms": f"{terms.extra} {terms.pairs}",
    }


def search_everything(app: Flask) -> Found:
    with app.app_context(), transaction() as session:
        names = write_texts(session)
        editor = make_staff(session, Role.EDITOR)
        session.flush()

        def search(words: str) -> list[str]:
            wanted = QueueFilter(text=words)
            found = find_page(session, editor, wanted, at=_AT, after="", size=len(names))
            return [names[number] for number in found.numbers]

        return {query.words: search(query.words) for query in read_all_queries()}


@pytest.fixture(scope="module")
def found(sqlite_app: Flask, postgresql_app: Flask) -> Iterator[Mapping[str, Found]]:
    """What each kind of database finds."""
    apps = {"sqlite": sqlite_app, "postgresql": postgresql_app}
    yield {kind: search_everything(app) for kind, app in apps.items()}
    for app in apps.values():
        empty_tables(app)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_queries_find_what_they_mean(found: Mapping[str, Found], kind: str) -> None:
    outcome = measure(read_all_queries(), lambda words: set(found[kind][words]))
    assert (outcome.recall >= 0.95, outcome.precision >= 0.9) == (True, True), (outcome.missed, outcome.wrong)


def test_both_databases_find_the_same_texts_in_one_order(found: Mapping[str, Found]) -> None:
    assert found["sqlite"] == found["postgresql"]
