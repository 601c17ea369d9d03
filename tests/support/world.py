"""The world of a filled portal: its codes, texts and people by what they are examples of."""

from dataclasses import dataclass, field

from flask import Flask
from flask.testing import FlaskClient

from portal.database import transaction
from portal.domain.languages import Locale
from portal.domain.permissions import Role
from portal.extensions import db
from portal.queries.staff import find_staff_by_email
from tests.support.contributor import enter_code
from tests.support.plain_browser import send_form
from tests.support.sender import remember_sending
from tests.support.staff import PASSWORD, enter, sign_in

PASSER_BY = ""
HALFWAY = "halfway in"
LATE = "signed in a while ago"
"""An admin who is to enter the password once more before what must not happen at an unattended desk."""
A_WHILE = 16 * 60


@dataclass
class World:
    """What stands in the portal: receipt codes, submissions and drafts by what they are examples of."""

    app: Flask
    locale: Locale
    slug: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    form_keys: dict[str, str] = field(default_factory=dict)
    """Of people whose browser has the receipt open."""
    submissions: dict[str, str] = field(default_factory=dict)
    drafts: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    pushes: dict[str, str] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict)
    tag: str = ""
    view: str = ""

    def open_client(self, who: str) -> FlaskClient:
        """Return a client that is this person: signed in, or with the private page open."""
        client = self.app.test_client()
        if who in self.form_keys:
            with self.app.app_context(), transaction() as session:
                remember_sending(session, client, self.form_keys[who])
        elif who in self.codes:
            enter_code(client, self.codes[who])
        elif who in self.emails:
            sign_in(client, self.emails[who])
        elif who == HALFWAY:
            given = {"email": self.emails[Role.MODERATOR], "password": PASSWORD}
            send_form(client, "/account/sign-in", given)
        elif who == LATE:
            with self.app.app_context():
                admin = find_staff_by_email(db.session(), self.emails[Role.ADMIN])
                assert admin is not None
            enter(client, admin.fs_uniquifier, ago=A_WHILE)
        return client
