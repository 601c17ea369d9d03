"""What an author takes back is taken back: every reader knows the newest answers and no others."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.answers import SubmittedAnswers
from portal.domain.embargo import find_embargo
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.export.own_data import describe_own_data
from portal.extensions import current_portal, db
from portal.models import Draft, Staff, Submission
from portal.operations.contribute.change import change
from portal.operations.contribute.submit import FormSecrets, send_story, submit
from portal.operations.desk.decisions import accept, invite
from portal.operations.private.consents import find_address
from portal.queries.answers import answers_by_role
from portal.queries.consents import outdated_consents
from portal.queries.coverages.export import find_wish, read_avoid
from portal.queries.coverages.overview import read_original
from portal.queries.private.own_data import load_own_data
from portal.queries.private.page import load_private_page
from portal.queries.story_search import is_found_by
from portal.sealing.keys import answers_place
from portal.story.search.query import read_query
from portal.web.desk.submission_texts import describe_answers
from portal.web.site.answer_texts import copy_versions
from tests.support.factories import make_call, make_form_key, make_sending, make_staff, make_submission
from tests.support.form_writer import MY, STORY, open_form
from tests.support.search import read_in_session
from tests.support.staff import enter_as

WORDS = {
    "title": "Заголовок",
    "place_time": "Харків, березень 2022",
    "bio": "Вчителька з Харкова.",
    "avoid": "Соломія",
    "embargo": "2027-01-02",
    "more": "Ще слово.",
}
EMPTIED = ("title", "place_time", "bio", "avoid", "embargo", "more")


@pytest.fixture
def within(app: Flask) -> Iterator[None]:
    """The application's context, for work on the database."""
    with app.app_context():
        yield


def secrets_of(form_key: str = "") -> FormSecrets:
    instance = current_portal().instance
    return FormSecrets(instance.keys, instance.receipt_secret, form_key or make_form_key())


def make_changed(session: Session, at: datetime) -> Submission:
    """Return a story that was sent with everything, and then changed: all emptied, and no name."""
    submission = make_submission(session, at, Stage.STORY, sending=make_sending(Stage.STORY, **WORDS))
    bare = make_sending(Stage.STORY, address="", byline="none")
    left = {key: value for key, value in bare.answers.items() if key not in (*EMPTIED, "byline_text")}
    change(session, submission, SubmittedAnswers(Stage.STORY, "uk", left, bare.sealed), secrets_of(), at=at)
    return submission


@pytest.mark.either_database
@pytest.mark.usefixtures("within")
def test_the_desk_shows_nothing_that_was_emptied(app: Flask, at: datetime) -> None:
    with transaction() as session:
        submission, editor = make_changed(session, at), make_staff(session, Role.EDITOR)
        with app.test_request_context("/en/"):
            shown = describe_answers(submission, reader=editor)
    assert {one.key for one in shown} & {*EMPTIED, "byline_text"} == set()


@pytest.mark.either_database
@pytest.mark.usefixtures("within")
def test_a_draft_begins_with_the_newest_answers_alone(app: Flask, at: datetime) -> None:
    with transaction() as session:
        submission, editor = make_changed(session, at), make_staff(session, Role.EDITOR)
        draft = accept(session, submission, by=editor, at=at, seen=submission.version)
    assert (draft.byline_mode, draft.byline, draft.bio, draft.title) == ("none", "", "", submission.heading)
    assert draft.title == "Світло зникло о шостій."


@pytest.mark.usefixtures("within")
def test_wishes_search_and_mail_know_the_newest_answers_alone(app: Flask, at: datetime) -> None:
    with transaction() as session:
        submission = make_changed(session, at)
        keys = current_portal().instance.keys
        known = (
            read_avoid(answers_by_role(submission)),
            find_embargo(answers_by_role(submission)),
            find_address(submission, keys),
            submission.wants_mail,
        )
    assert (known, submission.address_hash) == (("", None, "", False), None)
    read_in_session(session)
    phrases = (read_query(f'"{word}"') for word in WORDS.values())
    conditions = (is_found_by(phrase, in_drafts=True) for phrase in phrases)
    found = [session.scalar(select(Submission.id).where(one)) for one in conditions]
    assert found == [None] * len(WORDS)


