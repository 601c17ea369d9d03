"""What the tests of this package share: an open call, and processes that die when they are told to."""

from collections.abc import Iterator

import pytest
from flask import Flask

from portal.database import transaction
from tests.bad_input import OPENED
from tests.factories import make_call
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
