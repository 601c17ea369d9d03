"""When the words of a consent change, the author is asked again: never by default, never too late."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.answers import GivenConsent
from portal.domain.errors import IllegalTransition
from portal.domain.states import Stage
from portal.extensions import db
from portal.models import Call, Consent, Event, Submission
from portal.operations.private.consents import renew_consents
from portal.queries.consents import outdated_consents
from tests.support.contributor import MY, Contributor
from tests.support.factories import make_sending
from tests.support.plain_browser import find_form, send_form

pytestmark = pytest.mark.either_database

ASK = "The terms you agreed to have changed."
ALL_LANGUAGES = {"en": "New words about age.", "uk": "Нові слова.", "zh-Hant-TW": "新的文字。"}


@pytest.fixture
def person(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Contributor]:
    """A contributor who has sent a story, at the moment the tests happen at."""
    with time_machine.travel(at, tick=False):
        made = Contributor(app, client, at)
        made.send(Stage.STORY)
        yield made


def change_words(app: Flask, key: str = "c_age", texts: dict[str, str] | None = None) -> None:
    """Give a consent of the call new words, as an admin does."""
    with app.app_context(), transaction() as session:
        call = session.scalars(select(Call)).one()
        call.consents = [
            {**row, "version": row["version"] + 1, "text": texts or ALL_LANGUAGES}
            if row["key"] == key
            else row
            for row in call.consents
        ]


def change_licence(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        coverage = session.scalars(select(Call)).one().coverage
        coverage.licence, coverage.licence_uri = "CC BY 4.0", "https://example.org/by/4.0/"


def outdated(person: Contributor) -> list[str]:
    with person.app.app_context():
        submission = db.session.get_one(Submission, person.submission_id)
        return [one.key for one in outdated_consents(submission)]


def give_consent(person: Contributor) -> None:
    with person.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, person.submission_id)
        renew_consents(session, submission, [GivenConsent("c_age", 2, "New words.", "en")], at=person.at)


def given(person: Contributor) -> list[tuple[str, int, str, str]]:
    """Return the consents given after the first ones, with their words."""
    with person.app.app_context():
        rows = db.session.scalars(
            select(Consent).where(Consent.submission_id == person.submission_id).order_by(Consent.id)
        )
        return [(one.key, one.text_version, one.locale, one.text) for one in rows][4:]


def test_what_was_agreed_to_in_these_words_is_not_asked_again(person: Contributor) -> None:
    assert (outdated(person), person.read().count(ASK)) == ([], 0)


def test_new_words_are_asked_for(person: Contributor) -> None:
    change_words(person.app)
    assert (outdated(person), person.read().count(ASK)) == (["c_age"], 1)


def test_another_licence_is_asked_for(person: Contributor) -> None:
    change_licence(person.app)
    assert outdated(person) == ["c_lic"]


def test_a_consent_of_the_other_form_is_not_asked_for(person: Contributor) -> None:
    person.send(Stage.PITCH)
    change_words(person.app, "c_own")
    assert outdated(person) == []


def test_a_consent_an_answer_excuses_is_not_asked_for(person: Contributor) -> None:
    person.send(Stage.STORY, make_sending(Stage.STORY, may="no"))
    change_words(person.app, "c_lic")
    assert outdated(person) == []


def test_the_new_words_stand_there_unticked(person: Contributor) -> None:
    change_words(person.app)
    person.enter()
    page = person.client.get(f"{MY}/consents").text
    form = find_form(page, action="/consents")
    assert (page.count("New words about age."), "c_age" in form["values"]) == (1, False)


def test_agreeing_keeps_the_very_words(person: Contributor) -> None:
    change_words(person.app)
    person.enter()
    page = send_form(person.client, f"{MY}/consents", {"c_age": "y"}).text
    assert (given(person), outdated(person), page.count(ASK)) == (
        [("c_age", 2, "en", "New words about age.")],
        [],
        0,
    )


def test_the_licence_is_named_in_the_words_agreed_to(person: Contributor) -> None:
    change_licence(person.app)
    person.enter()
    send_form(person.client, f"{MY}/consents", {"c_lic": "y"})
    assert (given(person)[0][3].count("CC BY 4.0"), outdated(person)) == (1, [])


def test_agreeing_is_in_the_history_without_words(person: Contributor) -> None:
    change_words(person.app)
    person.enter()
    send_form(person.client, f"{MY}/consents", {"c_age": "y"})
    with person.app.app_context():
        event = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
        assert event is not None
        assert (event.act, event.by_author, event.detail) == (
            "renew_consent",
            True,
            {"consents": {"c_age": 2}},
        )


def test_agreeing_twice_is_kept_once(person: Contributor) -> None:
    change_words(person.app)
    person.enter()
    form = find_form(person.client.get(f"{MY}/consents").text, action="/consents")
    sent = {**form["values"], "c_age": "y"}
    answers = [person.client.post(form["action"], data=sent).status_code for _ in range(2)]
    assert (answers, len(given(person))) == ([303, 303], 1)


def test_nothing_ticked_agrees_to_nothing(person: Contributor) -> None:
    change_words(person.app)
    person.enter()
    answer = send_form(person.client, f"{MY}/consents", {}, action="/consents")
    assert (answer.status_code, given(person)) == (422, [])


def test_one_of_two_may_be_agreed_to(person: Contributor) -> None:
    change_words(person.app)
    change_licence(person.app)
    person.enter()
    send_form(person.client, f"{MY}/consents", {"c_age": "y"})
    assert outdated(person) == ["c_lic"]


def test_a_tick_beside_words_that_changed_meanwhile_counts_for_nothing(person: Contributor) -> None:
    change_words(person.app)
    person.enter()
    form = find_form(person.client.get(f"{MY}/consents").text, action="/consents")
    change_words(person.app, texts={**ALL_LANGUAGES, "en": "Other words again."})
    answer = person.client.post(form["action"], data={**form["values"], "c_age": "y"})
    shown = find_form(answer.text, action="/consents")
    assert (answer.status_code, given(person), "c_age" in shown["values"]) == (422, [], False)


def test_words_are_never_shown_in_another_language(person: Contributor) -> None:
    change_words(person.app, texts={"uk": "Нові слова.", "en": "New words."})
    person.enter()
    answer = person.client.get("/zh-tw/my/consents")
    linked = [url for url in ("en", "uk", "zh-tw") if f'<a href="/{url}/my/consents" lang=' in answer.text]
    assert (answer.status_code, answer.text.count("New words."), linked[:2]) == (404, 0, ["en", "uk"])


def test_words_that_no_language_has_whole_lead_nowhere(person: Contributor) -> None:
    change_words(person.app, "c_age", {"uk": "Нові слова."})
    change_words(person.app, "c_use", {"en": "New words."})
    person.enter()
    answer = person.client.get("/zh-tw/my/consents")
    assert (answer.status_code, answer.text.count('class="doors"')) == (404, 0)


def test_a_published_story_is_not_asked_about(person: Contributor) -> None:
    person.decide(Act.ACCEPT)
    person.edit("Світло зникло.")
    person.enter()
    person.approve()
    person.publish("https://example.org/story")
    change_words(person.app)
    assert person.client.get(MY).text.count(ASK) == 0


def test_a_decision_inside_the_window_changes_nothing_about_the_question(person: Contributor) -> None:
    change_words(person.app)
    person.decide(Act.DECLINE, reason="off_topic", body="Ні.", window=timedelta(minutes=10))
    assert person.read().count(ASK) == 1


def test_without_a_question_the_page_leads_back(person: Contributor) -> None:
    person.enter()
    answer = person.client.get(f"{MY}/consents")
    assert (answer.status_code, answer.location) == (303, MY)


def test_what_was_declined_takes_no_consent_any_more(person: Contributor) -> None:
    person.decide(Act.DECLINE, reason="off_topic", body="Ні.")
    with pytest.raises(IllegalTransition):
        give_consent(person)
