"""What is typed on the private page is kept before it is sent, and goes when it was sent."""

import io
import json
import re
import zipfile
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.states import Stage, State
from portal.domain.unsent_words import MOST_LETTERS, UnsentPlace
from portal.extensions import current_portal, db
from portal.models import PageWords, Submission
from portal.operations.private.unsent import delete_old_words, list_old_words, open_words
from tests.support.contributor import MY, Contributor, answer_changes
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
    """Return a contributor who is asked to agree to a text with three changes."""
    person = Contributor(app, client, at)
    person.await_approval("Світло згасло о шостій.\n\nМи сиділи в темряві.\n\nУранці я це написала.")
    return person


def read_check(client: FlaskClient) -> dict[str, Any]:
    """Return the form of the edited text; the changes by their names, in the order of the page."""
    page = client.get(f"{MY}/check").text
    form = find_form(page, field="objections")
    return {**form, "keys": list(dict.fromkeys(re.findall(r'name="([0-9a-f]+)-choice"', page))), "page": page}


def read_choices(client: FlaskClient) -> list[str]:
    """Return what is chosen for each change; "" where nothing is."""
    form = read_check(client)
    return [form["values"].get(f"{key}-choice", "") for key in form["keys"]]


def test_answers_to_changes_are_kept_and_go_when_they_are_sent(
    app: Flask, client: FlaskClient, moment: datetime
) -> None:
    author = await_three(app, client, moment)
    form = read_check(client)
    first, second, _third = form["keys"]
    chosen = {f"{first}-choice": "accept", f"{second}-choice": "comment", f"{second}-words": "Не так."}
    save(author, form["values"] | chosen, "check")
    other = app.test_client()
    send_form(other, MY, {"code": author.code})
    assert (read_choices(client), read_choices(other)) == (["accept", "comment", ""],) * 2
    shown = read_check(client)
    client.post(shown["action"], data=shown["values"])
    kept = [(one["answer"], one.get("words", "")) for one in author.check().answers["changes"]]
    assert (read_kept(author), kept) == ([], [("accept", ""), ("comment", "Не так.")])


def test_two_tabs_keep_both_choices(app: Flask, client: FlaskClient, moment: datetime) -> None:
    author = await_three(app, client, moment)
    first, second = read_check(client), read_check(client)
    name = f"{first['keys'][0]}-choice"
    save(author, first["values"] | {name: "accept"}, "check", objections="Перша вкладка.")
    told = save(author, second["values"] | {name: "restore"}, "check", objections="Друга вкладка.")
    shown = read_check(client)
    assert (told["state"], read_choices(client)[0], shown["page"].count(">Перша вкладка.</p>")) == (
        "other_version",
        "restore",
        1,
    )


def send_newer(author: Contributor) -> None:
    """Have an editor send a text that changes one of the places, and one more."""
    author.object_in_another_tab()
    author.edit("Світло згасло о шостій.\n\nМи сиділи й мовчали.\n\nУранці я це написала.")


def test_answers_stay_at_their_changes_when_a_newer_text_is_sent(
    app: Flask, client: FlaskClient, moment: datetime
) -> None:
    author = await_three(app, client, moment)
    form = read_check(client)
    words = {f"{form['keys'][1]}-words": "Була й темрява.", f"{form['keys'][1]}-choice": "object"}
    save(author, form["values"] | words | {f"{form['keys'][0]}-choice": "accept"}, "check")
    send_newer(author)
    shown = read_check(client)
    assert read_choices(client) == ["accept", "", ""]
    assert shown["values"]["objections"] == "Paragraph 2 Була й темрява."
    assert shown["page"].count("1 place is new and marked.") == shown["page"].count("new-tag") == 1


def test_answers_to_an_older_text_are_not_taken_and_not_lost(
    app: Flask, client: FlaskClient, moment: datetime
) -> None:
    author = await_three(app, client, moment)
    form = read_check(client)
    given = dict.fromkeys((f"{key}-choice" for key in form["keys"]), "accept")
    send_newer(author)
    answer = client.post(form["action"], data=form["values"] | given | {"objections": "І ще одне."})
    shown = find_form(answer.text, field="objections")["values"]
    chosen = [one for name, one in shown.items() if name.endswith("-choice")]
    assert (answer.status_code, author.state(), chosen) == (409, State.AUTHOR_CHECK, ["accept", "accept"])
    assert (shown["objections"], answer.text.count("new-tag")) == ("І ще одне.", 1)
    assert client.post(form["action"], data=shown).status_code == 303


def test_a_save_that_comes_after_the_answers_keeps_none(
    app: Flask, client: FlaskClient, moment: datetime
) -> None:
    author = await_three(app, client, moment)
    shown = answer_changes(client.get(f"{MY}/check").text, "restore")
    client.post(shown["action"], data=shown["values"])
    save(author, shown["values"], "check")
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
