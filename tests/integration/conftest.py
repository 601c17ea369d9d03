"""Whom and what things happen to: a contributor with a question, people at the desk, a portal in order."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.backup import BackupProof
from portal.domain.permissions import Role
from portal.domain.ways_in import WayIn
from portal.extensions import current_portal, db, now
from portal.instance import write_proof
from portal.operations.desk.decisions import invite
from portal.operations.private.access import open_private_page
from tests.support.bad_input import OPENED, Desk, open_desk
from tests.support.contributor import Contributor
from tests.support.deployments import Deployment
from tests.support.factories import make_call, make_staff, make_submission
from tests.support.form_writer import ANSWERS, open_form, save_by_script
from tests.support.mail_server import HOST, Post, open_server


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The database in front of an act or a read, without a page."""
    with app.app_context():
        yield db.session()


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


@pytest.fixture
def moment(at: datetime) -> Iterator[datetime]:
    """The moment the tests happen at; the clock stands still."""
    with time_machine.travel(at, tick=False):
        yield at


@pytest.fixture
def saved(app: Flask, client: FlaskClient) -> dict[str, Any]:
    """A pitch saved with all but the consents; the fields as they were."""
    values = {**open_form(client), **ANSWERS}
    save_by_script(client, values)
    return values


@pytest.fixture
def invited(app: Flask, client: FlaskClient) -> FlaskClient:
    """A browser with the private page of an invited pitch open."""
    with app.app_context(), transaction() as session:
        at = now() - timedelta(days=1)
        submission = make_submission(session, at)
        editor = make_staff(session, Role.EDITOR)
        invite(
            session,
            submission,
            by=editor,
            at=at,
            seen=submission.version,
            body="Пишіть.",
            window=timedelta(0),
        )
        session.flush()
        token = open_private_page(
            session, submission, at=now(), keys=current_portal().instance.keys, way_in=WayIn.LINK
        )
    with client.session_transaction() as cookie:
        cookie["page"] = token
    return client


@pytest.fixture(scope="module")
def mail_url() -> Iterator[str]:
    """A mail server on this machine that takes everything."""
    with open_server(Post()) as port:
        yield f"smtp://{HOST}:{port}"


@pytest.fixture
def deployment(fresh_folder: Path, tmp_path: Path, mail_url: str) -> Deployment:
    """A public portal on SQLite with everything as it should be."""
    folder = tmp_path / "instance"
    copytree(fresh_folder, folder)
    write_proof(folder, BackupProof(datetime.now(UTC), backup="of tonight", texts=1, files=1, faults=0))
    return Deployment(
        folder,
        {
            "PORTAL_INSTANCE": str(folder),
            "PORTAL_BASE_URL": "https://stories.example.org",
            "PORTAL_SMTP_URL": mail_url,
            "PORTAL_MAIL_FROM": "desk@example.org",
            "PORTAL_PROXY_HOPS": "1",
            "PORTAL_UPLOAD_FLOOR_MIB": "0",
        },
    )