@pytest.mark.either_database
@pytest.mark.usefixtures("within")
def test_a_consent_is_excused_by_the_newest_answer_alone(app: Flask, at: datetime) -> None:
    with transaction() as session:
        given_no = make_sending(Stage.STORY, may="no")
        submission = make_submission(
            session,
            at,
            Stage.STORY,
            sending=SubmittedAnswers(
                Stage.STORY, "uk", given_no.answers, given_no.sealed, given_no.consents[:3]
            ),
        )
        before = [one.key for one in outdated_consents(submission)]
        left = {key: value for key, value in given_no.answers.items() if key != "may"}
        change(
            session,
            submission,
            SubmittedAnswers(Stage.STORY, "uk", left, given_no.sealed),
            secrets_of(),
            at=at,
        )
    assert (before, [one.key for one in outdated_consents(submission)]) == ([], ["c_lic"])


@pytest.mark.either_database
@pytest.mark.usefixtures("within")
def test_a_full_story_keeps_what_its_form_does_not_ask_and_loses_what_was_emptied(
    app: Flask, at: datetime
) -> None:
    with transaction() as session:
        submission = make_submission(
            session, at, sending=make_sending(community="taiwan", community_text="Район", more="З пітчу")
        )
        invite(session, submission, by=make_staff(session, Role.EDITOR), at=at, seen=submission.version)
        story = SubmittedAnswers(
            Stage.STORY, "uk", {"story": "Світло."}, asked=frozenset({"story", "title", "more", "reply_text"})
        )
        send_story(session, submission, story, secrets_of(), at=at)
        now = submission.latest.answers
        sealed = current_portal().instance.keys.open_map(
            submission.latest.sealed, answers_place(submission.public_id, 2)
        )
    assert (now["idea"], now["community_text"], "more" in now) == (
        make_sending().answers["idea"],
        "Район",
        False,
    )
    assert sealed == {"reply": "email"}


@pytest.mark.either_database
@pytest.mark.usefixtures("opened")
def test_a_form_says_which_fields_it_had(app: Flask, client: FlaskClient) -> None:
    """A story is sent and changed on its pages: title, place, words about the person are emptied, no name."""
    values = {**open_form(client, STORY), **_fill_story(), **WORDS}
    assert client.post(STORY, data=values).status_code == 303
    changed = {**open_form(client, f"{MY}/change"), **dict.fromkeys(EMPTIED, ""), "byline": "none"}
    assert client.post(f"{MY}/change", data=changed).status_code == 303
    with app.app_context():
        answers = db.session.scalars(select(Submission)).one().latest.answers
    assert set(answers) & {*EMPTIED, "byline_text"} == set()


def _fill_story() -> dict[str, str]:
    return {
        "lang": "uk",
        "story": "Світло зникло о шостій.",
        "whose": "mine",
        "before": "no",
        "tools": "no",
        "byline": "pen",
        "byline_text": "Олена К.",
        "others": "no_one",
        "risk": "no",
        "may": "after_approval",
        "reply": "private_page",
        "c_use": "y",
        "c_age": "y",
        "c_own": "y",
        "c_lic": "y",
    }


@pytest.mark.either_database
@pytest.mark.usefixtures("within")
def test_a_name_taken_back_after_acceptance_leaves_the_draft(app: Flask, at: datetime) -> None:
    key = ""
    with transaction() as session:
        key = make_form_key()
        sending = make_sending(Stage.STORY, bio="Вчителька.")
        submission = make_submission(session, at, Stage.STORY, sending=sending, form_key=key)
        editor = make_staff(session, Role.EDITOR)
        draft = accept(
            session, submission, by=editor, at=at, seen=submission.version, window=timedelta(minutes=10)
        )
        left = {name: one for name, one in sending.answers.items() if name not in ("bio", "byline_text")}
        again = SubmittedAnswers(Stage.STORY, "uk", {**left, "byline": "none"}, sending.sealed)
        change(session, submission, again, secrets_of(), at=at)
        session.flush()
        fields = (draft.byline_mode, draft.byline, draft.bio, draft.revision, draft.revisions[-1].by_author)
    assert fields == ("none", "", "", 2, True)


@pytest.mark.either_database
@pytest.mark.usefixtures("within")
def test_a_name_that_an_editor_wrote_down_stays_when_the_author_changes_something_else(
    app: Flask, at: datetime
) -> None:
    with transaction() as session:
        sending = make_sending(Stage.STORY, byline="later")
        submission = make_submission(session, at, Stage.STORY, sending=sending)
        editor = make_staff(session, Role.EDITOR)
        draft = accept(
            session, submission, by=editor, at=at, seen=submission.version, window=timedelta(minutes=10)
        )
        draft.byline_mode, draft.byline = "real", "Олена Коваль"
        again = SubmittedAnswers(Stage.STORY, "uk", {**sending.answers, "story": "Інше."}, sending.sealed)
        change(session, submission, again, secrets_of(), at=at)
    assert (draft.byline, draft.revision) == ("Олена Коваль", 1)


