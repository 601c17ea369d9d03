"""A contributor changes what was sent: every version is kept, and nothing is asked twice."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.acts import HistoryAct
from portal.domain.admission import Lane, Signal
from portal.domain.errors import IllegalTransition, NotPermitted, StaleEdit
from portal.domain.permissions import Role
from portal.domain.receipt_code import hash_address
from portal.domain.states import Stage, State
from portal.extensions import current_portal, db, now
from portal.models import Draft, Event, Staff, Submission
from portal.operations.contribute.change import change, fix_language
from portal.operations.contribute.submit import FormSecrets, send_story, submit
from portal.operations.desk.decisions import accept, ask, decline, invite
from portal.sealing.keys import answers_place
from tests.support.author_acts import renew_words
from tests.support.factories import make_call, make_form_key, make_sending, make_staff, make_submission
from tests.support.form_writer import (
    ADDRESS,
    ANSWERS,
    IDEA,
    MY,
    PITCH,
    STORY,
    STORY_ANSWERS,
    code_of,
    enter,
    find_only_submission,
    go_on,
    list_rows,
    open_form,
    read_values,
    save_by_script,
)
from tests.support.plain_browser import find_form, send_form

CHANGE = f"{MY}/change"
WINDOW = timedelta(minutes=10)


pytestmark = pytest.mark.usefixtures("opened")


def read_sealed(app: Flask) -> dict[str, Any]:
    """Return the sealed answers of the newest version."""
    with app.app_context():
        submission = db.session.scalars(select(Submission)).one()
        place = answers_place(submission.public_id, submission.latest.number)
        return current_portal().instance.keys.open_map(submission.latest.sealed, place)


def list_versions(app: Flask) -> list[dict[str, Any]]:
    with app.app_context():
        return [one.answers for one in db.session.scalars(select(Submission)).one().revisions]


def list_acts(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Event.act).order_by(Event.id)))


@pytest.fixture
def sent(app: Flask, client: FlaskClient) -> FlaskClient:
    """A browser that has just sent a pitch."""
    client.post(PITCH, data={**open_form(client), **ANSWERS})
    return client


def send_change(client: FlaskClient, **typed: str) -> Any:
    return client.post(CHANGE, data={**open_form(client, CHANGE), **typed}, follow_redirects=True)


# Changing after sending


@pytest.mark.either_database
def test_the_form_shows_what_was_sent(sent: FlaskClient) -> None:
    values = read_values(sent.get(CHANGE).text)
    shown = ("idea", "link", "you", "before", "byline", "byline_text", "risk", "lang")
    assert {name: values[name] for name in shown} == {name: ANSWERS[name] for name in shown}


@pytest.mark.either_database
def test_the_form_shows_no_sealed_answer(sent: FlaskClient) -> None:
    page = sent.get(CHANGE).text
    values = read_values(page)
    assert [values.get(name, "") for name in ("reply", "reply_text", "risk_text")] == ["", "", ""]
    assert [page.count(text) for text in (ADDRESS, "Брат служить.")] == [0, 0]


@pytest.mark.either_database
def test_a_refused_change_shows_no_sealed_answer_either(sent: FlaskClient) -> None:
    page = send_change(sent, idea="")
    assert (page.status_code, page.text.count(ADDRESS), "reply" in read_values(page.text)) == (422, 0, False)


@pytest.mark.either_database
def test_consents_given_are_not_asked_again(sent: FlaskClient) -> None:
    names = find_form(sent.get(CHANGE).text, field="form_key")["names"]
    assert {"c_use", "c_age"} & names == set()


@pytest.mark.either_database
def test_a_change_is_a_new_version_beside_the_first(app: Flask, sent: FlaskClient) -> None:
    page = send_change(sent, idea="Інакше.")
    assert page.request.path == f"{MY}/receipt"
    assert [one["idea"] for one in list_versions(app)] == [IDEA, "Інакше."]
    assert (list_acts(app), find_only_submission(app).heading) == (
        ["submit", HistoryAct.NEW_VERSION],
        "Інакше.",
    )


@pytest.mark.either_database
def test_a_change_keeps_the_consents_and_adds_none(app: Flask, sent: FlaskClient) -> None:
    send_change(sent, idea="Інакше.")
    with app.app_context():
        submission = db.session.scalars(select(Submission)).one()
        assert [one.key for one in submission.consents] == ["c_use", "c_age"]


@pytest.mark.either_database
def test_sealed_answers_left_empty_stay(app: Flask, sent: FlaskClient) -> None:
    send_change(sent, idea="Інакше.")
    assert read_sealed(app) == {"reply": "email", "reply_text": ADDRESS, "risk_text": "Брат служить."}


@pytest.mark.either_database
def test_a_new_address_takes_the_place_of_the_old_one(app: Flask, sent: FlaskClient) -> None:
    send_change(sent, reply_text="new@example.org")
    assert read_sealed(app)["reply_text"] == "new@example.org"


@pytest.mark.either_database
def test_who_wants_no_mail_any_more_leaves_no_address(app: Flask, sent: FlaskClient) -> None:
    send_change(sent, reply="private_page")
    submission = find_only_submission(app)
    assert read_sealed(app) == {"reply": "private_page", "risk_text": "Брат служить."}
    assert (submission.wants_mail, submission.address_hash) == (False, None)


@pytest.mark.either_database
def test_another_answer_about_the_risk_lets_its_words_go(app: Flask, sent: FlaskClient) -> None:
    send_change(sent, risk="no")
    assert ("risk_text" in read_sealed(app), find_only_submission(app).at_risk) == (False, False)


@pytest.mark.either_database
def test_a_change_that_changes_nothing_is_no_version(app: Flask, sent: FlaskClient) -> None:
    send_change(sent)
    assert (len(list_versions(app)), list_acts(app)) == (1, ["submit"])


@pytest.mark.either_database
def test_who_changed_nothing_is_told_so_once(sent: FlaskClient) -> None:
    said = "Nothing was changed, so there is no new version. What you sent is with us as it was."
    english = CHANGE.replace("/uk/", "/en/")
    told = sent.post(english, data=open_form(sent, english), follow_redirects=True)
    pages = [told.text, sent.get(told.request.path).text]
    assert [page.count(said) for page in pages] == [1, 0]


NEWER = "A newer version of your text has reached us since: it stays the newest and is shown below."


@pytest.mark.parametrize("older", [PITCH, CHANGE])
def test_a_form_that_repeats_itself_takes_nothing_back_that_came_another_way(
    app: Flask, client: FlaskClient, older: str
) -> None:
    """Its answer was lost, so its page sends it again: the name was taken off by code meanwhile."""
    values = {**open_form(client), **ANSWERS}
    client.post(PITCH, data=values)
    if older == CHANGE:
        values = {**open_form(client, CHANGE), "idea": "Перше."}
        client.post(CHANGE, data=values)
    client.post(CHANGE, data={**open_form(client, CHANGE), "byline": "none", "byline_text": ""})
    versions = list_versions(app)
    told = client.post(older.replace("/uk/", "/en/"), data=values, follow_redirects=True).text
    assert (list_versions(app), "byline_text" in versions[-1]) == (versions, False)
    assert (told.count(NEWER), told.count("Олена К.")) == (1, 0)


@pytest.mark.either_database
def test_what_an_older_form_brings_for_the_first_time_is_what_stands_there(
    app: Flask, client: FlaskClient
) -> None:
    values = {**open_form(client), **ANSWERS}
    client.post(PITCH, data=values)
    client.post(CHANGE, data={**open_form(client, CHANGE), "idea": "Друге."})
    for _ in range(2):
        client.post(PITCH, data={**values, "idea": "Третє."})
    assert [one["idea"] for one in list_versions(app)] == [IDEA, "Друге.", "Третє."]


@pytest.mark.either_database
def test_a_change_of_mind_by_a_form_of_its_own_is_what_stands_there(app: Flask, client: FlaskClient) -> None:
    client.post(PITCH, data={**open_form(client), **ANSWERS})
    for idea in ("Друге.", IDEA):
        client.post(CHANGE, data={**open_form(client, CHANGE), "idea": idea})
    assert [one["idea"] for one in list_versions(app)] == [IDEA, "Друге.", IDEA]


def test_a_change_sent_twice_is_one_version(app: Flask, sent: FlaskClient) -> None:
    values = {**open_form(sent, CHANGE), "idea": "Інакше."}
    answers = [sent.post(CHANGE, data=values).location for _ in range(2)]
    assert (answers, len(list_versions(app))) == ([f"{MY}/receipt"] * 2, 2)


@pytest.mark.either_database
def test_new_words_agreed_to_with_a_new_version_are_kept(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    client.post(PITCH, data=values)
    renew_words(app, "c_age", "Мені є вісімнадцять.")
    client.post(PITCH, data={**values, "idea": f"{IDEA} І ще."})
    with app.app_context():
        submission = db.session.scalars(select(Submission)).one()
        given = [(one.text_version, one.text) for one in submission.consents if one.key == "c_age"][1:]
    assert (len(list_versions(app)), given) == (2, [(2, "Мені є вісімнадцять.")])


@pytest.mark.either_database
def test_the_receipt_says_that_a_form_sent_again_is_a_new_version(client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    pages = [
        client.post(PITCH, data={**values, "idea": idea}, follow_redirects=True).text
        for idea in (IDEA, "Інакше.", "Інакше.")
    ]
    assert [page.count('class="notice ok"') for page in pages] == [0, 1, 0]


@pytest.mark.either_database
def test_the_story_of_a_pitch_keeps_what_the_pitch_answered(
    app: Flask, client: FlaskClient, at: datetime
) -> None:
    with app.app_context(), transaction() as session:
        portal, form_key = current_portal(), make_form_key()
        submission = make_submission(session, at, form_key=form_key)
        editor = make_staff(session, Role.EDITOR)
        invite(session, submission, by=editor, at=at, seen=submission.version)
        session.flush()
        send_story(
            session,
            submission,
            make_sending(Stage.STORY),
            FormSecrets(portal.instance.keys, portal.instance.receipt_secret, make_form_key()),
            at=at,
        )
    enter(client, code_of(app, form_key))
    send_change(client, story="Світло повернулося.")
    newest = list_versions(app)[-1]
    assert (newest["story"], newest["link"], newest["title"]) == (
        "Світло повернулося.",
        "Полиця з книжками.",
        "Коли гасне світло",
    )


@pytest.mark.either_database
def test_a_story_given_for_reading_only_asks_for_the_licence_when_that_changes(
    app: Flask, client: FlaskClient
) -> None:
    answers = {**ANSWERS, **STORY_ANSWERS, "may": "no"}
    answers.pop("c_lic")
    send_form(client, STORY, answers, field="form_key")
    assert send_change(client, may="after_approval").status_code == 422
    assert send_change(client, may="after_approval", c_lic="y").request.path == f"{MY}/receipt"


def decide(app: Flask, act: Any, **more: Any) -> None:
    with app.app_context(), transaction() as session:
        submission = session.scalars(select(Submission)).one()
        editor = make_staff(session, Role.EDITOR)
        act(session, submission, by=editor, at=now(), seen=submission.version, **more)


@pytest.mark.either_database
def test_a_pitch_with_a_question_open_may_be_changed(app: Flask, sent: FlaskClient) -> None:
    decide(app, ask, body="Коли?")
    send_change(sent, idea="Інакше.")
    assert (find_only_submission(app).state, len(list_versions(app))) == (State.NEEDS_REPLY, 2)


@pytest.mark.either_database
def test_after_a_decision_the_form_leads_to_the_private_page(app: Flask, sent: FlaskClient) -> None:
    decide(app, decline, reason="other", body="Дякуємо.")
    assert sent.get(CHANGE).location == MY


@pytest.mark.either_database
def test_a_change_that_comes_after_the_decision_is_given_back(app: Flask, sent: FlaskClient) -> None:
    values = {**open_form(sent, CHANGE), "idea": "Інакше."}
    decide(app, decline, reason="other", body="Дякуємо.")
    page = sent.post(CHANGE, data=values)
    assert (page.status_code, page.text.count("Інакше."), len(list_versions(app))) == (409, 1, 1)


@pytest.mark.either_database
def test_a_decision_still_inside_the_desk_does_not_show_in_the_form(app: Flask, sent: FlaskClient) -> None:
    decide(app, decline, reason="other", body="Дякуємо.", window=WINDOW)
    send_change(sent, idea="Інакше.")
    assert (find_only_submission(app).state, len(list_versions(app))) == (State.DECLINED, 2)


@pytest.mark.either_database
def test_a_change_is_saved_and_comes_back(app: Flask, sent: FlaskClient) -> None:
    values = {**open_form(sent, CHANGE), "idea": "Інакше, але ще не все."}
    answer = save_by_script(sent, values, CHANGE)
    again = open_form(sent, CHANGE)
    assert (answer["state"], answer["code"], len(list_versions(app))) == ("saved", "", 1)
    assert (again["idea"].strip(), again["form_key"]) == (values["idea"], values["form_key"])


@pytest.mark.either_database
def test_sending_a_saved_change_deletes_what_was_saved(app: Flask, sent: FlaskClient) -> None:
    values = {**open_form(sent, CHANGE), "idea": "Інакше."}
    sent.post(CHANGE, data=go_on(values, save_by_script(sent, values, CHANGE)))
    assert ([one["idea"] for one in list_versions(app)], list_rows(app)) == ([IDEA, "Інакше."], [])


@pytest.mark.either_database
def test_an_unsent_change_stands_on_the_private_page(app: Flask, sent: FlaskClient) -> None:
    save_by_script(sent, {**open_form(sent, CHANGE), "idea": "Інакше."}, CHANGE)
    row = list_rows(app)[0].public_id
    assert sent.get(MY).text.count(f"{CHANGE}?version={row}") == 1


# What a sending leaves for the desk and for who loses the code


def test_an_address_is_found_again_by_its_hash_only(app: Flask, sent: FlaskClient) -> None:
    with app.app_context():
        expected = hash_address(current_portal().instance.receipt_secret, ADDRESS)
    assert find_only_submission(app).address_hash == expected


@pytest.mark.either_database
def test_a_sending_comes_in_by_its_lane(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        instance = current_portal().instance
        submit(
            session,
            make_call(session, at),
            make_sending(),
            FormSecrets(instance.keys, instance.receipt_secret, make_form_key()),
            at=at,
            locale="uk",
            lane=Lane.UNVERIFIED,
            signals=[Signal.TOO_FAST],
        )
    submission = find_only_submission(app)
    assert (submission.lane, submission.signals) == (Lane.UNVERIFIED, ["too_fast"])


# The language of the text


@pytest.mark.either_database
def test_the_author_corrects_the_language(app: Flask, sent: FlaskClient) -> None:
    send_form(sent, f"{MY}/language", {"lang": "crh"}, action="/language")
    with app.app_context():
        submission = db.session.scalars(select(Submission)).one()
        last = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
        assert (submission.lang, submission.latest.lang) == ("crh", "uk")
        assert last is not None
        assert (last.act, last.detail, last.by_author) == ("fix_language", {"from": "uk", "to": "crh"}, True)


@pytest.mark.either_database
def test_a_language_nobody_offered_is_not_taken(app: Flask, sent: FlaskClient) -> None:
    page = send_form(sent, f"{MY}/language", {"lang": "klingon"}, action="/language")
    assert (page.status_code, find_only_submission(app).lang) == (422, "uk")


@pytest.mark.either_database
def test_a_corrected_language_survives_the_next_version(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    client.post(PITCH, data=values)
    send_form(client, f"{MY}/language", {"lang": "crh"}, action="/language")
    client.post(PITCH, data={**values, "idea": "Інакше."})
    assert (find_only_submission(app).lang, len(list_versions(app))) == ("crh", 2)


def make_submission_and_editor(session: Session, at: datetime) -> tuple[Submission, Staff]:
    submission = make_submission(session, at, Stage.STORY)
    return submission, make_staff(session, Role.EDITOR)


@pytest.mark.either_database
def test_the_language_of_the_draft_follows(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        submission, editor = make_submission_and_editor(session, at)
        accept(session, submission, by=editor, at=at, seen=submission.version)
        session.flush()
        fix_language(session, submission, "crh", by=editor, at=at, seen=submission.version)
        assert session.scalars(select(Draft.lang)).one() == "crh"


@pytest.mark.either_database
def test_the_history_says_which_colleague_corrected_the_language(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        submission, editor = make_submission_and_editor(session, at)
        fix_language(session, submission, "crh", by=editor, at=at, seen=submission.version)
        last = session.scalars(select(Event).order_by(Event.id.desc())).first()
        assert last is not None
        assert (last.staff_id, last.by_author, last.at) == (editor.id, False, at)


def test_a_language_is_not_corrected_over_somebody_else(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        submission, editor = make_submission_and_editor(session, at)
        with pytest.raises(StaleEdit):
            fix_language(session, submission, "crh", by=editor, at=at, seen=submission.version - 1)


@pytest.mark.either_database
def test_who_may_not_moderate_corrects_no_language(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        submission, editor = make_submission_and_editor(session, at)
        editor.active = False
        with pytest.raises(NotPermitted):
            fix_language(session, submission, "crh", by=editor, at=at)


@pytest.mark.either_database
def test_no_unknown_language_is_kept(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        submission, editor = make_submission_and_editor(session, at)
        with pytest.raises(ValueError, match="klingon"):
            fix_language(session, submission, "klingon", by=editor, at=at)


@pytest.mark.either_database
def test_the_author_of_a_declined_text_corrects_nothing(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        submission, editor = make_submission_and_editor(session, at)
        decline(
            session, submission, by=editor, at=at, seen=submission.version, reason="other", body="Дякуємо."
        )
        with pytest.raises(IllegalTransition):
            fix_language(session, submission, "crh", by=None, at=at)


@pytest.mark.either_database
def test_a_change_of_a_withdrawn_text_is_refused(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        instance = current_portal().instance
        submission = make_submission(session, at)
        submission.state = State.WITHDRAWN
        with pytest.raises(IllegalTransition):
            change(
                session,
                submission,
                make_sending(idea="Інакше."),
                FormSecrets(instance.keys, instance.receipt_secret, make_form_key()),
                at=at,
            )
