"""Pages of one draft, open in the browsers of an editor and a colleague."""

from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.extensions import db
from portal.models import Draft
from tests.support.factories import make_draft, make_sending, make_staff
from tests.support.form_writer import read_json
from tests.support.plain_browser import find_form
from tests.support.staff import enter_as


@dataclass
class Page:
    """A draft open in an editor's browser, with the form as the browser would send it."""

    app: Flask
    client: FlaskClient
    address: str
    values: dict[str, Any] = field(default_factory=dict)

    def open(self) -> str:
        page = self.client.get(self.address).text
        self.values = dict(find_form(page, field="body")["values"])
        return unescape(page)

    def send(self, act: str = "", **typed: Any) -> TestResponse:
        """Press a button of the form: it goes to the address of its act."""
        address = self.address + (f"/{act}" if act else "")
        return self.client.post(address, data={**self.values, **typed})

    def keep(self, **typed: Any) -> dict[str, Any]:
        """Keep in the background as the page's script does."""
        self.values |= typed
        answer = read_json(self.client.post(f"{self.address}/keep", data=self.values))
        if answer["state"] != "elsewhere":
            self.values["kept"] = str(answer["kept"])
        return answer

    def read(self) -> Draft:
        with self.app.app_context():
            draft = db.session.scalars(select(Draft)).one()
            db.session.refresh(draft.submission)
            _ = draft.revisions, draft.checks, draft.submission.state
            db.session.expunge_all()
            return draft


@dataclass
class Two:
    """An editor and a colleague before one draft."""

    mine: Page
    theirs: Page


def open_two(app: Flask, client: FlaskClient, at: datetime) -> Two:
    """Return the pages of Олена and Петро, who edit the same story."""
    with app.app_context(), transaction() as session:
        names = ("Олена", "Петро")
        draft = make_draft(
            session, at, by=make_staff(session, Role.EDITOR), sending=make_sending(Stage.STORY)
        )
        emails = [make_staff(session, Role.EDITOR, name=name).email for name in names]
        address = f"/desk/coverages/draft/{draft.public_id}"
    pages = []
    for email, browser in zip(emails, (client, app.test_client()), strict=True):
        enter_as(browser, email)
        pages.append(Page(app, browser, address))
        pages[-1].open()
    return Two(*pages)
