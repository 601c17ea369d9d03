"""People to whom things happen: a contributor with a question, an editor and a moderator at the desk."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import Act
from tests.bad_input import OPENED, Desk, open_desk
from tests.contributor import Contributor
from tests.factories import make_call


@pytest.fixture
def opened(app: Flask) -> Flask:
    """The application with an open call."""
    with app.app_context(), transaction() as session:
        make_call(session, OPENED)
    return app


@pytest.fixture
def person(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Contributor]:
    """A contributor who was asked a question and has the private page open."""
    with time_machine.travel(at, tick=False):
        asked = Contributor(app, client, at)
        asked.send()
        asked.decide(Act.ASK, body="У якому місті це було?")
        asked.enter()
        yield asked


@pytest.fixture
def editor(app: Flask, client: FlaskClient) -> Desk:
    return open_desk(app, client, Role.EDITOR)


@pytest.fixture
def moderator(app: Flask, client: FlaskClient) -> Desk:
    return open_desk(app, client, Role.MODERATOR)
