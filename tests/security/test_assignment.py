"""A form changes what it shows and nothing else: names of columns, sent along, are dropped."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, request
from sqlalchemy import Boolean, Enum, Integer, String, Text, func, select

import portal
from portal.database import transaction
from portal.domain.permissions import Permission
from portal.extensions import db
from portal.models import Base, Staff, Submission
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from tests.security.forms import Browsers, SeenForm, find_forms, send
from tests.security.routes import Visitors, gather
from tests.support.bad_input import ONE_DATABASE

NUMBER = 424_242
"""Fits into columns of numbers and of texts, and stands in none by itself."""
GRANTED = {"role": "admin", "reads_identity": "y", "active": "", "state": "erased", "lane": "unverified"}
"""Columns that take a few values only, with one that nobody may give oneself."""
DECIDING = re.compile(r"erase|spam|settings\.(person|close|make_invitation)|withdraw|delete")
"""Views whose own work is to set one of those."""


@pytest.fixture
def visitors(app: Flask) -> Visitors:
    return gather(app)


def list_columns() -> set[str]:
    """Return the names of all columns that could hold the number."""
    return {
        column.name
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Integer | String | Text) and not isinstance(column.type, Boolean | Enum)
    }


def find_number(app: Flask) -> list[str]:
    """Return the columns in which the number stands."""
    found = []
    with app.app_context():
        for table in Base.metadata.sorted_tables:
            for row in db.session.execute(select(table)).mappings():
                found += [f"{table.name}.{name}" for name, value in row.items() if str(value) == str(NUMBER)]
    return found


def count_granted(app: Flask) -> tuple[int | None, ...]:
    """Count who and what has the values nobody may give oneself."""
    with app.app_context():
        return tuple(
            db.session.scalar(select(func.count()).where(condition))
            for condition in (
                Staff.role == "admin",
                Staff.reads_identity.is_(True),
                Staff.active.is_(False),
                Submission.state == "erased",
                Submission.lane == "unverified",
            )
        )


def send_all(browsers: Browsers, forms: list[SeenForm]) -> None:
    """Send every form with all names of columns that are no field of a form of the same view."""
    columns = list_columns()
    for form in forms:
        shown = {name for one in forms if one.endpoint == form.endpoint for name in one.names}
        extra = {**dict.fromkeys(columns, str(NUMBER)), **GRANTED}
        send(browsers, form, **{name: value for name, value in extra.items() if name not in shown})


@ONE_DATABASE
def test_no_form_writes_what_it_does_not_show(visitors: Visitors) -> None:
    browsers = Browsers(visitors)
    forms = [form for form in find_forms(browsers) if not DECIDING.search(form.endpoint)]
    before = count_granted(visitors.world.app)
    send_all(browsers, forms)
    found = find_number(visitors.world.app)
    assert (found, count_granted(visitors.world.app), len(forms) > 40) == ([], before, True)


@access(Permission.ACCOUNT_OWN)
def believe_everything() -> str:
    """Stand in for a view that fills an account from whatever was sent."""
    with transaction():
        staff = acting_staff()
        for name, value in request.form.items():
            if name in ("name", "locale", "failed_sign_ins", "role"):
                setattr(staff, name, value)
    return ""


@pytest.fixture
def careless(app: Flask) -> Iterator[Flask]:
    """The application with such a view."""
    whole = app.view_functions["staff_account.own"]
    app.view_functions["staff_account.own"] = believe_everything
    yield app
    app.view_functions["staff_account.own"] = whole


@ONE_DATABASE
def test_a_form_that_fills_a_row_is_found(careless: Flask) -> None:
    visitors = gather(careless)
    names = frozenset({"name"})
    form = SeenForm(
        "editor",
        "/account/",
        "staff_account.own",
        "/account/",
        {},
        names,
        hidden=frozenset(),
        areas=frozenset(),
    )
    careless.config["WTF_CSRF_ENABLED"] = False
    try:
        before = count_granted(careless)
        send_all(Browsers(visitors), [form])
    finally:
        careless.config["WTF_CSRF_ENABLED"] = True
    after = count_granted(careless)
    assert (sorted(find_number(careless)), before[0] != after[0]) == (
        ["staff.failed_sign_ins", "staff.locale"],
        True,
    )


def test_no_view_hands_a_whole_form_to_a_row() -> None:
    whole = re.compile(r"populate_obj|\*\*\s*(request\.(form|values|args|json)|form\.data)\b")
    code = Path(portal.__file__).parent.rglob("*.py")
    assert [str(file) for file in code if whole.search(file.read_text(encoding="utf-8"))] == []
