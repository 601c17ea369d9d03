"""E-mail when there is news is the contributor's choice, on any day."""

import pytest
from sqlalchemy import select

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.errors import MissingText
from portal.extensions import current_portal, db
from portal.models import Event, OutboxMail, Submission
from portal.operations.contribute.change import change as change_submission
from portal.operations.contribute.submit import FormSecrets
from portal.operations.private.consents import switch_mail
from tests.support.contributor import MY, Contributor, actions_of
from tests.support.factories import ADDRESS, make_form_key, make_sending
from tests.support.plain_browser import send_form


def press(person: Contributor, wanted: str) -> str:
    return send_form(person.client, MY, {"wanted": wanted}, action="/mail").text


def switch(person: Contributor, *, wanted: bool) -> None:
    with person.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, person.submission_id)
        switch_mail(session, submission, wanted=wanted, keys=current_portal().instance.keys, at=person.at)


def wants_mail(person: Contributor) -> bool:
    with person.app.app_context():
        return db.session.get_one(Submission, person.submission_id).wants_mail


def waiting_mail(person: Contributor) -> list[str]:
    with person.app.app_context():
        return list(db.session.scalars(select(OutboxMail.kind).order_by(OutboxMail.id)))


@pytest.mark.either_database
def test_mail_is_switched_off(person: Contributor) -> None:
    person.send()
    person.enter()
    press(person, "0")
    assert wants_mail(person) is False


def test_what_waited_to_be_sent_is_dropped(person: Contributor) -> None:
    person.send()
    person.enter()
    before = waiting_mail(person)
    press(person, "0")
    assert (before, waiting_mail(person)) == (["received"], [])


@pytest.mark.either_database
def test_after_that_no_decision_makes_mail(person: Contributor) -> None:
    person.send()
    person.enter()
    press(person, "0")
    person.decide(Act.ASK, body="Де?")
    assert waiting_mail(person) == []


@pytest.mark.either_database
def test_mail_is_switched_on_again(person: Contributor) -> None:
    person.send()
    person.enter()
    press(person, "0")
    press(person, "1")
    assert wants_mail(person) is True


@pytest.mark.either_database
def test_the_choice_is_in_the_history_without_an_address(person: Contributor) -> None:
    person.send()
    person.enter()
    press(person, "0")
    with person.app.app_context():
        event = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
        assert event is not None
        assert (event.act, event.by_author, event.detail) == ("switch_mail", True, {"wanted": False})


@pytest.mark.either_database
def test_the_same_choice_twice_is_one(person: Contributor) -> None:
    person.send()
    person.enter()
    for _ in range(2):
        switch(person, wanted=False)
    with person.app.app_context():
        assert len(db.session.scalars(select(Event).where(Event.act == "switch_mail")).all()) == 1


@pytest.mark.either_database
def test_without_an_address_there_is_nothing_to_switch(person: Contributor) -> None:
    person.send(sending=make_sending(address=""))
    assert f"{MY}/mail" not in actions_of(person.read())


@pytest.mark.either_database
def test_mail_needs_an_address(person: Contributor) -> None:
    person.send(sending=make_sending(address=""))
    with pytest.raises(MissingText):
        switch(person, wanted=True)


def change_address(person: Contributor, address: str) -> None:
    """Send another version of the pitch, with this address."""
    with person.app.app_context(), transaction() as session:
        instance = current_portal().instance
        change_submission(
            session,
            session.get_one(Submission, person.submission_id),
            make_sending(link="Інша полиця.", address=address),
            FormSecrets(instance.keys, instance.receipt_secret, make_form_key()),
            at=person.at,
        )


@pytest.mark.either_database
@pytest.mark.parametrize(("address", "wanted"), [(ADDRESS, False), ("other@example.org", True)])
def test_a_new_version_switches_mail_on_only_with_another_address(
    person: Contributor, *, address: str, wanted: bool
) -> None:
    person.send()
    person.enter()
    press(person, "0")
    change_address(person, address)
    assert wants_mail(person) is wanted


@pytest.mark.either_database
def test_the_page_shows_no_address(person: Contributor) -> None:
    person.send()
    person.enter()
    assert "olena@example.org" not in press(person, "0")
