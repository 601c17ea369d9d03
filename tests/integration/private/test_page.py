"""The private page, as a contributor walks it with the code in hand."""

import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.errors import IllegalTransition
from portal.domain.permissions import Role
from portal.domain.receipt_code import derive_code, group_code
from portal.domain.states import Stage, State
from portal.extensions import current_portal, db
from portal.models import ContributorSession, Message, Submission
from portal.operations.desk.decisions import mark_spam
from portal.operations.private import author_acts
from tests.support.author_acts import renew_words
from tests.support.contributor import MY, Contributor, actions_of, next_of, status_of
from tests.support.documents import make_pdf
from tests.support.factories import make_form_key, make_staff, make_submission
from tests.support.form_writer import close_call
from tests.support.html_pages import read_tree
from tests.support.photos import make_picture
from tests.support.plain_browser import find_form, read_forms, send_form

pytestmark = pytest.mark.either_database

WINDOW = timedelta(minutes=10)
QUESTION = "У якому місті це було?"


def test_a_stranger_is_asked_for_the_code(person: Contributor) -> None:
    assert read_forms(person.client.get(MY).text)[0]["names"] == {"csrf_token", "code"}


def test_the_code_opens_the_page(person: Contributor) -> None:
    person.send()
    assert status_of(person.read()) == "Received"


def test_the_answer_to_the_code_is_the_same_address(person: Contributor) -> None:
    person.send()
    answer = send_form(person.client, MY, {"code": person.code}, follow=False)
    assert (answer.status_code, answer.location) == (303, MY)


@pytest.mark.parametrize("writing", ["spaces", "dashes", "full width"])
def test_the_code_may_be_written_as_people_write_numbers(person: Contributor, writing: str) -> None:
    person.send()
    written = {
        "spaces": group_code(person.code),
        "dashes": group_code(person.code).replace(" ", "-"),
        "full width": "".join(chr(ord(digit) - ord("0") + ord("０")) for digit in person.code),
    }[writing]
    page = send_form(person.client, MY, {"code": written}).text
    assert status_of(page) == "Received"


def test_every_wrong_code_gets_the_same_answer(person: Contributor) -> None:
    person.send()
    swapped = person.code[:-1] + str((int(person.code[-1]) + 1) % 10)
    wrong = ["1", "00000000000000000000", swapped, f"{person.code}1", "xyz"]
    answers = [send_form(person.client, MY, {"code": code}) for code in wrong]
    errors = {answer.text.partition('class="field-error"')[2].partition("</div>")[0] for answer in answers}
    assert ({answer.status_code for answer in answers}, len(errors)) == ({422}, 1)


def test_without_the_code_every_part_of_the_page_leads_to_the_entrance(person: Contributor) -> None:
    answers = [person.client.get(f"{MY}/{part}") for part in ("check", "withdraw")]
    assert [(one.status_code, one.location) for one in answers] == [(303, MY), (303, MY)]


def test_the_page_says_by_when_an_answer_comes(person: Contributor) -> None:
    person.send()
    expected = "A person will read your text. We will reply by 28\u00a0March 2026, even if the answer is no."
    assert next_of(person.read()) == expected


def test_a_late_answer_is_admitted(person: Contributor) -> None:
    person.send()
    with time_machine.travel(person.at + timedelta(days=15), tick=False):
        page = person.read()
    assert next_of(page).startswith("We promised you an answer by 28\u00a0March 2026 and are late.")


def test_the_page_shows_what_was_sent(person: Contributor) -> None:
    person.send()
    assert '<p dir="auto">Полиця з книжками.</p>' in person.read()


def test_the_page_never_shows_how_to_reach_the_contributor(person: Contributor) -> None:
    person.send()
    assert "olena@example.org" not in person.read()


def test_a_question_stays_inside_the_undo_window(person: Contributor) -> None:
    person.send()
    person.decide(Act.ASK, body=QUESTION, window=WINDOW)
    page = person.read()
    assert (status_of(page), page.count(QUESTION)) == ("Received", 0)


def test_the_promised_date_stays_on_the_page_inside_the_undo_window(person: Contributor) -> None:
    person.send()
    before = next_of(person.read())
    person.decide(Act.ASK, body=QUESTION, window=WINDOW)
    assert next_of(person.client.get(MY).text) == before


def test_what_was_put_aside_as_spam_still_reads_as_received(person: Contributor) -> None:
    person.send()
    before = next_of(person.read())
    person.decide(Act.MARK_SPAM)
    page = person.client.get(MY).text
    assert (status_of(page), next_of(page)) == ("Received", before)


