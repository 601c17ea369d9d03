"""What the tests of this package share: an open call, a mail server, processes that die when told to."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask

from portal.database import transaction
from tests.bad_input import OPENED
from tests.factories import make_call
from tests.mail_server import Clock, Post, open_server
from tests.reliability.mortals import Mortals


@pytest.fixture(scope="session")
def mortals() -> Iterator[Mortals]:
    """Processes that die at a chosen step."""
    with Mortals() as made:
        yield made


@pytest.fixture
def opened(app: Flask) -> Flask:
    """The application with an open call."""
    with app.app_context(), transaction() as session:
        make_call(session, OPENED)
    return app


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def port(post: Post) -> Iterator[int]:
    with open_server(post) as opened:
        yield opened


@pytest.fixture
def clock(at: datetime) -> Clock:
    return Clock(at)
