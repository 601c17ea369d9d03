"""What is typed on the private page is kept before it is sent, and goes when it was sent."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.states import Act, Stage
from portal.domain.unsent_words import MOST_LETTERS, UnsentPlace
from portal.extensions import current_portal, db
from portal.models import PageWords, Submission
from portal.operations.private.unsent import delete_old_words, list_old_words, open_words
from tests.support.contributor import MY, Contributor
from tests.support.photos import keep_picture
from tests.support.plain_browser import find_form, send_form

pytestmark = pytest.mark.either_database

ANSWER = "Так, це було в Харкові."
SCRIPT = {"Accept": "application/json"}


def await_answer(app: Flask, client: FlaskClient, at: datetime) -> Contributor:
    """Return a contributor who is asked to agree to the edited text."""
    person = Contributor(app, client, at)
    person.await_approval("Редагований текст.")
    return person


@pytest.fixture
def author(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Contributor]:
    """A contributor with a story and the private page open."""
    with time_machine.travel(at, tick=False):
        person = Contributor(app, client, at)
        person.send(Stage.STORY)
        person.enter()
        yield person


def open_form(author: Contributor, address: str = MY, field: str = "body") -> dict[str, Any]:
    values: dict[str, Any] = find_form(author.client.get(address).text, field=field)["values"]
    return values


def save(author: Contributor, values: dict[str, Any], place: str = "thread", **typed: str) -> dict[str, Any]:
    """Save what stands in a form, as keep.mjs does, and let the form go on with what it was told."""
    values |= typed
    answer = author.client.post(f"{MY}/words/{place}", data=values, headers=SCRIPT)
    told: dict[str, Any] = answer.get_json()
    values |= {"writing": told["writing"], "sequence": str(told["sequence"])}
    return told


def read_kept(author: Contributor) -> list[dict[str, str]]:
    with author.app.app_context():
        rows = db.session.scalars(select(PageWords).order_by(PageWords.id))
        return [dict(open_words(row, current_portal().instance.keys).words) for row in rows]


def test_an_answer_that_was_not_sent_stands_in_the_box_again(author: Contributor) -> None:
    save(author, open_form(author), body=ANSWER)
    page = author.client.get(MY).text
    shown = find_form(page, field="body")["values"]["body"]
    assert (shown, page.count("What you typed last time is back.")) == (ANSWER, 1)


def test_it_is_there_on_another_device(author: Contributor) -> None:
    save(author, open_form(author), body=ANSWER)
    code = author.code
    other = author.app.test_client()
    send_form(other, MY, {"code": code})
    assert find_form(other.get(MY).text, field="body")["values"]["body"] == ANSWER


def test_nothing_of_it_can_be_read_in_the_database(author: Contributor) -> None:
    save(author, open_form(author), body=ANSWER)
    with author.app.app_context():
        row = db.session.scalars(select(PageWords)).one()
        assert (ANSWER.encode() in row.sealed, row.place) == (False, UnsentPlace.THREAD)


def test_one_page_goes_on_in_one_version(author: Contributor) -> None:
    values = open_form(author)
    states = [save(author, values, body=text)["state"] for text in ("Так", ANSWER, "Ні.")]
    assert (states, read_kept(author)) == (["saved"] * 3, [{"body": "Ні."}])


def test_two_tabs_keep_both_versions(author: Contributor) -> None:
    first, second = open_form(author), open_form(author)
    told = [save(author, first, body=ANSWER)["state"], save(author, second, body="Ні.")["state"]]
    page = author.client.get(MY).text
    assert (told, read_kept(author)) == (["saved", "other_version"], [{"body": ANSWER}, {"body": "Ні."}])
    assert (find_form(page, field="body")["values"]["body"], page.count(f'<p dir="auto">{ANSWER}</p>')) == (
        "Ні.",
        1,
    )


def test_a_save_whose_answer_was_lost_makes_no_second_version(author: Contributor) -> None:
    values = open_form(author)
    save(author, dict(values), body=ANSWER)
    save(author, values, body=f"{ANSWER} І ще.")
    assert read_kept(author) == [{"body": f"{ANSWER} І ще."}]


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)])
def test_more_than_a_page_can_hold_is_refused_and_takes_nothing_back(
    author: Contributor, more: int, status: int
) -> None:
    values = open_form(author)
    save(author, values, body=ANSWER)
    long = "ж" * (MOST_LETTERS + more)
    answer = author.client.post(f"{MY}/words/thread", data={**values, "body": long}, headers=SCRIPT)
    assert (answer.status_code, read_kept(author)) == (status, [{"body": ANSWER if more else long}])


def test_an_emptied_box_lets_the_words_go(author: Contributor) -> None:
    values = open_form(author)
    save(author, values, body=ANSWER)
    assert (save(author, values, body=" ")["state"], read_kept(author)) == ("empty", [])


def test_what_was_sent_is_kept_no_more(author: Contributor) -> None:
    values = open_form(author)
    save(author, values, body=ANSWER)
    author.client.post(f"{MY}/reply", data=values)
    assert (author.messages(), read_kept(author)) == ([ANSWER], [])


def test_a_save_that_comes_after_the_sending_keeps_nothing(author: Contributor) -> None:
    values = open_form(author)
    author.client.post(f"{MY}/reply", data={**values, "body": ANSWER})
    save(author, values, body=ANSWER)
    assert read_kept(author) == []


def test_what_another_tab_typed_stays_when_this_one_sends(author: Contributor) -> None:
    first, second = open_form(author), open_form(author)
    save(author, first, body=ANSWER)
    save(author, second, body="Ні.")
    author.client.post(f"{MY}/reply", data=second)
    assert read_kept(author) == [{"body": ANSWER}]


def test_an_answer_sent_twice_from_one_page_is_one(author: Contributor) -> None:
    values = {**open_form(author), "body": ANSWER}
    for _ in range(2):
        author.client.post(f"{MY}/reply", data=values, headers=SCRIPT)
    assert author.messages() == [ANSWER]


def test_the_page_after_sending_has_the_device_forget_once(author: Contributor) -> None:
    author.client.post(f"{MY}/reply", data={**open_form(author), "body": ANSWER})
    shown = [author.client.get(MY).text.count(':thread">') for _ in range(2)]
    assert shown == [1, 0]


def test_words_can_be_thrown_away_without_scripts(author: Contributor) -> None:
    save(author, open_form(author), body=ANSWER)
    page = author.client.get(MY).text
    address = page.partition('formaction="')[2].partition('"')[0]
    answered = author.client.post(address, data=find_form(page, field="body")["values"])
    assert (answered.status_code, read_kept(author)) == (303, [])


def test_an_old_page_throws_nothing_away(author: Contributor) -> None:
    save(author, open_form(author), body=ANSWER)
    address = author.client.get(MY).text.partition('formaction="')[2].partition('"')[0]
    author.client.post(address, data={"csrf_token": "old"})
    assert read_kept(author) == [{"body": ANSWER}]


def test_nobody_else_throws_them_away(author: Contributor) -> None:
    save(author, open_form(author), body=ANSWER)
    address = author.client.get(MY).text.partition('formaction="')[2].partition('"')[0]
    other = Contributor(author.app, author.app.test_client(), author.at)
    other.send(Stage.STORY)
    other.enter()
    other.client.post(address, data=find_form(other.client.get(MY).text, field="body")["values"])
    assert read_kept(author) == [{"body": ANSWER}]


def test_an_old_token_is_told_to_the_script(author: Contributor) -> None:
    values = {**open_form(author), "body": ANSWER, "csrf_token": "old"}
    told = author.client.post(f"{MY}/words/thread", data=values, headers=SCRIPT).get_json()
    assert (told["state"], read_kept(author)) == ("token", [])


def test_a_script_is_told_what_is_wrong_with_an_answer(author: Contributor) -> None:
    answer = author.client.post(f"{MY}/reply", data={**open_form(author), "body": ""}, headers=SCRIPT)
    assert (answer.status_code, answer.get_json()["faults"]) == (
        422,
        [{"field": "message-body", "sentences": ["Write your message before you send it."]}],
    )


def test_objections_are_kept_and_go_when_they_are_sent(
    app: Flask, client: FlaskClient, moment: datetime
) -> None:
    author = await_answer(app, client, moment)
    check = f"{MY}/check"
    values = open_form(author, check, "objections")
    save(author, values, "check", objections="Не так.")
    shown = open_form(author, check, "objections")
    assert (shown["objections"], shown["writing"]) == ("Не так.", values["writing"])
    author.client.post(find_form(author.client.get(check).text, field="objections")["action"], data=shown)
    assert (read_kept(author), author.check().objections) == ([], "Не так.")


def await_three(app: Flask, client: FlaskClient, at: datetime) -> Contributor:
    """Return a contributor who is asked to agree to a text of three paragraphs."""
    person = Contributor(app, client, at)
    person.await_approval("Перший.\n\nДругий.\n\nТретій.")
    return person


def read_ticked(client: FlaskClient) -> list[str]:
    ticked = find_form(client.get(f"{MY}/check").text, field="objections")["values"].get("paragraphs", [])
    return ticked if isinstance(ticked, list) else [ticked]


def test_ticked_paragraphs_are_kept_and_go_when_they_are_sent(
    app: Flask, client: FlaskClient, moment: datetime
) -> None:
    author = await_three(app, client, moment)
    values = open_form(author, f"{MY}/check", "objections")
    save(author, values | {"paragraphs": ["1", "3"]}, "check", objections="Не так.")
    other = app.test_client()
    send_form(other, MY, {"code": author.code})
    assert (read_ticked(client), read_ticked(other)) == (["1", "3"], ["1", "3"])
    shown = find_form(client.get(f"{MY}/check").text, field="objections")
    client.post(shown["action"], data=shown["values"])
    assert (read_kept(author), author.check().paragraphs) == ([], [1, 3])


def test_paragraphs_ticked_before_a_word_is_typed_are_kept(
    app: Flask, client: FlaskClient, moment: datetime
) -> None:
    author = await_three(app, client, moment)
    values = open_form(author, f"{MY}/check", "objections")
    save(author, values | {"paragraphs": ["2"]}, "check")
    assert read_ticked(client) == ["2"]
    values = open_form(author, f"{MY}/check", "objections")
    values.pop("paragraphs")
    save(author, values, "check")
    assert (read_ticked(client), read_kept(author)) == ([], [])


def test_two_tabs_keep_both_choices_of_paragraphs(app: Flask, client: FlaskClient, moment: datetime) -> None:
    author = await_three(app, client, moment)
    first, second = (open_form(author, f"{MY}/check", "objections") for _ in range(2))
    save(author, first | {"paragraphs": ["1", "2"]}, "check", objections="Не так.")
    told = save(author, second | {"paragraphs": ["3"]}, "check", objections="Не так.")
    page = client.get(f"{MY}/check").text
    assert (told["state"], read_ticked(client), page.count("<p>Paragraphs: 1, 2</p>")) == (
        "other_version",
        ["3"],
        1,
    )


def test_ticks_stay_at_their_words_when_the_text_is_edited(
    app: Flask, client: FlaskClient, moment: datetime
) -> None:
    author = await_three(app, client, moment)
    values = open_form(author, f"{MY}/check", "objections")
    save(author, values | {"paragraphs": ["2", "3"]}, "check", objections="Не так.")
    author.object_in_another_tab()
    author.edit("Новий.\n\nПерший.\n\nДругий.\n\nТретій, інакше.")
    assert (read_ticked(client), open_form(author, f"{MY}/check", "objections")["objections"]) == (
        ["3"],
        "Не так.",
    )


def test_a_save_that_comes_after_the_objections_keeps_no_ticks(
    app: Flask, client: FlaskClient, moment: datetime
) -> None:
    author = await_three(app, client, moment)
    shown = find_form(client.get(f"{MY}/check").text, field="objections")
    values = shown["values"] | {"objections": "Не так.", "paragraphs": ["1"]}
    client.post(shown["action"], data=values)
    save(author, values, "check")
    assert read_kept(author) == []


def test_captions_are_kept_beside_what_is_stored(author: Contributor) -> None:
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        photo = keep_picture(session, submission, at=author.at, colour="olive").public_id
    photos, name = f"{MY}/photos", f"{photo}-caption"
    values = open_form(author, photos, "photo")
    save(author, values, "photos", **{name: "Зима"})
    shown = open_form(author, photos, "photo")
    assert (shown[name], read_kept(author)) == ("Зима", [{name: "Зима"}])
    author.client.post(photos, data=shown)
    assert read_kept(author) == []
    save(author, values, "photos", **{name: "Зима"})
    assert read_kept(author) == []


def test_removing_a_photo_where_none_is_described_lets_no_words_go(author: Contributor) -> None:
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        kept, gone = (
            keep_picture(session, submission, at=author.at, colour=one).public_id for one in ("olive", "navy")
        )
    photos, words = f"{MY}/photos", {f"{kept}-caption": "Зима"}
    save(author, open_form(author, photos, "photo"), "photos", **words)
    send_form(author.client, f"{MY}/withdraw", {}, action="/withdraw")
    author.client.post(photos, data={**open_form(author, photos, "remove"), "remove": gone})
    assert read_kept(author) == [words]


def test_withdrawing_loses_no_word_and_has_the_device_forget(author: Contributor) -> None:
    save(author, open_form(author), body=ANSWER)
    page = author.client.get(f"{MY}/withdraw").text
    send_form(author.client, f"{MY}/withdraw", {}, action="/withdraw")
    assert (page.count('data-forget="'), open_form(author)["body"]) == (1, ANSWER)


def test_erasing_erases_them(author: Contributor) -> None:
    save(author, open_form(author), body=ANSWER)
    send_form(author.client, f"{MY}/erase", {}, action="/erase")
    assert read_kept(author) == []


def test_own_data_holds_what_was_ticked(app: Flask, client: FlaskClient, moment: datetime) -> None:
    author = await_three(app, client, moment)
    values = open_form(author, f"{MY}/check", "objections")
    save(author, values | {"paragraphs": ["1", "3"]}, "check", objections="Не так.")
    form = find_form(client.get(f"{MY}/data").text, action="/data")["values"]
    sent: TestResponse = client.post(f"{MY}/data", data=form, buffered=True)
    with zipfile.ZipFile(io.BytesIO(sent.data)) as packed:
        (told,) = json.loads(packed.read("data.json"))["unsent_on_your_page"]
        page = packed.read("data.html").decode()
    assert (told["words"], told["paragraphs_you_named"], page.count("<p>Paragraphs: 1, 3</p>")) == (
        {"objections": "Не так."},
        [1, 3],
        1,
    )


def test_own_data_holds_them(author: Contributor) -> None:
    save(author, open_form(author), body=ANSWER)
    values = find_form(author.client.get(f"{MY}/data").text, action="/data")["values"]
    sent: TestResponse = author.client.post(f"{MY}/data", data=values, buffered=True)
    with zipfile.ZipFile(io.BytesIO(sent.data)) as packed:
        told = json.loads(packed.read("data.json"))["unsent_on_your_page"]
        page = packed.read("data.html").decode()
    assert ([one["words"] for one in told], page.count(ANSWER)) == ([{"body": ANSWER}], 1)


@pytest.mark.parametrize(("days", "left"), [(13, 1), (14, 0)])
def test_they_are_kept_as_long_as_what_is_not_sent(author: Contributor, days: int, left: int) -> None:
    save(author, open_form(author), body=ANSWER)
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        assert submission.call.unfinished_kept_days == 14
        over = session.scalars(select(PageWords.saved_at)).one() + timedelta(days=days)
        delete_old_words(session, list_old_words(session, at=over), at=over)
    assert len(read_kept(author)) == left


def test_who_is_at_risk_gets_no_copy_on_the_device(author: Contributor) -> None:
    with author.app.app_context(), transaction() as session:
        session.get_one(Submission, author.submission_id).at_risk = True
    page = author.client.get(MY).text
    box = page.partition('id="keep-copy"')[2].partition(">")[0]
    save(author, open_form(author), body=ANSWER)
    assert (box.count("checked"), read_kept(author)) == (0, [{"body": ANSWER}])


def test_a_closed_text_keeps_no_captions(author: Contributor) -> None:
    values = open_form(author)
    author.decide(Act.DECLINE, reason="other", body="Дякуємо.")
    assert save(author, values, body=ANSWER)["state"] == "saved"