def test_spam_whose_author_withdraws_and_takes_it_back_still_reads_as_received(person: Contributor) -> None:
    person.send()
    before = next_of(person.read())
    person.decide(Act.MARK_SPAM)
    send_form(person.client, f"{MY}/withdraw", {}, action="/withdraw")
    page = send_form(person.client, MY, {}, action="/withdraw/undo").text
    assert (status_of(page), next_of(page)) == ("Received", before)


def test_the_promised_date_stays_while_two_decisions_wait(person: Contributor) -> None:
    person.send(Stage.STORY)
    before = next_of(person.read())
    person.decide(Act.ACCEPT, window=WINDOW)
    person.edit("Світло зникло.", window=WINDOW)
    assert next_of(person.client.get(MY).text) == before


def test_a_question_is_answered(person: Contributor) -> None:
    person.send()
    person.decide(Act.ASK, body=QUESTION)
    person.enter()
    send_form(person.client, MY, {"body": "У Харкові."})
    assert (person.state(), person.messages()) == (State.SUBMITTED, [QUESTION, "У Харкові."])


def test_an_answer_is_stamped_with_the_hour_only(person: Contributor) -> None:
    person.send()
    person.decide(Act.ASK, body=QUESTION)
    person.enter()
    send_form(person.client, MY, {"body": "У Харкові."})
    with person.app.app_context():
        sent = db.session.scalars(select(Message.sent_at).where(Message.from_desk.is_(False))).one()
    assert sent == person.at.replace(minute=0, second=0)


def test_an_answer_sent_twice_is_kept_once(person: Contributor) -> None:
    person.send()
    person.decide(Act.ASK, body=QUESTION)
    form = find_form(person.read(), action="/reply")
    answers = [
        person.client.post(form["action"], data={**form["values"], "body": "У Харкові."}) for _ in range(2)
    ]
    assert ([one.status_code for one in answers], person.messages()) == ([303, 303], [QUESTION, "У Харкові."])


def test_an_empty_answer_is_asked_for_again(person: Contributor) -> None:
    person.send()
    person.decide(Act.ASK, body=QUESTION)
    person.enter()
    answer = send_form(person.client, MY, {"body": "  "})
    assert (answer.status_code, person.state()) == (422, State.NEEDS_REPLY)


def test_an_answer_after_a_decision_nobody_was_told_of_is_kept_as_a_message(person: Contributor) -> None:
    person.send()
    person.decide(Act.ASK, body=QUESTION)
    form = find_form(person.read(), action="/reply")
    person.decide(Act.DECLINE, reason="off_topic", body="Дякуємо.", window=WINDOW)
    answer = person.client.post(form["action"], data={**form["values"], "body": "У Харкові."})
    assert (answer.status_code, person.state(), person.messages()[-1]) == (
        303,
        State.DECLINED,
        "У Харкові.",
    )


def test_an_answer_under_an_expired_token_stays_in_the_form(person: Contributor) -> None:
    person.send()
    person.decide(Act.ASK, body=QUESTION)
    person.enter()
    answer = person.client.post(f"{MY}/reply", data={"csrf_token": "old", "body": "У Харкові."})
    kept = find_form(answer.text, action="/reply")["values"]["body"].strip()
    assert (answer.status_code, kept) == (400, "У Харкові.")


@pytest.mark.parametrize(
    ("act", "more", "expected"),
    [
        (None, {}, ["withdraw"]),
        (Act.ASK, {"body": QUESTION}, ["withdraw"]),
        (Act.INVITE, {}, ["story", "withdraw"]),
        (Act.DECLINE, {"reason": "off_topic", "body": "Ні."}, ["withdraw"]),
    ],
)
def test_the_page_offers_the_acts_that_fit(
    person: Contributor, act: Act | None, more: dict[str, Any], expected: list[str]
) -> None:
    person.send()
    if act is not None:
        person.decide(act, **more)
    always = ["leave", "mail", "reply"]
    assert actions_of(person.read()) == sorted(f"{MY}/{one}" for one in [*always, *expected])


def test_a_declined_text_says_until_when_it_is_kept(person: Contributor) -> None:
    person.send()
    person.decide(Act.DECLINE, reason="off_topic", body="Дякуємо за історію.")
    page = person.read()
    expected = "We are not taking this text further. It is kept until 12\u00a0June 2026 and then erased."
    assert (status_of(page), next_of(page), page.count("Дякуємо за історію.")) == (
        "Not this time",
        expected,
        1,
    )


def test_a_text_is_withdrawn(person: Contributor) -> None:
    person.send()
    person.enter()
    page = send_form(person.client, f"{MY}/withdraw", {}).text
    assert (person.state(), status_of(page)) == (State.WITHDRAWN, "Withdrawn by you")


