"""Here a moderator is the address of an account, and how one gets in is what the tests are about."""

import pytest
from flask import Flask

from portal.domain.permissions import Role
from tests.support.staff import make_account


@pytest.fixture
def moderator(app: Flask) -> str:
    """The address of a moderator who can sign in."""
    return make_account(app, Role.MODERATOR)
