"""The search index knows the words of every text as they are now, and none that are sealed or gone."""

from contextlib import suppress
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.models import SearchDue, Staff, StorySearch, Submission
from portal.operations.coverages.drafts import publish, save_draft, waive_approval
from portal.operations.desk.decisions import accept, ask
from portal.operations.desk.gists import set_gist
from portal.operations.erasure import erase
from portal.operations.search_index import list_missing, list_outdated
from portal.operations.search_marks import mark_texts
from portal.operations.transitions import undo_decision
from portal.story.search.terms import make_terms
from tests.support.factories import (
    add_nothing,
    make_draft,
    make_sending,
    make_staff,
    make_submission,
    make_unsent,
)
from tests.support.search import read_in_session
from tests.support.stored_words import list_hidden, make_canary, send_everything

WINDOW = timedelta(minutes=10)


def read_terms(session: Session, submission: Submission) -> set[str]:
    read_in_session(session)
    session.expire_all()
    row = session.get_one(StorySearch, submission.id)
    return {*row.body_terms.split(), *row.extra_terms.split()}


def write_gist(session: Session, submission: Submission, *, by: Staff, at: datetime, body: str) -> None:
    set_gist(session, submission, by=by, body=body, lang="en", seen=submission.version, at=at)


def test_a_sent_text_is_indexed_with_its_title_and_its_id(session: Session, at: datetime) -> None:
    with transaction():
        sending = make_sending(Stage.STORY, title="Вода", story="У Києві не було води.")
        submission = make_submission(session, at, Stage.STORY, sending=sending)
    found = read_terms(session, submission)
    wanted = {"вода", "†вода", "києві", "київ", "води", submission.public_id}
    assert wanted - found == set()


def test_what_is_not_sent_is_not_indexed(session: Session, at: datetime) -> None:
    with transaction():
        submission = make_submission(session, at)
        make_unsent(session, submission, at, Stage.STORY, story="Ненаписане.")
    assert "ненаписане" not in read_terms(session, submission)


def test_nothing_that_is_sealed_enters(app: Flask, session: Session, at: datetime) -> None:
    answers = send_everything(app, at)
    body, extra = session.execute(select(StorySearch.body_terms, StorySearch.extra_terms)).one()
    hidden = {make_terms("", [word]).body for word in (*list_hidden(answers), make_canary("byline"))}
    further = {term for one in hidden for term in one.split()} & {*extra.split()}
    assert (hidden & {*body.split("  ")}, further) == (set(), set())


def test_what_was_asked_is_found_until_it_is_taken_back(session: Session, at: datetime) -> None:
    with transaction():
        submission, by = make_submission(session, at), make_staff(session, Role.EDITOR)
    with transaction():
        ask(session, submission, by=by, at=at, seen=submission.version, body="Коли?", window=WINDOW)
    asked = "коли" in read_terms(session, submission)
    with transaction():
        undo_decision(session, submission, by=by, at=at, seen=submission.version)
    assert (asked, "коли" in read_terms(session, submission)) == (True, False)


def test_a_draft_is_found_as_it_is_saved_and_not_while_its_acceptance_is_undone(
    session: Session, at: datetime
) -> None:
    with transaction():
        by, submission = make_staff(session, Role.EDITOR), make_submission(session, at, Stage.STORY)
        add_nothing(session, submission, at)
    seen = []
    with transaction():
        draft = accept(session, submission, by=by, at=at, seen=submission.version, window=WINDOW)
    with transaction():
        save_draft(session, draft, {"dek": "Підзаголовок"}, by=by, at=at, seen=draft.version)
    seen.append({"§підзаголовок", draft.public_id} <= read_terms(session, submission))
    with transaction():
        undo_decision(session, submission, by=by, at=at, seen=submission.version)
    seen.append({"§підзаголовок", draft.public_id} <= read_terms(session, submission))
    assert seen == [True, False]


def test_the_name_to_print_is_found_once_it_is_printed(session: Session, at: datetime) -> None:
    with transaction():
        by = make_staff(session, Role.EDITOR)
        draft = make_draft(session, at, by=by, sending=make_sending(Stage.STORY, byline_text="Підписна"))
        submission = draft.submission
    before = "підписна" in read_terms(session, submission)
    with transaction():
        waive_approval(session, draft, by=by, at=at, seen=submission.version, reason="Сказала телефоном.")
    with transaction():
        addresses = {"uk": "https://example.org/water"}
        publish(session, draft, addresses, by=by, at=at, seen=submission.version, window=WINDOW)
    published = "підписна" in read_terms(session, submission)
    with transaction():
        undo_decision(session, submission, by=by, at=at, seen=submission.version)
    assert (before, published, "підписна" in read_terms(session, submission)) == (False, True, False)


def test_the_gist_is_found_as_it_is_now(session: Session, at: datetime) -> None:
    with transaction():
        submission, by = make_submission(session, at), make_staff(session, Role.MODERATOR)
        write_gist(session, submission, by=by, at=at, body="Candles")
    first = "candle" in read_terms(session, submission)
    with transaction():
        write_gist(session, submission, by=by, at=at, body="Lanterns")
    assert (first, {"candle", "lantern"} & read_terms(session, submission)) == (True, {"lantern"})


def test_of_an_erased_text_nothing_is_left(session: Session, at: datetime) -> None:
    with transaction():
        submission = make_submission(session, at)
    assert read_terms(session, submission) != set()
    with transaction():
        erase(session, submission, by=None, at=at)
    assert session.scalars(select(StorySearch)).all() == []
    assert session.scalars(select(SearchDue)).all() == []


def test_a_transaction_that_fails_indexes_nothing(session: Session, at: datetime) -> None:
    with transaction():
        submission = make_submission(session, at)
    before = read_terms(session, submission)
    with suppress(KeyError), transaction():
        session.get_one(Submission, submission.id).heading = "Інакше"
        raise KeyError
    with transaction():
        make_staff(session, Role.MODERATOR)
    assert read_terms(session, submission) == before


def test_rows_that_are_old_or_missing_are_known_and_written_anew(session: Session, at: datetime) -> None:
    with transaction():
        first, second, third = (make_submission(session, at) for _ in range(3))
    before = {one.id: read_terms(session, one) for one in (first, second, third)}
    with transaction():
        session.get_one(StorySearch, first.id).body_terms = ""
        session.execute(update(StorySearch).values(tokenizer_version=0))
        session.execute(delete(StorySearch).where(StorySearch.submission_id == second.id))
    with transaction():
        old, missing = list_outdated(session), list_missing(session)
        mark_texts(session, [*old, *missing])
    assert (old, missing) == ([third.id, first.id], [second.id])
    assert {one.id: read_terms(session, one) for one in (first, second, third)} == before
    assert (list_outdated(session), list_missing(session)) == ([], [])