def test_withdrawing_says_first_what_happens_to_the_text(person: Contributor) -> None:
    person.send()
    person.enter()
    page = person.client.get(f"{MY}/withdraw").text
    assert page.count("It is kept for 90 days and then erased.") == 1


def test_a_published_text_cannot_be_withdrawn(person: Contributor) -> None:
    publish_story(person)
    assert f"{MY}/withdraw" not in actions_of(person.client.get(MY).text)


def test_a_published_story_is_linked(person: Contributor) -> None:
    publish_story(person)
    page = person.client.get(MY).text
    assert (status_of(page), page.count('href="https://example.org/story"')) == ("Published, thank you", 1)


def test_a_publication_inside_the_undo_window_changes_nothing_on_the_page(person: Contributor) -> None:
    person.await_approval("Світло зникло.")
    close_call(person.app, person.at)
    person.approve()
    before = person.client.get(MY).text
    person.publish("https://example.org/story", window=WINDOW)
    assert _OWN.sub("", person.client.get(MY).text) == _OWN.sub("", before)


def test_an_act_needs_the_state_the_contributor_sees(person: Contributor) -> None:
    person.send()
    person.decide(Act.ASK, body=QUESTION, window=WINDOW)
    with person.app.app_context(), pytest.raises(IllegalTransition), transaction() as session:
        author_acts.reply(
            session, session.get_one(Submission, person.submission_id), body="Так.", at=person.at
        )


def test_leaving_closes_the_page(person: Contributor) -> None:
    person.send()
    person.enter()
    answer = send_form(person.client, MY, {}, action="/leave", follow=False)
    with person.app.app_context():
        left = db.session.scalar(select(func.count()).select_from(ContributorSession))
    assert (answer.status_code, answer.headers["Clear-Site-Data"], left) == (
        303,
        '"cache", "cookies", "storage"',
        0,
    )


def test_the_button_has_the_page_forget_its_copies_by_itself(person: Contributor) -> None:
    person.send()
    tree = read_tree(person.read())
    leaving = [one for one in tree.iter("form") if (one.get("action") or "").endswith("/leave")]
    scripts = [one.get("src") or "" for one in tree.iter("script")]
    assert ([one.get("data-forget") for one in leaving], any("js/form.mjs" in one for one in scripts)) == (
        [""],
        True,
    )


def test_after_leaving_the_page_asks_for_the_code(person: Contributor) -> None:
    person.send()
    person.enter()
    send_form(person.client, MY, {}, action="/leave", follow=False)
    assert read_forms(person.client.get(MY).text)[0]["names"] == {"csrf_token", "code"}


def test_the_page_closes_by_itself_after_three_hours_at_most(person: Contributor) -> None:
    person.send()
    person.enter()
    with time_machine.travel(person.at + timedelta(hours=3), tick=False):
        page = person.client.get(MY).text
    assert read_forms(page)[0]["names"] == {"csrf_token", "code"}


@pytest.mark.parametrize("lang", ["en", "uk", "zh-tw"])
def test_all_pages_have_the_same_neutral_title(person: Contributor, lang: str) -> None:
    person.await_approval("Світло зникло.")
    pages = [person.client.get(f"/{lang}/my{part}").text for part in ("", "/check", "/withdraw")]
    assert len({page.partition("<title>")[2].partition("</title>")[0] for page in pages}) == 1


def publish_story(person: Contributor) -> None:
    person.await_approval("Світло зникло.")
    person.approve()
    person.publish("https://example.org/story")


# --- Spam is told nobody ------------------------------------------------------------------------------------

ROOMS = (
    *("", "/receipt", "/change", "/language", "/photos", "/documents", "/consents", "/withdraw"),
    *("/erase", "/data", "/story", "/check", "/write", "/saved"),
)
_OWN = re.compile(
    r'(value|id|content|data-copy)="[^"]*"|[0-9a-f]{32}|[0-9a-f]{16}(?=[: "])|\d{4} \d{4} \d{4} \d{4} \d{4}'
)
"""What differs between two people who sent the same."""


def send_twin(app: Flask, stage: Stage, at: datetime, *, is_spam: bool) -> FlaskClient:
    """Send a text, have it put aside if it is spam, and return the browser with its page open."""
    with app.app_context(), transaction() as session:
        form_key = make_form_key()
        submission = make_submission(session, at, stage, form_key=form_key)
        if is_spam:
            by = make_staff(session, Role.EDITOR)
            mark_spam(session, submission, by=by, at=at, seen=submission.version)
        code = derive_code(current_portal().instance.receipt_secret, form_key)
    client = app.test_client()
    send_form(client, MY, {"code": code})
    return client


