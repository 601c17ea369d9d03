"""What these tests share: a moderator who can sign in, a second web node, portals that are put back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from flask import Flask

from portal.domain.permissions import Role
from portal.extensions import Portal
from tests.conftest import close_connections, make_own
from tests.security.forms import Browsers, SeenForm, list_forms
from tests.security.routes import Visitors, gather
from tests.support.kept_world import KeptPortal, copy_around
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


@dataclass(frozen=True)
class Gathered:
    """A filled portal, everybody's browser, and a copy of what it holds."""

    visitors: Visitors
    kept: KeptPortal


@pytest.fixture(scope="module")
def gathered(shared_app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Gathered:
    visitors, kept = gather(shared_app), KeptPortal(shared_app, tmp_path_factory.mktemp("gathered"))
    kept.keep()
    return Gathered(visitors, kept)


@pytest.fixture
def visitors(gathered: Gathered) -> Visitors:
    """Everybody with a browser, at a filled portal that nobody has touched: on SQLite, filled once."""
    gathered.kept.put_back()
    return copy_around(gathered.visitors, gathered.visitors.world.app)


@dataclass(frozen=True)
class Walked:
    """A portal whose every page was opened once, the browsers it was opened in, and the forms on them."""

    app: Flask
    browsers: Browsers
    forms: Sequence[SeenForm]
    kept: KeptPortal


@pytest.fixture(scope="module")
def walked(shared_app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Walked:
    browsers, kept = Browsers(gather(shared_app)), KeptPortal(shared_app, tmp_path_factory.mktemp("walked"))
    forms = list_forms(browsers)
    kept.keep()
    return Walked(shared_app, browsers, forms, kept)


@pytest.fixture
def browsers(walked: Walked) -> Browsers:
    """The browsers as the walk left them, at the portal as it was then."""
    walked.kept.put_back()
    return copy_around(walked.browsers, walked.app)


@pytest.fixture
def forms(walked: Walked) -> Sequence[SeenForm]:
    """Every form of every page."""
    return walked.forms
