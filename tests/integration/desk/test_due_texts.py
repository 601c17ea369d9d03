"""How far an answer is from its promise, in words: days to go, soon, late; and who is waited for."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from portal.domain.states import State
from portal.models import Submission
from portal.web.desk.queue_texts import due_words
from portal.web.site.locale import find_catalogue

ANSWER_DAYS = 14
A_DAY = timedelta(days=1)
AN_HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("state", "left", "said"),
    [
        (State.SUBMITTED, None, ("", "")),
        (State.SUBMITTED, 14 * A_DAY, ("day 1 of 14", "neutral")),
        (State.SUBMITTED, 3 * A_DAY + AN_HOUR, ("day 11 of 14", "neutral")),
        (State.SUBMITTED, 3 * A_DAY, ("due in 3 days", "soon")),
        (State.SUBMITTED, AN_HOUR, ("due in 1 day", "soon")),
        (State.SUBMITTED, -AN_HOUR, ("just overdue", "late")),
        (State.SUBMITTED, -A_DAY, ("1 day late", "late")),
        (State.SUBMITTED, -2 * A_DAY, ("2 days late", "late")),
        (State.INVITED, A_DAY, ("waiting for the author until 15\u00a0Mar 2026", "neutral")),
        (State.INVITED, -A_DAY, ("waiting for the author until 13\u00a0Mar 2026", "late")),
    ],
)
def test_the_desk_reads_how_far_an_answer_is(
    sqlite_app: Flask, at: datetime, state: State, left: timedelta | None, said: tuple[str, str]
) -> None:
    submission = Submission(state=state, due_at=None if left is None else at + left)
    with sqlite_app.test_request_context(), force_locale("en"):
        assert due_words(submission, at, answer_days=ANSWER_DAYS, catalogue=find_catalogue()) == said