def look(answer: TestResponse) -> tuple[int, str, str]:
    """Return what tells an answer from another one."""
    return answer.status_code, answer.location or "", _OWN.sub("", answer.text)


def press_everything(client: FlaskClient) -> Iterator[tuple[str, tuple[int, str, str]]]:
    """Do what a private page offers, one after another; give what was answered."""
    for name, path, values, files in (
        ("write", "", {"body": "Ще одне."}, {}),
        ("language", "/language", {"lang": "en"}, {}),
        ("change", "/change", {"byline": "none", "byline_text": ""}, {}),
        ("photo", "/photos", {}, {"photo": make_picture()}),
        ("document", "/documents", {}, {"document": make_pdf()}),
        ("consents", "/consents", {"c_age": "y"}, {}),
        ("data", "/data", {}, {}),
        ("withdraw", "/withdraw", {}, {}),
    ):
        page = client.get(f"{MY}{path}").text
        field = next(iter((*values, *files)), "")
        actions = {"write": "/reply", "data": "/data", "withdraw": "/withdraw"}
        wanted = [one for one in read_forms(page) if one["action"].endswith(actions.get(name, path))]
        wanted = [one for one in wanted if field in one["names"] or not field]
        yield f"{name} offered", (len(wanted), "", "")
        if wanted:
            sent = {key: FileStorage(io.BytesIO(content), "a.bin") for key, content in files.items()}
            form = wanted[0]
            given = client.post(
                form["action"] or f"{MY}{path}", data={**form["values"], **values, **sent}, buffered=True
            )
            yield name, look(given) if given.mimetype == "text/html" else (given.status_code, "", "")
        yield f"after {name}", look(client.get(MY))


@pytest.mark.parametrize(
    ("stage", "act", "more"),
    [
        (Stage.PITCH, Act.ASK, {"body": QUESTION}),
        (Stage.PITCH, Act.INVITE, {"body": QUESTION}),
        (Stage.PITCH, Act.DECLINE, {"reason": "off_topic", "body": "Ні."}),
        (Stage.STORY, Act.ASK, {"body": QUESTION}),
        (Stage.STORY, Act.DECLINE, {"reason": "off_topic", "body": "Ні."}),
        (Stage.STORY, Act.ACCEPT, {"body": "Так!"}),
    ],
)
def test_no_page_tells_of_a_decision_before_it_is_told(
    person: Contributor, stage: Stage, act: Act, more: dict[str, Any]
) -> None:
    person.send(stage)
    close_call(person.app, person.at)
    person.enter()
    before = {room: look(person.client.get(f"{MY}{room}")) for room in ROOMS}
    person.decide(act, window=WINDOW, **more)
    after = {room: look(person.client.get(f"{MY}{room}")) for room in ROOMS}
    assert {room: (before[room], after[room]) for room in ROOMS if before[room] != after[room]} == {}


@pytest.mark.parametrize("stage", Stage)
def test_what_was_put_aside_as_spam_looks_and_acts_like_what_was_received(
    person: Contributor, stage: Stage
) -> None:
    seen = []
    for is_spam in (False, True):
        client = send_twin(person.app, stage, person.at, is_spam=is_spam)
        rooms = {room: look(client.get(f"{MY}{room}")) for room in ROOMS}
        seen.append({**rooms, **dict(press_everything(client))})
    received, spam = seen
    assert {name: (received[name], spam[name]) for name in received if received[name] != spam[name]} == {}


@pytest.mark.parametrize("stage", Stage)
def test_new_words_are_asked_of_who_was_put_aside_as_spam_too(person: Contributor, stage: Stage) -> None:
    clients = [send_twin(person.app, stage, person.at, is_spam=is_spam) for is_spam in (False, True)]
    renew_words(person.app, "c_age", "New words about age.")
    seen = []
    for client in clients:
        asked = look(client.get(f"{MY}/consents"))
        agreed = send_form(client, f"{MY}/consents", {"c_age": "y"}, follow=False)
        seen.append((look(client.get(MY)), asked, look(agreed)))
    assert (seen[0] == seen[1], seen[0][1][0]) == (True, 200)


@pytest.mark.either_database
@pytest.mark.parametrize("text", ["Коли гасне світло", "Олена К."])
def test_every_own_word_says_its_language(person: Contributor, text: str) -> None:
    person.send(Stage.STORY)
    page = person.read()
    assert re.findall(rf'lang="([^"]*)">\s*<p dir="auto">{text}</p>', page) == ["uk"]
