"""An editor's browser before a coverage with many texts that may leave, and the worker beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.export_files import MOST_AT_ONCE, ExportState
from portal.domain.permissions import Role
from portal.export.file_making import exports_folder, make_export
from portal.extensions import current_portal, db
from portal.models import Draft, ExportFile
from tests.support.factories import make_staff
from tests.support.leaving_stories import make_approved
from tests.support.many_texts import add_copies
from tests.support.plain_browser import find_form
from tests.support.staff import enter_as

COVERAGE = "/desk/coverages/ukraine-taiwan"
MANY = MOST_AT_ONCE + 3


@dataclass
class ExportDesk:
    """An editor's browser before a coverage with many texts that may leave, and the worker beside it."""

    app: Flask
    client: FlaskClient
    at: datetime

    def ask(self, query: str = "", made: str = "bundle") -> str:
        """Ask for a bundle of all that match; return the address of its page."""
        form = find_form(self.client.get(f"{COVERAGE}/export{query}").text, action="/export")
        given = {"all_approved": "y", "format": made}
        answer = self.client.post(f"{COVERAGE}/export{query}", data={**form["values"], **given})
        assert answer.status_code == 303
        return str(answer.location)

    def work(self, *, after: timedelta = timedelta(0)) -> bool:
        with self.app.app_context():
            return make_export(current_portal().instance, clock=lambda: self.at + after)

    def fetch(self, page: str) -> TestResponse:
        form = find_form(self.client.get(page).text, action="/fetch")
        shown = self.client.post(form["action"], data=form["values"], follow_redirects=True)
        address = shown.headers["Refresh"].removeprefix("0; url=")
        return self.client.get(address, buffered=True)

    def state(self) -> ExportState:
        with self.app.app_context():
            return db.session.scalars(select(ExportFile)).one().state

    def files(self) -> list[bytes]:
        with self.app.app_context():
            return [path.read_bytes() for path in exports_folder(current_portal().instance).iterdir()]


@contextmanager
def open_export_desk(app: Flask, at: datetime) -> Iterator[ExportDesk]:
    """Give it, at a time that stands still; files that were made go with it."""
    client = app.test_client()
    with time_machine.travel(at, tick=False):
        with app.app_context():
            with transaction() as session:
                number = make_approved(session, at).id
                email = make_staff(session, Role.EDITOR).email
            add_copies(db.session(), db.session.get_one(Draft, number), MANY - 1)
        enter_as(client, email)
        yield ExportDesk(app, client, at)
        with app.app_context():
            for path in exports_folder(current_portal().instance).iterdir():
                path.unlink()
