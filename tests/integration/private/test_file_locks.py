"""What an author does to files holds the row of the text first, so that two at once wait for each other."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.domain.states import Stage
from portal.extensions import db
from portal.models import Submission
from portal.operations.private.documents import remove_file
from portal.operations.private.photos import describe_picture, describe_pictures, move_picture
from tests.support.factories import make_submission
from tests.support.photos import (
    keep_document,
    keep_picture,
)
from tests.support.statements import listening

NO_WORDS = PictureWords("", "", None, None)
SAID = PictureWords("Полиця", "Олена К.", PeopleAnswer.NOBODY, PhotoLicence.OWN)


def add_another(session: Session, submission: Submission, at: datetime) -> None:
    keep_picture(session, submission, at=at, colour="navy")


def add_paper(session: Session, submission: Submission, at: datetime) -> None:
    keep_document(session, submission, at=at)


def describe_one(session: Session, submission: Submission, at: datetime) -> None:
    describe_picture(session, submission, submission.attachments[0], SAID, at=at)


def describe_all(session: Session, submission: Submission, at: datetime) -> None:
    name = submission.attachments[0].public_id
    describe_pictures(session, submission, {name: SAID}, known={name: NO_WORDS}, at=at)


def move_one(session: Session, submission: Submission, at: datetime) -> None:
    move_picture(session, submission, submission.attachments[0], step=1, at=at)


def remove_one(session: Session, submission: Submission, at: datetime) -> None:
    remove_file(session, submission, submission.attachments[0], at=at)


@pytest.mark.parametrize("act", [add_another, add_paper, describe_one, describe_all, move_one, remove_one])
def test_what_an_author_does_to_files_holds_the_row_before_it_looks_at_anything(
    app: Flask, at: datetime, act: Callable[[Session, Submission, datetime], None]
) -> None:
    """SQLite lets one person write at a time: whoever writes there holds everything."""
    with app.app_context():
        session = db.session()
        submission = make_submission(session, at, Stage.STORY)
        keep_picture(session, submission, at=at)
        session.flush()
        session.refresh(submission, ["attachments"])
        with listening(app) as sent:
            act(session, submission, at)
        first, is_postgresql = sent[0][0], db.engine.dialect.name == "postgresql"
        session.rollback()
    assert ("FROM submission" in first, first.endswith("FOR UPDATE OF submission")) == (True, is_postgresql)
