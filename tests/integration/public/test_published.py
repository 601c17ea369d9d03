"""A published story is told of with what its author agreed to, and with nothing that was taken back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.sides import Side
from portal.extensions import db
from portal.models import Attachment, Draft
from portal.operations.coverages import drafts
from portal.operations.erasure import erase
from portal.operations.private import author_acts
from portal.operations.private.photos import refuse_picture
from portal.queries.published import PublishedStory, count_published, list_published
from tests.support.factories import make_call, make_staff
from tests.support.published import SITE, WORDS, publish_story
from tests.support.statements import listening

OPENED = datetime(2020, 1, 1, tzinfo=UTC)
LATER = OPENED + timedelta(hours=3)


@pytest.fixture
def opened(app: Flask) -> Flask:
    """The application with the first coverage."""
    with app.app_context(), transaction() as session:
        make_call(session, OPENED)
    return app


def list_all(session: Session) -> list[PublishedStory]:
    return list_published(session, make_call(session, OPENED).coverage_id, at=LATER)


@pytest.mark.either_database
def test_a_story_is_told_of_as_its_author_agreed(opened: Flask) -> None:
    with opened.app_context(), transaction() as session:
        draft = publish_story(
            session, OPENED, excerpt="Світло згасло.", side="ua", place="Харків", has_photo=True
        )
        (story,) = list_all(session)
        (photo,) = session.scalars(select(Attachment))
        shown = (story.title, story.lang, story.excerpt, story.author, story.side, story.place)
        told = [(one.lang, one.url) for one in story.addresses]
        picture = (story.picture.public_id, story.picture.alt) if story.picture else None
        own = (draft.title, [("uk", f"{SITE}{draft.public_id}")], (photo.public_id, WORDS.description))
    assert shown == (own[0], "uk", "Світло згасло.", "Олена К.", Side.UKRAINE, "Харків")
    assert (told, picture) == own[1:]


@pytest.mark.either_database
def test_who_chose_no_name_has_none(opened: Flask) -> None:
    with opened.app_context(), transaction() as session:
        publish_story(session, OPENED, answers={"byline": "none", "byline_text": ""})
        assert [story.author for story in list_all(session)] == [""]


def withdraw(session: Session, draft: Draft) -> None:
    author_acts.withdraw(session, draft.submission, at=LATER)


def erase_all(session: Session, draft: Draft) -> None:
    erase(session, draft.submission, by=None, at=LATER)


@pytest.mark.either_database
@pytest.mark.parametrize("act", [withdraw, erase_all])
def test_what_its_author_takes_back_is_told_of_no_more(
    opened: Flask, act: Callable[[Session, Draft], None]
) -> None:
    with opened.app_context(), transaction() as session:
        draft = publish_story(session, OPENED)
        act(session, draft)
        session.flush()
        call = make_call(session, OPENED)
        assert (list_all(session), dict(count_published(session, call.coverage_id, at=LATER))) == (
            [],
            {"": 0},
        )


@pytest.mark.either_database
def test_a_photo_that_is_refused_is_gone_at_once(opened: Flask) -> None:
    with opened.app_context(), transaction() as session:
        draft = publish_story(session, OPENED, has_photo=True)
        refuse_picture(session, draft.submission, session.scalars(select(Attachment)).one(), at=LATER)
        session.flush()
        session.expire_all()
        assert [(story.picture, story.author) for story in list_all(session)] == [(None, "Олена К.")]


@pytest.mark.either_database
@pytest.mark.parametrize(("mode", "name"), [("none", ""), ("pen", "Оленка")])
def test_a_name_its_author_has_taken_back_is_gone_at_once(opened: Flask, mode: str, name: str) -> None:
    with opened.app_context(), transaction() as session:
        draft = publish_story(session, OPENED)
        draft.byline_mode, draft.byline = mode, name
        session.flush()
        assert [story.author for story in list_all(session)] == [""]


@pytest.mark.either_database
def test_a_correction_changes_nothing_before_its_author_agrees(opened: Flask) -> None:
    with opened.app_context(), transaction() as session:
        by = make_staff(session, Role.EDITOR)
        draft = publish_story(session, OPENED, by=by, excerpt="Перше.", place="Харків", side="ua")
        before = list_all(session)
        drafts.correct(session, draft, by=by, at=OPENED, seen=draft.submission.version, reason="A date.")
        edits = {"title": "Інша", "excerpt": "Друге.", "place": "Київ", "side": "tw"}
        drafts.save_draft(session, draft, edits, by=by, at=OPENED, seen=draft.version)
        assert list_all(session) == before


def test_a_story_in_two_languages_is_one_and_counts_in_both(opened: Flask) -> None:
    with opened.app_context(), transaction() as session:
        call = make_call(session, OPENED)
        addresses = {"uk": f"{SITE}uk", "en": f"{SITE}en"}
        publish_story(session, OPENED, addresses=addresses)
        publish_story(session, OPENED, lang="zh-Hant-TW")
        counted = dict(count_published(session, call.coverage_id, at=LATER))
        in_english = list_published(session, call.coverage_id, at=LATER, lang="en")
    assert counted == {"": 2, "uk": 1, "en": 1, "zh-Hant-TW": 1}
    assert [story.address_for("en").url for story in in_english] == [addresses["en"]]


def test_more_stories_take_no_more_statements(opened: Flask) -> None:
    counts = []
    for number in (1, 3):
        with opened.app_context(), transaction() as session:
            for _ in range(number):
                publish_story(session, OPENED, has_photo=True)
        with opened.app_context():
            coverage_id = make_call(db.session(), OPENED).coverage_id
            with listening(opened) as sent:
                list_published(db.session(), coverage_id, at=LATER)
            counts.append(len(sent))
    assert counts == [3, 3]
