"""Acts that concern two texts, pressed on both pages at once: neither colleague waits for ever."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.domain.acts import HistoryAct
from portal.domain.permissions import Role
from portal.extensions import db
from portal.models import Event, Submission
from tests.integration.desk.test_same_story import make_pair
from tests.support.bad_input import Desk, open_desk
from tests.support.concurrency import act_at_once, meeting_before
from tests.support.plain_browser import find_form

pytestmark = pytest.mark.parametrize(
    "app", ["postgresql"], indirect=True
)  # on SQLite one person writes at a time
SEE_OTHER, REFUSED = 303, 422


@pytest.fixture
def desks(app: Flask) -> tuple[Desk, Desk]:
    """Two editors, each in a browser of their own."""
    first, second = (open_desk(app, app.test_client(), Role.EDITOR) for _ in range(2))
    return first, second


@pytest.fixture
def pair(app: Flask) -> tuple[str, str]:
    """Two texts that tell one story, the older first."""
    with app.app_context():
        first, second = (one.public_id for one in make_pair(db.session(), datetime.now(UTC)))
    return first, second


def press(desk: Desk, public_id: str, act: str, **values: str) -> partial[int]:
    """Open a text's page and return the press."""
    page = desk.page(public_id)
    form = find_form(desk.client.get(page).text, action=f"{page}/{act}")

    def send() -> int:
        return desk.client.post(form["action"], data={**form["values"], **values}).status_code

    return partial(send)


def read_originals(app: Flask) -> Mapping[str, str | None]:
    """Return of each text the one it is a duplicate of."""
    with app.app_context():
        texts = db.session.scalars(select(Submission)).all()
        return {one.public_id: one.duplicate_of.public_id if one.duplicate_of else None for one in texts}


def test_a_pair_is_told_apart_once_from_both_pages(
    app: Flask, desks: tuple[Desk, Desk], pair: tuple[str, str]
) -> None:
    acts = [
        press(desk, own, "different", other=other)
        for desk, own, other in zip(desks, pair, reversed(pair), strict=True)
    ]
    with meeting_before("SELECT same_story", app):
        answers = act_at_once(acts)
    with app.app_context():
        told = db.session.scalar(select(func.count()).where(Event.act == HistoryAct.TELL_APART))
    assert (answers, told) == ([SEE_OTHER, SEE_OTHER], len(pair))


def test_of_two_texts_one_becomes_the_duplicate_of_the_other(
    app: Flask, desks: tuple[Desk, Desk], pair: tuple[str, str]
) -> None:
    first, second = pair
    acts = [
        press(desks[0], first, "duplicate", address=second),
        press(desks[1], second, "duplicate", address=first),
    ]
    with meeting_before("INSERT INTO event", app):
        answers = act_at_once(acts)
    originals = read_originals(app)
    assert (sorted(answers), {originals[first], originals[second]} - {None}) == (
        [SEE_OTHER, REFUSED],
        {second if originals[first] else first},
    )