@pytest.mark.either_database
@pytest.mark.usefixtures("opened")
def test_the_draft_page_says_that_the_author_sent_something_newer(
    app: Flask, client: FlaskClient, at: datetime
) -> None:
    with app.app_context(), transaction() as session:
        editor = make_staff(session, Role.EDITOR)
        submission = make_submission(session, at, Stage.STORY)
        draft = accept(
            session, submission, by=editor, at=at, seen=submission.version, window=timedelta(minutes=10)
        )
        session.flush()
        address, email = f"/desk/coverages/draft/{draft.public_id}", editor.email
    enter_as(client, email)
    sentence = "The author sent a new version after this draft was made."
    before = client.get(address).text.count(sentence)
    with app.app_context(), transaction() as session:
        found = session.scalars(select(Submission)).one()
        again = make_sending(Stage.STORY, title="Інакше")
        change(session, found, again, secrets_of(), at=at)
    page = client.get(address).text
    assert (before, page.count(sentence), page.count("versions?from=1&amp;to=2")) == (0, 1, 1)


ANSWERS = st.fixed_dictionaries(
    {"story": st.sampled_from(["Один.", "Два.", "Три."]), "byline": st.sampled_from(["none", "later"])},
    optional={
        "title": st.sampled_from(["Перший", "Другий"]),
        "place_time": st.sampled_from(["Харків", "Тайбей"]),
        "bio": st.sampled_from(["Вчителька.", "Лікарка."]),
        "avoid": st.sampled_from(["Соломія", "Олег"]),
        "may": st.sampled_from(["no", "after_approval"]),
        "embargo": st.sampled_from(["2027-01-02"]),
        "more": st.sampled_from(["Так.", "Ні."]),
    },
)
ADDRESSES = st.sampled_from(["", "a@example.org", "b@example.org"])


@pytest.mark.either_database
@pytest.mark.usefixtures("within")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=ANSWERS, changes=st.lists(st.tuples(ANSWERS, ADDRESSES), max_size=4))
def test_whatever_is_sent_in_whatever_order_every_reader_says_the_newest(
    app: Flask, first: dict[str, Any], changes: list[tuple[dict[str, Any], str]]
) -> None:
    at = datetime.fromisoformat("2026-03-14T10:20:00+00:00")
    keys, key = current_portal().instance.keys, make_form_key()
    with transaction() as session:
        call = make_call(session, at)
        editor: Staff = make_staff(session, Role.EDITOR)
        submission, _outcome = submit(
            session, call, _sending(first, "a@example.org"), secrets_of(key), at=at, locale="uk"
        )
        newest, address = dict(submission.latest.answers), "a@example.org"
        for number, (answers, reply) in enumerate(changes):
            sending = _sending(answers, reply)
            if number % 2:
                submit(session, call, sending, secrets_of(key), at=at, locale="uk")
            else:
                change(session, submission, sending, secrets_of(), at=at)
            # The very same content with the very same key has come before: it was stored then.
            newest, address = dict(submission.latest.answers), find_address(submission, keys)
            if number % 2 == 0:
                assert (newest, address) == (dict(sending.answers), reply)
        with app.test_request_context("/uk/"):
            desk = {one.key: one.text for one in describe_answers(submission, reader=editor)}
            copied = {one.text for one in copy_versions(submission, keys)[0]}
            page = load_private_page(session, submission.id, at=at)
            assert page is not None
            own = describe_own_data(load_own_data(session, page, at=at), keys)["sent"][-1]
        draft: Draft = accept(session, submission, by=editor, at=at, seen=submission.version)
        typed = {
            name: newest.get(name, "") for name in ("story", "title", "place_time", "bio", "avoid", "more")
        }
        assert {name: desk.get(name, "") for name in typed} == typed
        assert {one for one in typed.values() if one} <= copied
        assert own["answers"] == newest
        given = answers_by_role(submission)
        assert (read_avoid(given), find_wish(given)) == (typed["avoid"], newest.get("may", ""))
        assert (find_embargo(given) is None) == ("embargo" not in newest)
        assert (draft.bio, draft.byline_mode) == (typed["bio"], newest["byline"])
        assert (draft.title, read_original(submission).title) == (typed["title"] or submission.heading,) * 2
        assert submission.heading == (typed["title"] or typed["story"])
        assert submission.wants_mail == bool(address)


def _sending(answers: dict[str, Any], address: str) -> SubmittedAnswers:
    sealed = {"reply": "email", "reply_text": address} if address else {"reply": "private_page"}
    return SubmittedAnswers(Stage.STORY, "uk", {"lang": "uk", **answers}, sealed)
