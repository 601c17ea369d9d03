"""What a button of the desk says goes out is what goes out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.mail_notices import Notice
from portal.domain.permissions import Role
from portal.domain.transitions import TRANSITIONS
from portal.extensions import db
from portal.models import OutboxMail, Submission
from tests.support.bad_input import ONE_DATABASE, Desk, open_desk
from tests.support.mail_server import drop_mail
from tests.support.plain_browser import find_form

pytestmark = pytest.mark.either_database

NONE = "No e-mail is sent for this."
NO_ADDRESS = "No e-mail: no address was left. The author sees it on the private page."
LATER = "Sends an e-mail in Ukrainian in 10 minutes: “There is an update.”"
AT_ONCE = "Sends an e-mail in Ukrainian at once: “There is an update.”"
WORDS = re.compile(
    r"No e-mail is sent for this\.|No e-mail: [^<]*|Sends an e-mail in [^:<]*: “There is an update\.”"
)


@dataclass(frozen=True)
class Button:
    """A button of the desk: where it stands, what its form is sent with."""

    path: str
    values: Mapping[str, str]
    place: str = "pitch"
    before: tuple[Act, ...] = ()


BUTTONS: Mapping[Act, Button] = {
    Act.ASK: Button("/ask", {"body": "Де?"}),
    Act.INVITE: Button("/invite", {"body": "Чекаємо."}),
    Act.DECLINE: Button("/decline", {"reason": "other", "body": "Ні."}),
    Act.MARK_SPAM: Button("/spam", {}),
    Act.MARK_DUPLICATE: Button("/duplicate", {"address": "{story}"}),
    Act.WITHDRAW: Button("/withdraw", {"note": "Дзвінок."}),
    Act.ERASE: Button("/erase", {"sure": "y"}),
    Act.ACCEPT: Button("/accept", {}, "story"),
    Act.REOPEN: Button("/reopen", {}, before=(Act.WITHDRAW,)),
    Act.SEND_FOR_APPROVAL: Button("/approval", {}, "draft"),
    Act.WAIVE_APPROVAL: Button("/waive", {"reason": "Лист."}, "draft"),
    Act.REVISE: Button("/revise", {}, "draft", (Act.SEND_FOR_APPROVAL,)),
    Act.PUBLISH: Button("/publish", {"url_uk": "https://example.org/a"}, "draft", (Act.WAIVE_APPROVAL,)),
    Act.CORRECT: Button("/correct", {"reason": "Помилка."}, "draft", (Act.PUBLISH,)),
}

BY_AUTHOR = frozenset(
    {Act.SAVE, Act.SUBMIT, Act.REPLY, Act.SEND_STORY, Act.APPROVE, Act.OBJECT, Act.ASK_TAKE_DOWN}
)


@pytest.fixture
def desk(app: Flask, client: FlaskClient) -> Desk:
    return open_desk(app, client, Role.ADMIN)


def address_of(desk: Desk, place: str) -> str:
    return desk.draft_page if place == "draft" else desk.page(getattr(desk, place))


def press(desk: Desk, act: Act) -> tuple[str, list[str]]:
    """Press a button after those that must come before it; return as `press_one`."""
    for one in BUTTONS[act].before:
        press(desk, one)
    return press_one(desk, act)


def press_one(desk: Desk, act: Act) -> tuple[str, list[str]]:
    """Press a button; return what was said beside it, and for each mail it queued what should have been."""
    button = BUTTONS[act]
    address = address_of(desk, button.place)
    page = desk.client.get(address).text
    form = find_form(page, action=button.path)
    known = list_ids(desk)
    said = read_words(page, form["action"])
    values = {name: value.format(story=desk.story) for name, value in button.values.items()}
    prefixed = {match_name(form["names"], name): value for name, value in values.items()}
    answer = desk.client.post(form["action"], data={**form["values"], **prefixed})
    assert answer.status_code == 303, (act, answer.status_code)
    return said, word_queue(desk, known)


def match_name(names: set[str], name: str) -> str:
    """Return the name a field has in this form: forms of one page carry prefixes."""
    return next((one for one in sorted(names) if one == name or one.endswith(f"-{name}")), name)


def read_words(page: str, action: str) -> str:
    """Return what a form says about mail."""
    form = page.partition(f'action="{action}"')[2].partition("</form>")[0]
    found = WORDS.findall(form)
    assert len(found) <= 1
    return found[0] if found else ""


def list_ids(desk: Desk) -> set[int]:
    with desk.app.app_context():
        return set(db.session.scalars(select(OutboxMail.id)))


def word_queue(desk: Desk, known: set[int]) -> list[str]:
    """Return for each mail that was added the words a button must have said."""
    with desk.app.app_context():
        mails = db.session.scalars(select(OutboxMail).where(OutboxMail.id.not_in(known))).all()
        assert {mail.kind for mail in mails} <= {Notice.UPDATE}
        assert {mail.locale for mail in mails} <= {"uk"}
        return [AT_ONCE if mail.run_at == mail.queued_at else LATER for mail in mails]


def test_every_act_of_the_desk_has_its_button_here() -> None:
    assert set(Act) - BY_AUTHOR == set(BUTTONS)


@ONE_DATABASE  # what is queued is tried on both with the acts; here it is about words
@pytest.mark.parametrize("act", BUTTONS)
def test_what_a_button_says_is_what_is_queued(desk: Desk, act: Act) -> None:
    said, queued = press(desk, act)
    silent = act is Act.REVISE  # one press without a panel, and nothing to say
    assert said == (queued[0] if queued else "" if silent else NONE)
    assert len(queued) == (TRANSITIONS[act].notice is not None)


def test_without_an_address_the_buttons_say_so_and_nothing_is_queued(desk: Desk) -> None:
    with desk.app.app_context(), transaction() as session:
        for submission in session.scalars(select(Submission)):
            submission.wants_mail = False
    said, queued = press(desk, Act.ASK)
    assert (said, queued) == (NO_ADDRESS, [])


def test_reopening_what_was_closed_a_moment_ago_tells_nobody(desk: Desk) -> None:
    press(desk, Act.MARK_SPAM)
    assert press_one(desk, Act.REOPEN) == (NONE, [])


def test_a_dropped_mail_is_found_beside_its_button(desk: Desk) -> None:
    with drop_mail():
        said, queued = press(desk, Act.ASK)
    assert (said, queued) == (LATER, [])
