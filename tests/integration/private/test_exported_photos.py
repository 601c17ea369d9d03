"""Photos that leave with a story, those that stay, and those that came later."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.photos import (
    PeopleAnswer,
    PhotoLicence,
    PictureWords,
    may_leave,
)
from portal.extensions import db
from portal.models import Draft, Submission
from portal.operations.coverages.departures import record_export
from portal.operations.coverages.drafts import waive_approval
from portal.operations.private.photos import describe_picture
from portal.queries.coverages.export import load_sources
from portal.queries.photos import PhotosSince, find_photos_since
from portal.web.coverages.export_stories import build_records
from tests.support.exports import write_file
from tests.support.factories import make_draft, make_staff
from tests.support.file_pages import WORDS, list_attachments, read_stored
from tests.support.leaving_stories import make_approved
from tests.support.photos import (
    keep_picture,
)

pytestmark = pytest.mark.either_database

_LICENSED = (PhotoLicence.OWN, PhotoLicence.ALLOWED)


@pytest.mark.parametrize("people", [*PeopleAnswer, None])
@pytest.mark.parametrize("licence", [*PhotoLicence, None])
def test_a_photo_leaves_only_with_both_answers(
    people: PeopleAnswer | None, licence: PhotoLicence | None
) -> None:
    says_yes = (people in (PeopleAnswer.NOBODY, PeopleAnswer.AGREED), licence in _LICENSED)
    assert may_leave(people, licence) is all(says_yes)


def add_photo(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        keep_picture(session, session.scalars(select(Submission)).one(), at=at, colour="teal")


def accept(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        make_draft(session, at, by=make_staff(session, Role.EDITOR))


def approve(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        make_approved(session, at)


def waive(app: Flask, at: datetime) -> None:
    """Go on without the author's answer."""
    with app.app_context(), transaction() as session:
        editor = make_staff(session, Role.EDITOR)
        draft = make_draft(session, at, by=editor)
        seen = draft.submission.version
        waive_approval(session, draft, by=editor, at=at, seen=seen, reason="Said yes by telephone.")


def export(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        record_export(session, [session.scalars(select(Draft)).one()], by=None, at=at)


@pytest.mark.parametrize(
    ("steps", "since"),
    [
        pytest.param([approve], None, id="no photo"),
        pytest.param([accept, add_photo], None, id="before the approval"),
        pytest.param([approve, add_photo], PhotosSince.APPROVAL, id="after the approval"),
        pytest.param([waive, add_photo], PhotosSince.APPROVAL, id="after a waived approval"),
        pytest.param([approve, add_photo, export], None, id="before the export"),
        pytest.param([approve, export, add_photo], PhotosSince.EXPORT, id="after the export"),
    ],
)
def test_editors_see_that_photos_came_later(
    app: Flask, at: datetime, steps: list[Callable[[Flask, datetime], None]], since: PhotosSince | None
) -> None:
    for step in steps:
        step(app, at)
    with app.app_context():
        submission = db.session.scalars(select(Submission)).one()
        assert find_photos_since(db.session(), submission) is since


def make_bundle(app: Flask, at: datetime) -> bytes:
    """Return the bundle of an approved story with a photo that may leave and one that may not."""
    with app.app_context(), transaction() as session:
        draft = make_approved(session, at)
        for colour, people in (("olive", PeopleAnswer.AGREED), ("navy", PeopleAnswer.NOT_ASKED)):
            photo = keep_picture(session, draft.submission, at=at, colour=colour)
            words = PictureWords(WORDS["description"], WORDS["credit"], people, PhotoLicence.OWN)
            describe_picture(session, draft.submission, photo, words, at=at)
        session.flush()
        session.expire_all()
        return write_again(draft)


def write_again(draft: Draft) -> bytes:
    sources = load_sources(
        db.session(), draft.submission.call.coverage, [draft.public_id], at=datetime.now(UTC)
    )
    return write_file("bundle", build_records(sources))


@pytest.mark.either_database
def test_the_bundle_has_the_photo_that_may_leave(app: Flask, at: datetime) -> None:
    bundle = zipfile.ZipFile(io.BytesIO(make_bundle(app, at)))
    pictures = [name for name in bundle.namelist() if "/pictures/" in name]
    leaving = next(one for one in list_attachments(app) if one.people is PeopleAnswer.AGREED)
    assert (
        [name.rpartition("/")[2] for name in pictures],
        bundle.read(pictures[0]),
    ) == ([f"{leaving.content_sha256[:12]}.jpg"], read_stored(app, leaving))


@pytest.mark.either_database
def test_the_manifest_lists_the_photo_that_stays(app: Flask, at: datetime) -> None:
    bundle = zipfile.ZipFile(io.BytesIO(make_bundle(app, at)))
    staying = next(one for one in list_attachments(app) if one.people is PeopleAnswer.NOT_ASKED)
    stories = json.loads(bundle.read("manifest.json"))["stories"]
    assert [story["withheld_pictures"] for story in stories] == [
        [{"file": f"pictures/{staying.content_sha256[:12]}.jpg", "reason": "people_not_asked"}]
    ]


@pytest.mark.either_database
def test_the_bundle_with_photos_is_the_same_twice(app: Flask, at: datetime) -> None:
    first = make_bundle(app, at)
    with app.app_context():
        draft = db.session.scalars(select(Draft)).one()
        assert write_again(draft) == first
