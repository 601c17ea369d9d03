"""The recall set in both databases: each finds what the terms say, so both find the same."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.models import Submission
from portal.operations.search_rows import write_rows
from portal.queries.desk.queue import QueueFilter
from portal.queries.desk.search import find_page
from portal.story.search.terms import TOKENIZER_VERSION, make_terms
from tests.support.factories import make_staff, make_submission
from tests.support.recall import RecallText, measure, read_queries, read_texts


@pytest.fixture
def names(session: Session, at: datetime) -> dict[int, str]:
    """The texts of the set, by their numbers."""
    texts = read_texts()
    with transaction():
        made = [make_submission(session, at, Stage.STORY) for _ in texts]
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


def test_the_queries_find_what_they_mean(session: Session, names: dict[int, str], at: datetime) -> None:
    with transaction():
        editor = make_staff(session, Role.EDITOR)

    def search(words: str) -> set[str]:
        found = find_page(session, editor, QueueFilter(text=words), at=at, after="", size=len(names))
        return {names[number] for number in found.numbers}

    outcome = measure([*read_queries("queries.tsv")[::2], *read_queries("held_back.tsv")], search)
    assert (outcome.recall >= 0.95, outcome.precision >= 0.9) == (True, True), (outcome.missed, outcome.wrong)
