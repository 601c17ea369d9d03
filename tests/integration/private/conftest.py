"""A contributor, at the moment the tests happen at."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal.domain.states import Stage
from tests.support.contributor import Contributor


@pytest.fixture
def person(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Contributor]:
    """A contributor, at the moment the tests happen at."""
    with time_machine.travel(at, tick=False):
        yield Contributor(app, client, at)


@pytest.fixture
def author(person: Contributor) -> Contributor:
    """A contributor who has just sent a story and has the private page open."""
    person.send(Stage.STORY)
    person.enter()
    return person
