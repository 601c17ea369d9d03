"""Coverages gain the shipped texts in a language they lack."""

from flask import Flask
from sqlalchemy import select

from portal.data.content import first_coverage
from portal.database import transaction
from portal.extensions import db
from portal.models import Coverage
from portal.operations.first_coverage import add_languages

CHANGED = {"en": "Two islands", "zh-Hant-TW": "兩座島"}


def take_away_ukrainian(app: Flask) -> None:
    """Make the coverage and its call one of before Ukrainian came, with a title of its own."""
    with app.app_context(), transaction() as session:
        coverage = session.scalars(select(Coverage)).one()
        call = coverage.calls[0]
        coverage.title = CHANGED
        coverage.introduction = {tag: text for tag, text in coverage.introduction.items() if tag != "uk"}
        call.consents = [
            {**row, "text": {tag: text for tag, text in row["text"].items() if tag != "uk"}}
            for row in call.consents
        ]


def complete(app: Flask) -> int:
    with app.app_context(), transaction() as session:
        return add_languages(session, first_coverage())


def test_a_coverage_gains_what_it_lacks_and_keeps_what_was_changed(opened: Flask) -> None:
    shipped = first_coverage()
    take_away_ukrainian(opened)
    gained = complete(opened)
    with opened.app_context():
        coverage = db.session.scalars(select(Coverage)).one()
        now = (coverage.title, coverage.introduction, coverage.calls[0].consents)
    assert (gained, now) == (
        1 + len(shipped.consents),
        (CHANGED, shipped.coverage["introduction"], list(shipped.consents)),
    )


def test_nothing_is_gained_twice(opened: Flask) -> None:
    take_away_ukrainian(opened)
    complete(opened)
    assert complete(opened) == 0
