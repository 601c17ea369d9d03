"""Here a moderator is the address of an account, and how one gets in is what the tests are about."""

import pytest
from flask import Flask

from portal.domain.permissions import Role
from tests.support.passkeys import (
    Device,
    add_passkey,
    open_account,
)
from tests.support.staff import make_account


@pytest.fixture
def moderator(app: Flask) -> str:
    """The address of a moderator who can sign in."""
    return make_account(app, Role.MODERATOR)


@pytest.fixture
def device(app: Flask, moderator: str) -> Device:
    """A device with a passkey of the moderator."""
    made = Device()
    add_passkey(open_account(app, moderator), made)
    return made
