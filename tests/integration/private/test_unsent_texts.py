"""The private page of a text that was saved and never sent."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.answers import EnteredAnswers
from portal.domain.errors import IllegalTransition
from portal.domain.receipt_code import derive_code
from portal.domain.states import Stage, State
from portal.extensions import current_portal, db
from portal.models import Call, Revision, Submission, UnsentVersion
from portal.operations.contribute.save import save_further, save_new
from portal.operations.contribute.submit import FormSecrets
from portal.operations.contribute.unsent import delete_unsent_version
from portal.operations.private import messages
from tests.support.contributor import MY, Contributor, actions_of, next_of, status_of
from tests.support.factories import make_call, make_form_key
from tests.support.plain_browser import find_form, send_form

WORDS = "Світло зникло о шостій."


@pytest.fixture
def person(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Contributor]:
    """A contributor who has saved the beginning of a story, at the moment the tests happen at."""
    with time_machine.travel(at, tick=False):
        made = Contributor(app, client, at)
        save(made)
        yield made


def save(person: Contributor) -> None:
    typed = EnteredAnswers(
        Stage.STORY, "uk", {"story": WORDS}, {"reply": "email", "reply_text": "a@example.org"}, has_words=True
    )
    with person.app.app_context(), transaction() as session:
        form_key, instance = make_form_key(), current_portal().instance
        saved = save_new(
            session,
            make_call(session, person.at),
            typed,
            FormSecrets(instance.keys, instance.receipt_secret, form_key),
            at=person.at,
            locale="uk",
        )
        assert saved.submission is not None
        person.submission_id = saved.submission.id
        person.code = derive_code(instance.receipt_secret, form_key)


def write(person: Contributor) -> None:
    with person.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, person.submission_id)
        messages.write_to_desk(session, submission, body="Ще одне.", at=person.at)


def set_closing(person: Contributor, closes: datetime) -> None:
    with person.app.app_context(), transaction() as session:
        session.scalars(select(Call)).one().closes_at = closes


@pytest.mark.either_database
def test_the_page_says_that_nothing_was_sent_and_until_when_it_is_kept(person: Contributor) -> None:
    page = person.read()
    told = (
        "This text has not been sent yet, and nobody has read it. Send it when it is ready. "
        "It is kept until 28\u00a0March 2026."
    )
    assert (status_of(page), next_of(page)) == ("Not sent yet", told)


@pytest.mark.either_database
def test_the_page_says_until_when_it_can_be_sent(person: Contributor) -> None:
    set_closing(person, person.at + timedelta(days=2))
    assert next_of(person.read()) == (
        "This text has not been sent yet, and nobody has read it. "
        "You can send it until 16\u00a0March 2026, 09:26 UTC. It is kept until 28\u00a0March 2026."
    )


@pytest.mark.either_database
def test_the_page_says_that_the_call_is_closed(person: Contributor) -> None:
    set_closing(person, person.at - timedelta(hours=1))
    assert next_of(person.read()) == (
        "This text has not been sent, and the call is closed now. It is kept until 28\u00a0March 2026 and "
        "then erased. Copy what you want to keep."
    )


@pytest.mark.either_database
def test_a_text_whose_call_is_over_can_be_read_and_no_more(person: Contributor) -> None:
    set_closing(person, person.at - timedelta(hours=2))
    page = person.read()
    (link,) = re.findall(r'href="(/en/my/write\?version=\w+)">([^<]+) <', page)
    shown = person.client.get(link[0]).text
    assert (link[1], "Continue writing" in page, WORDS in shown) == ("Read what was saved", False, True)


@pytest.mark.either_database
def test_there_is_nothing_to_withdraw_and_nobody_to_write_to(person: Contributor) -> None:
    offered = {one.rpartition("/")[2] for one in actions_of(person.read())}
    assert offered & {"withdraw", "reply", "mail", "check", "story"} == set()


@pytest.mark.either_database
def test_what_was_saved_can_be_gone_on_with(person: Contributor) -> None:
    assert person.read().count('href="/en/my/write?version=') == 1


@pytest.mark.either_database
def test_withdrawing_leads_to_deleting(person: Contributor) -> None:
    person.enter()
    answer = person.client.get(f"{MY}/withdraw")
    assert (answer.status_code, answer.location) == (303, f"{MY}/erase")


def test_deleting_an_unsent_text_erases_it_at_once(person: Contributor) -> None:
    person.enter()
    answer = send_form(person.client, f"{MY}/erase", {}, action="/erase")
    with person.app.app_context():
        left = [*db.session.scalars(select(Revision)), *db.session.scalars(select(UnsentVersion))]
    assert (person.state(), left, answer.headers["Clear-Site-Data"]) == (
        State.ERASED,
        [],
        '"cache", "cookies", "storage"',
    )


@pytest.mark.either_database
def test_deleting_a_version_leaves_what_another_tab_has_saved_at_that_moment(person: Contributor) -> None:
    with person.app.app_context():
        session = db.session()
        session.expire_on_commit = False
        row = session.scalars(select(UnsentVersion)).one()
        assert len(row.submission.writings) == 1
        session.commit()
        with Session(db.engine) as other:
            typed = EnteredAnswers(Stage.STORY, "uk", {"story": "Інше."}, {}, has_words=True)
            instance = current_portal().instance
            secrets = FormSecrets(instance.keys, instance.receipt_secret, make_form_key())
            save_further(other, other.get_one(Submission, person.submission_id), typed, secrets, at=person.at)
            other.commit()
        delete_unsent_version(session, row, at=person.at)
        session.commit()
        assert [one.answers for one in session.scalars(select(UnsentVersion))] == [{"story": "Інше."}]


@pytest.mark.either_database
def test_versions_of_two_tabs_that_begin_alike_are_told_apart_by_their_length(person: Contributor) -> None:
    longer = EnteredAnswers(Stage.STORY, "uk", {"story": f"{WORDS} Стало тихо."}, {}, has_words=True)
    with person.app.app_context(), transaction() as session:
        instance = current_portal().instance
        secrets = FormSecrets(instance.keys, instance.receipt_secret, make_form_key())
        submission = session.get_one(Submission, person.submission_id)
        save_further(session, submission, longer, secrets, at=person.at)
    versions = re.findall(rf"{WORDS}.*?UTC( · [^<]+)?</span>", person.read())
    assert sorted(versions) == [" · 4 words", " · 6 words"]


@pytest.mark.either_database
def test_before_deleting_the_page_says_what_goes(person: Contributor) -> None:
    person.enter()
    assert person.client.get(f"{MY}/erase").text.count("Nobody but you has read it.") == 1


@pytest.mark.either_database
def test_what_was_never_sent_can_be_taken_along(person: Contributor) -> None:
    person.enter()
    form = find_form(person.client.get(f"{MY}/data").text, action="/data")
    answer = person.client.post(f"{MY}/data", data=form["values"], buffered=True)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        described = json.loads(archive.read("data.json"))
    assert [(one["answers"], one["answers_kept_encrypted"]) for one in described["unsent"]] == [
        ({"story": WORDS}, {"reply": "email", "reply_text": "a@example.org"})
    ]


@pytest.mark.either_database
def test_nobody_is_written_to_about_what_was_not_sent(person: Contributor) -> None:
    with pytest.raises(IllegalTransition):
        write(person)
