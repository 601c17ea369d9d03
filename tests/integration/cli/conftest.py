"""A portal that was used and is stopped, and a database with nothing in it."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import make_url

from portal.extensions import current_portal
from tests.conftest import run_outside, show
from tests.support.used_portals import UsedPortal, fill


@pytest.fixture
def used(own_app: Flask) -> UsedPortal:
    """A portal in use, once on each database."""
    fill(own_app)
    with own_app.app_context():
        settings = current_portal().settings
    return UsedPortal(settings.instance, settings.database_url)


@pytest.fixture
def empty_url(postgres_address: str) -> Iterator[str]:
    """The address of a PostgreSQL database with nothing in it."""
    address = make_url(postgres_address).set(drivername="postgresql+psycopg")
    run_outside(address, "CREATE DATABASE nothing")
    yield show(address.set(database="nothing"))
    run_outside(address, "DROP DATABASE nothing WITH (FORCE)")
