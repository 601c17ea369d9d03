"""Stories of a coverage on their way out: an editor at the page of the export, and newsrooms' sites."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.database import transaction
from portal.domain.permissions import Role
from tests.support.factories import make_draft, make_staff
from tests.support.leaving_stories import Exporter, make_approved, make_story
from tests.support.newsroom_site import NewsroomSite
from tests.support.pushed_story import PushDesk
from tests.support.search import read_in_session
from tests.support.sent_story import approve_story
from tests.support.staff import enter_as
from tests.support.targets import describe_target
from tests.support.two_sites import TwoSites, run_sites, send_to_sites
from tests.support.wordpress import WordPress


@pytest.fixture(scope="module")
def newsroom_sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[NewsroomSite, ...]]:
    with run_sites(tmp_path_factory.mktemp("sites")) as sites:
        yield sites


@pytest.fixture
def two_sites(
    app: Flask, client: FlaskClient, at: datetime, newsroom_sites: tuple[NewsroomSite, ...]
) -> Iterator[TwoSites]:
    with send_to_sites(app, client, at, newsroom_sites) as sent:
        yield sent


@pytest.fixture
def exporter(app: Flask, client: FlaskClient, at: datetime) -> Exporter:
    with app.app_context(), transaction() as session:
        ready = make_approved(session, at).public_id
        editor = make_staff(session, Role.EDITOR)
        kept = make_draft(session, at, by=editor, sending=make_story(title="Ще не готове")).public_id
        email = editor.email
        read_in_session(session)
    enter_as(client, email)
    return Exporter(client, ready, kept)


@pytest.fixture
def push_desk(app: Flask, client: FlaskClient, at: datetime, wordpress: WordPress) -> Iterator[PushDesk]:
    target = describe_target(wordpress.address, account="author", password=wordpress.passwords["author"])
    trusted = wordpress.authority.file
    with approve_story(app, client, at, targets=[target], trusted=trusted) as story:
        yield PushDesk(story.app, story.client, story.author, story.at, wordpress)
