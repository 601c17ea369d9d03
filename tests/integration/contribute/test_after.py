"""Questions after the receipt: skippable, kept beside what was sent, and safe as long as they wait."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.acts import Act, HistoryAct
from portal.domain.consent import ExportRefusal
from portal.domain.errors import AnswersAwaited
from portal.domain.states import Stage
from portal.extensions import db
from portal.models import Call, Draft, Event, Staff, Submission, UnsentVersion
from portal.operations.contribute.change import fix_language
from portal.operations.coverages import drafts
from portal.queries.answers import awaits_own_answer, current_answers
from portal.queries.coverages.export import load_sources
from portal.queries.drafts import has_newer_text
from portal.queries.story_search import is_found_by
from portal.story.search.query import read_query
from tests.support.contributor import MY, Contributor
from tests.support.factories import add_nothing, make_call, make_submission
from tests.support.form_writer import SCRIPT, read_json, read_values
from tests.support.plain_browser import send_form
from tests.support.search import read_for_search

pytestmark = pytest.mark.either_database

AFTER = f"{MY}/questions"
CHANGE = f"{MY}/change"


@pytest.fixture
def author(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Contributor]:
    """A contributor who has sent a story, with the private page open."""
    with time_machine.travel(at, tick=False):
        person = Contributor(app, client, at)
        person.send(Stage.STORY)
        person.enter()
        yield person


def find(session: Session, author: Contributor) -> Submission:
    return session.get_one(Submission, author.submission_id)


def read_now(author: Contributor) -> dict[str, Any]:
    with author.app.app_context():
        return dict(current_answers(find(db.session(), author)))


def count_revisions(author: Contributor) -> int:
    with author.app.app_context():
        return len(find(db.session(), author).revisions)


def answer(author: Contributor, **answers: str) -> int:
    return send_form(author.client, AFTER, answers, field="form_key", follow=False).status_code


def list_acts(author: Contributor) -> list[str]:
    with author.app.app_context():
        acts = db.session.scalars(select(Event.act).where(Event.submission_id == author.submission_id))
        return [act for act in acts if act == HistoryAct.ANSWER_AFTER]


def asks_at(author: Contributor, address: str) -> bool:
    return f'href="{AFTER}"' in author.client.get(address).text


def test_answers_stand_beside_what_was_sent(author: Contributor) -> None:
    before = read_now(author)
    assert answer(author, bio="Пише вночі.", embargo="2026-05-01") == 303
    assert read_now(author) == {**before, "bio": "Пише вночі.", "embargo": "2026-05-01"}


def test_the_private_page_asks_until_something_is_answered(author: Contributor) -> None:
    asked = "Answer 7 short questions" in author.client.get(MY).text
    answer(author, more="Дякую.")
    page = author.client.get(MY).text
    assert (asked, "Answer 7 short questions" in page, "Change your answers" in page) == (True, False, True)


def test_a_form_that_stays_empty_is_an_answer_and_no_new_version(author: Contributor) -> None:
    answer(author)
    answer(author)
    assert (count_revisions(author), list_acts(author)) == (1, [HistoryAct.ANSWER_AFTER])


def test_an_answer_is_taken_back(author: Contributor) -> None:
    answer(author, bio="Пише вночі.", more="Дякую.")
    answer(author, bio="")
    assert ("bio" in read_now(author), read_now(author).get("more")) == (False, "Дякую.")


def test_a_change_leaves_them_as_they_are(author: Contributor) -> None:
    answer(author, bio="Пише вночі.")
    send_form(author.client, CHANGE, {"title": "Інша назва"}, field="form_key")
    assert (read_now(author)["bio"], read_now(author)["title"]) == ("Пише вночі.", "Інша назва")


def test_what_is_chosen_and_not_sent_is_kept_apart_from_a_change(author: Contributor) -> None:
    for address, typed in ((AFTER, {"help": "safety"}), (CHANGE, {"title": "Інша назва"})):
        values = {**read_values(author.client.get(address).text), **typed}
        said = read_json(author.client.post(f"{address}/save", data=values, headers=SCRIPT))
        assert said["state"] == "saved"
    page = author.client.get(AFTER).text
    assert 'value="safety" checked' in page
    answer(author, bio="Пише вночі.")
    with author.app.app_context():
        assert [row.answers.get("title") for row in db.session.scalars(select(UnsentVersion))] == [
            "Інша назва"
        ]


def test_a_language_that_was_corrected_stays_corrected(author: Contributor) -> None:
    with author.app.app_context(), transaction() as session:
        fix_language(session, find(session, author), "en", by=None, at=author.at)
    answer(author)
    answer(author, more="Дякую.")
    with author.app.app_context():
        submission = find(db.session(), author)
        assert (submission.lang, len(submission.revisions)) == ("en", 2)


@pytest.mark.parametrize(("act", "is_asked"), [(Act.ACCEPT, True), (Act.DECLINE, False)])
def test_they_can_be_answered_as_long_as_the_text_is_on_its_way(
    author: Contributor, act: Act, *, is_asked: bool
) -> None:
    author.decide(act, **({"reason": "other", "body": "Ні."} if act is Act.DECLINE else {}))
    assert (author.client.get(AFTER).status_code == 200, asks_at(author, MY)) == (is_asked, is_asked)


def test_a_call_that_is_open_already_asks_everything_at_once(
    app: Flask, client: FlaskClient, at: datetime
) -> None:
    with time_machine.travel(at, tick=False):
        with app.app_context(), transaction() as session:
            make_call(session, at)
            call = session.scalars(select(Call)).one()
            call.questions = [
                {name: one for name, one in row.items() if name != "when"} for row in call.questions
            ]
        assert 'name="embargo"' in client.get("/en/ukraine-taiwan/story").text
        person = Contributor(app, client, at)
        person.send(Stage.STORY)
        person.enter()
        assert (asks_at(person, MY), client.get(AFTER).status_code) == (False, 303)


# --- What the desk may do meanwhile -------------------------------------------------------------------------


def waive(author: Contributor) -> None:
    with author.app.app_context(), transaction() as session:
        draft, by = session.scalars(select(Draft)).one(), session.scalars(select(Staff)).one()
        seen = draft.submission.version
        drafts.waive_approval(session, draft, by=by, at=author.at, seen=seen, reason="By phone.")


def test_nobody_goes_on_without_the_author_until_they_are_answered(author: Contributor) -> None:
    author.decide(Act.ACCEPT)
    with pytest.raises(AnswersAwaited):
        waive(author)
    answer(author)
    waive(author)


def test_a_pitch_that_was_answered_does_not_answer_for_its_story(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        submission = make_submission(session, at, Stage.PITCH)
        add_nothing(session, submission, at)
        submission.stage = Stage.STORY
        session.flush()
        assert awaits_own_answer(submission)


def test_a_day_named_after_acceptance_keeps_the_text(author: Contributor) -> None:
    author.decide(Act.ACCEPT)
    answer(author, embargo="2026-12-24")
    with author.app.app_context():
        draft = db.session.scalars(select(Draft)).one()
        coverage = draft.submission.call.coverage
        (source,) = load_sources(db.session(), coverage, [draft.public_id], at=author.at)
        assert ExportRefusal.EMBARGO in source.refusals


def test_answers_are_no_newer_text_for_the_editor(author: Contributor) -> None:
    author.decide(Act.ACCEPT)
    answer(author, bio="Пише вночі.")
    with author.app.app_context():
        draft = db.session.scalars(select(Draft)).one()
        assert (draft.bio, has_newer_text(draft, draft.submission)) == ("Пише вночі.", False)


def test_the_desk_finds_what_was_answered(author: Contributor) -> None:
    answer(author, more="Дякую за все.")
    read_for_search(author.app)
    with author.app.app_context():
        found = select(Submission.id).where(is_found_by(read_query('"дякую за все"'), in_drafts=True))
        assert list(db.session.scalars(found)) == [author.submission_id]
