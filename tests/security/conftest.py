"""Whom and what the tests of this package share: a moderator who can sign in, and a second web node."""

from collections.abc import Iterator

import pytest
from flask import Flask

from portal.domain.permissions import Role
from portal.extensions import Portal
from tests.conftest import close_connections, make_own
from tests.support.staff import make_account


@pytest.fixture
def moderator(app: Flask) -> str:
    """The address of a moderator who can sign in."""
    return make_account(app, Role.MODERATOR)


@pytest.fixture
def other_node(app: Flask) -> Iterator[Flask]:
    """A second web node on the same database and instance folder."""
    portal: Portal = app.extensions["portal"]
    node = make_own(portal.settings)
    node.testing = True
    yield node
    close_connections(node)
