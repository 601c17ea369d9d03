"""A form changes what it shows and nothing else: names of columns, sent along, are dropped."""

import re
from collections.abc import Iterator, Sequence
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
from tests.security.forms import Browsers, SeenForm, choose_kinds, send
from tests.support.bad_input import SHARED_ON_ONE

NUMBER = 424_242
"""Fits into columns of numbers and of texts, and stands in none by itself."""
GRANTED = {"role": "admin", "reads_identity": "y", "active": "", "state": "erased", "lane": "unverified"}
"""Columns that take a few values only, with one that nobody may give oneself."""
DECIDING = re.compile(r"erase|spam|settings\.(person|close|make_invitation)|withdraw|delete")
"""Views whose own work is to set one of those."""


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


def send_all(browsers: Browsers, forms: Sequence[SeenForm]) -> None:
    """Send every form with all names of columns that are no field of a form of the same view."""
    columns = list_columns()
    for form in forms:
        shown = {name for one in forms if one.endpoint == form.endpoint for name in one.names}
        extra = {**dict.fromkeys(columns, str(NUMBER)), **GRANTED}
        send(browsers, form, **{name: value for name, value in extra.items() if name not in shown})


@SHARED_ON_ONE
def test_no_form_writes_what_it_does_not_show(browsers: Browsers, forms: Sequence[SeenForm]) -> None:
    sent = [form for form in choose_kinds(forms) if not DECIDING.search(form.endpoint)]
    app = browsers.visitors.world.app
    before = count_granted(app)
    send_all(browsers, sent)
    assert (find_number(app), count_granted(app), len(sent) > 40) == ([], before, True)


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
def careless(shared_app: Flask) -> Iterator[Flask]:
    """The application with such a view."""
    whole = shared_app.view_functions["staff_account.own"]
    shared_app.view_functions["staff_account.own"] = believe_everything
    yield shared_app
    shared_app.view_functions["staff_account.own"] = whole


@SHARED_ON_ONE
def test_a_form_that_fills_a_row_is_found(careless: Flask, browsers: Browsers) -> None:
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
        send_all(browsers, [form])
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
