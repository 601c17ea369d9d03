"""A contributor at the form: fills in, saves, sends, comes back."""

from datetime import datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.admission import BucketRule
from portal.domain.receipt_code import derive_code, group_code, issue_form_key
from portal.extensions import current_portal, db, now
from portal.models import Call, RateBucket, Submission, UnsentVersion
from tests.support.plain_browser import find_form, send_form

PITCH = "/uk/ukraine-taiwan/pitch"
STORY = "/uk/ukraine-taiwan/story"
MY = "/uk/my"
SCRIPT = {"Accept": "application/json"}
IDEA = "Моя бабуся ховала книжки. Я бачила таку полицю в Тайбеї."
ADDRESS = "olena@example.org"
ANSWERS = {
    "lang": "uk",
    "idea": IDEA,
    "link": "Полиця.",
    "you": "Це моя бабуся.",
    "before": "no",
    "byline": "pen",
    "byline_text": "Олена К.",
    "risk": "unsure",
    "risk_text": "Брат служить.",
    "reply": "email",
    "reply_text": ADDRESS,
    "c_use": "y",
    "c_age": "y",
}
STORY_ANSWERS = {
    "story": "Світло зникло о шостій. Ми сиділи в темряві.",
    "whose": "mine",
    "others": "no_one",
    "tools": "no",
    "may": "after_approval",
    "c_own": "y",
    "c_lic": "y",
}


def open_form(client: FlaskClient, address: str = PITCH) -> dict[str, Any]:
    """Return what a browser would send of a fresh form."""
    page = client.get(address)
    assert page.status_code == 200, (address, page.status_code)
    return dict(find_form(page.text, field="form_key")["values"])


def read_values(page: str) -> dict[str, Any]:
    """Return the values of the form on a page."""
    values: dict[str, Any] = find_form(page, field="form_key")["values"]
    return {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}


def save_by_script(client: FlaskClient, values: dict[str, Any], address: str = PITCH) -> dict[str, Any]:
    """Save as the page's script does; return its answer."""
    return read_json(client.post(f"{address}/save", data=values, headers=SCRIPT))


def read_json(answer: TestResponse) -> dict[str, Any]:
    assert answer.json is not None
    return dict(answer.json)


def save(client: FlaskClient, values: dict[str, Any], address: str = PITCH) -> TestResponse:
    """Press “Save and come back later”."""
    return client.post(f"{address}/save", data={**values, "save": "1"}, follow_redirects=True)


def go_on(values: dict[str, Any], answer: dict[str, Any], **typed: str) -> dict[str, Any]:
    """Return the form as it stands after a save, with more typed into it."""
    known = {"writing": answer["writing"], "sequence": str(answer["sequence"])}
    return {**values, **known, **typed}


def code_of(app: Flask, form_key: str) -> str:
    with app.app_context():
        return group_code(derive_code(current_portal().instance.receipt_secret, form_key))


def enter(client: FlaskClient, code: str) -> TestResponse:
    return send_form(client, MY, {"code": code})


def list_rows(app: Flask) -> list[UnsentVersion]:
    with app.app_context():
        return list(db.session.scalars(select(UnsentVersion).order_by(UnsentVersion.id)))


def find_only_submission(app: Flask) -> Submission:
    with app.app_context():
        return db.session.scalars(select(Submission)).one()


def count_rows(app: Flask, table: type[Any]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def close_call(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        session.scalars(select(Call)).one().closes_at = at


def form_key_of(app: Flask, at: datetime) -> str:
    with app.app_context():
        return issue_form_key(current_portal().instance.receipt_secret, at=at)


def fill_up(app: Flask, name: str, rule: BucketRule) -> None:
    """Leave no room in a bucket."""
    with app.app_context(), transaction() as session:
        session.merge(RateBucket(name=name, level=float(rule.burst), updated_at=now()))
