"""The sites that stories are sent to: made, changed, tried and closed on the desk."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import db
from portal.models import AuditEntry, Target
from tests.support.factories import make_call, make_staff
from tests.support.html_pages import read_tree
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import enter

pytestmark = pytest.mark.either_database

PASSWORD = "abcd efgh ijkl"  # of nobody
NEW = {
    "target_name": "Site",
    "lang": "uk",
    "address": "https://192.0.2.1/wp-admin/",
    "account": "portal",
    "password": PASSWORD,
}


class Desk:
    """An editor at the targets of the one coverage."""

    def __init__(self, app: Flask, at: datetime) -> None:
        with app.app_context(), transaction() as session:
            self.pages = f"/desk/coverages/{make_call(session, at).coverage.slug}/targets"
            known = make_staff(session, Role.EDITOR).fs_uniquifier
        self.app, self.client = app, app.test_client()
        enter(self.client, known)

    def make(self, **values: str) -> TestResponse:
        return send_form(self.client, f"{self.pages}/new", {**NEW, **values}, action="/new")

    def send(self, end: str, **values: str) -> TestResponse:
        page = self.client.get(self.address).text
        form = find_form(page, action=self.address.removesuffix("#") + end)
        return self.client.post(self.address + end, data={**form["values"], **values})

    @property
    def address(self) -> str:
        return f"{self.pages}/{self.read('public_id')}"

    def read(self, name: str) -> Any:
        with self.app.app_context():
            return getattr(db.session.scalars(select(Target)).one(), name)

    def count(self) -> int:
        with self.app.app_context():
            return len(db.session.scalars(select(Target)).all())

    def remember(self, **values: Any) -> None:
        """Put into the row what else a site would have to say."""
        with self.app.app_context(), transaction() as session:
            target = session.scalars(select(Target)).one()
            for name, value in values.items():
                setattr(target, name, value)


@pytest.fixture
def desk(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Desk]:
    with time_machine.travel(at, tick=False):
        yield Desk(app, at)


def test_what_is_copied_along_with_an_address_is_left_out(desk: Desk) -> None:
    desk.make()
    assert (desk.read("address"), desk.read("account"), desk.read("password")) == (
        "https://192.0.2.1",
        "portal",
        PASSWORD,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("address", "http://site.example"), ("target_name", " "), ("account", ""), ("password", "")],
)
def test_what_lacks_something_is_shown_again(desk: Desk, name: str, value: str) -> None:
    answer = desk.make(**{name: value})
    links = [link.get("href") for link in read_tree(answer.text).iterfind(".//main//a")]
    assert (answer.status_code, desk.count(), f"#{name}-field" in links) == (422, 0, True)


def test_a_name_is_given_once(desk: Desk) -> None:
    desk.make()
    assert (desk.make().status_code, desk.count()) == (422, 1)


def test_the_password_is_never_shown(desk: Desk) -> None:
    desk.make()
    assert PASSWORD not in desk.client.get(desk.address).text


def test_an_empty_password_keeps_the_one_that_is_there(desk: Desk) -> None:
    desk.make()
    desk.send("", target_name="Other", password="")
    assert (desk.read("name"), desk.read("password")) == ("Other", PASSWORD)


def test_another_address_asks_for_the_password_anew(desk: Desk) -> None:
    desk.make()
    answer = desk.send("", address="https://192.0.2.2", password="")
    assert (answer.status_code, desk.read("address")) == (422, "https://192.0.2.1")


def test_a_stale_page_changes_nothing(desk: Desk) -> None:
    desk.make()
    seen = str(desk.read("version"))
    desk.send("", target_name="Other")
    assert (desk.send("", target_name="Third", seen=seen).status_code, desk.read("name")) == (409, "Other")


def test_trying_says_what_is_wrong(desk: Desk) -> None:
    desk.make()
    desk.send("/try")
    assert desk.read("trial") == {"problem": "private_address"}


def test_categories_are_chosen_by_name(desk: Desk) -> None:
    desk.make()
    desk.remember(trial={"categories": [[7, "East Asia › Taiwan (ROC)"]]})
    page = read_tree(desk.client.get(desk.address).text)
    offered = [one.text for one in page.iterfind(".//select[@name='category_0']/option") if one.get("value")]
    desk.send("/categories", category_0="7")
    assert (offered, desk.read("categories")) == (
        ["East Asia › Taiwan (ROC)"],
        {"special": {"id": 7, "name": "East Asia › Taiwan (ROC)"}},
    )


def test_a_chosen_category_that_is_gone_is_named_so_after_those_of_the_site(desk: Desk) -> None:
    desk.make()
    desk.remember(
        trial={"categories": [[7, "East Asia"], [8, "World"]]},
        categories={
            "special": {"id": 8, "name": "Old name"},
            "ukraine-taiwan": {"id": 9, "name": "Gone"},
        },
    )
    page = read_tree(desk.client.get(desk.address).text)
    offered = [one.text for one in page.iterfind(".//select[@name='category_1']/option") if one.get("value")]
    desk.send("/categories", category_0="8", category_1="9")
    kept = [one["name"] for one in desk.read("categories").values()]
    assert (offered, kept) == (["East Asia", "World", "Gone (no longer on the site)"], ["World", "Gone"])


def test_a_category_the_site_has_not_is_not_taken(desk: Desk) -> None:
    desk.make()
    desk.remember(trial={"categories": [[7, "East Asia"]]})
    assert (desk.send("/categories", category_0="8").status_code, desk.read("categories")) == (422, {})


def test_a_closed_site_forgets_the_password_and_offers_nothing(desk: Desk) -> None:
    desk.make()
    desk.send("/close")
    forms = list(read_tree(desk.client.get(desk.address).text).iterfind(".//main//form"))
    assert (desk.read("sealed_account"), forms) == (None, [])


def test_the_log_says_who_made_changed_and_closed_it(desk: Desk) -> None:
    desk.make()
    desk.send("", target_name="Other")
    desk.send("/close")
    about = desk.read("public_id")
    with desk.app.app_context():
        written = select(AuditEntry.act).where(AuditEntry.about == about).order_by(AuditEntry.seq)
        acts = db.session.scalars(written).all()
    assert acts == ["make_target", "change_target", "close_target"]


def test_a_password_that_no_key_opens_is_told_missing_and_typed_anew(desk: Desk) -> None:
    desk.make()
    desk.remember(sealed_account=bytes(80))
    page = desk.client.get(desk.address)
    refused = desk.send("")
    answer = desk.send("", account="portal", password="mnop qrst")
    assert (page.status_code, "/try" in page.text, refused.status_code) == (200, False, 422)
    assert (answer.status_code, desk.read("account"), desk.read("password")) == (303, "portal", "mnop qrst")
