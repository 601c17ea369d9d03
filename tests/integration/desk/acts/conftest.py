"""Who does what the desk does, on a text or in front of many, without a page."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.domain.permissions import Role
from portal.extensions import db
from portal.models import Staff, Submission
from tests.support.factories import make_call, make_staff, make_submission


@pytest.fixture
def session(app: Flask, at: datetime) -> Iterator[Session]:
    """The database of a portal with an open call."""
    with app.app_context():
        make_call(db.session(), at)
        yield db.session()


@pytest.fixture
def editor(session: Session) -> Staff:
    return make_staff(session, Role.EDITOR)


@pytest.fixture
def moderator(session: Session) -> Staff:
    return make_staff(session, Role.MODERATOR)


@pytest.fixture
def pitch(session: Session, at: datetime) -> Submission:
    return make_submission(session, at)


@pytest.fixture
def olena(session: Session) -> Staff:
    return make_staff(session, Role.EDITOR, name="Олена Гриневич")


@pytest.fixture
def lin(session: Session) -> Staff:
    return make_staff(session, Role.MODERATOR, name="林雨蓁", languages=("zh-Hant-TW",))
