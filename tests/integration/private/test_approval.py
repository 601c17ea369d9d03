"""The author reads the edited text and answers."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.editing import Verdict
from portal.domain.errors import StaleEdit
from portal.domain.states import Stage, State
from portal.extensions import db
from portal.models import Draft, Staff, Submission
from portal.operations.coverages import drafts
from portal.operations.private import author_acts
from tests.support.contributor import MY, Contributor, answer_changes
from tests.support.factories import add_nothing, make_sending
from tests.support.html_pages import read_tree
from tests.support.plain_browser import find_form, send_form

pytestmark = pytest.mark.either_database

WINDOW = timedelta(minutes=10)


def test_the_edited_text_is_not_shown_inside_the_undo_window(person: Contributor) -> None:
    person.send(Stage.STORY)
    person.decide(Act.ACCEPT)
    person.edit("Світло зникло.", window=WINDOW)
    person.enter()
    assert person.client.get(f"{MY}/check").location == MY


def test_the_author_reads_the_edited_text_with_its_changes(person: Contributor) -> None:
    person.await_approval("Світло зникло о **сьомій**.")
    page = person.client.get(f"{MY}/check").text
    assert (page.count("<strong>сьомій</strong>"), page.count("<ins>"), page.count("<del>")) == (1, 1, 3)


SAID = {
    "title": "Заголовок",
    "dek": "Підзаголовок",
    "excerpt": "Уривок для списків",
    "body": "Світло зникло.",
    "byline": "Олена Коваль",
    "bio": "Живе в Тайбеї",
    "content_warning": "Обстріли",
    "slug": "svitlo-znyklo",
}
"""A text of its own for every field an editor may change."""


def test_every_field_of_the_edited_text_stands_in_its_own_place(person: Contributor) -> None:
    person.send(Stage.STORY)
    person.decide(Act.ACCEPT)
    with person.app.app_context(), transaction() as session:
        draft, by = session.scalars(select(Draft)).one(), session.scalars(select(Staff)).one()
        drafts.save_draft(session, draft, SAID, by=by, at=person.at, seen=draft.version)
        drafts.send_for_approval(session, draft, by=by, at=person.at, seen=draft.submission.version)
    person.enter()
    tree = read_tree(person.client.get(f"{MY}/check").text)
    article = next(tree.iter("article"))
    printed = [" ".join("".join(part.itertext()).split()) for part in article]
    facts = {"".join(one[0].itertext()): "".join(one[1].itertext()) for one in next(tree.iter("dl"))}
    assert (printed, facts) == (
        [SAID[name] for name in ("title", "dek", "content_warning", "byline", "body", "bio")],
        {
            "Name to print": SAID["byline"],
            "Excerpt for lists": SAID["excerpt"],
            "End of the address": SAID["slug"],
            "Licence": "CC BY 3.0",
        },
    )


def test_a_name_the_author_refused_is_not_shown_as_printed(person: Contributor) -> None:
    person.await_approval("Світло зникло.", make_sending(Stage.STORY, byline="none"))
    page = person.client.get(f"{MY}/check").text
    assert (page.count("Олена К."), page.count("<dd>No name</dd>")) == (0, 1)


def test_the_author_approves(person: Contributor) -> None:
    person.await_approval("Світло зникло.")
    person.approve()
    check = person.check()
    with person.app.app_context():
        approved = db.session.scalars(select(Draft.approved_revision)).one()
    assert (person.state(), check.verdict, approved) == (State.APPROVED, Verdict.APPROVED, check.revision)


def test_a_second_yes_changes_nothing(person: Contributor) -> None:
    person.await_approval("Світло зникло.")
    form = answer_changes(person.client.get(f"{MY}/check").text)
    answers = [person.client.post(form["action"], data=form["values"]) for _ in range(2)]
    assert ([one.status_code for one in answers], person.state()) == ([303, 303], State.APPROVED)


def test_a_yes_to_an_older_text_does_not_count(person: Contributor) -> None:
    person.await_approval("Світло зникло.")
    form = answer_changes(person.client.get(f"{MY}/check").text)
    person.object_in_another_tab()
    person.edit("Світло зникло назавжди.")
    answer = person.client.post(form["action"], data=form["values"])
    assert (answer.status_code, person.state()) == (409, State.AUTHOR_CHECK)


def test_objections_stand_in_the_thread(person: Contributor) -> None:
    person.await_approval("Світло зникло.")
    send_form(person.client, f"{MY}/check", {"objections": "Це було не так."}, field="objections")
    assert person.messages() == ["Це було не так."]


def say_yes(session: Session, submission: Submission, at: datetime) -> None:
    author_acts.approve(session, submission, revision=2, at=at)


def withdraw(session: Session, submission: Submission, at: datetime) -> None:
    author_acts.withdraw(session, submission, at=at)


def go_on_after_silence(session: Session, submission: Submission, at: datetime) -> None:
    draft, by = session.scalars(select(Draft)).one(), session.scalars(select(Staff)).one()
    add_nothing(session, submission, at)
    drafts.waive_approval(
        session, draft, by=by, at=at, seen=submission.version, reason="No answer by the day that was set."
    )


def take_back_to_edit(session: Session, submission: Submission, at: datetime) -> None:
    draft, by = session.scalars(select(Draft)).one(), session.scalars(select(Staff)).one()
    drafts.revise(session, draft, by=by, at=at, seen=submission.version)


@pytest.mark.parametrize("meanwhile", [say_yes, withdraw, go_on_after_silence, take_back_to_edit])
def test_answers_that_come_too_late_are_given_back(
    person: Contributor, meanwhile: Callable[[Session, Submission, datetime], None]
) -> None:
    person.await_approval("Світло зникло.")
    form = answer_changes(person.client.get(f"{MY}/check").text, "comment")
    words = {name: "Це було не так." for name in form["names"] if name.endswith("-words")}
    with person.app.app_context(), transaction() as session:
        meanwhile(session, session.get_one(Submission, person.submission_id), person.at)
    answer = person.client.post(form["action"], data={**form["values"], **words})
    assert (answer.status_code, answer.text.count(">Це було не так.</textarea>")) == (409, len(words))


def test_a_story_keeps_its_language_on_a_page_in_another(person: Contributor) -> None:
    person.await_approval("Zgasło światło.", make_sending(Stage.STORY, lang="pl", story="Światło zgasło."))
    tree = read_tree(person.client.get("/uk/my/check").text)
    boxes = [one for one in tree.iter("div") if one.get("class") in {"old", "new"}]
    shown = {
        (one.get("class"), part.get("lang")) for one in boxes for part in one.iter("div") if part.get("lang")
    }
    assert (shown, next(tree.iter("article")).get("lang")) == ({("old", "pl"), ("new", "pl")}, "pl")


@pytest.mark.parametrize(
    ("second", "status", "given_back"), [("Це було не так.", 303, 0), ("І назва хибна.", 409, 1)]
)
def test_of_two_objections_from_one_page_other_words_are_given_back(
    person: Contributor, second: str, status: int, given_back: int
) -> None:
    person.await_approval("Світло зникло.")
    form = find_form(person.client.get(f"{MY}/check").text, field="objections")
    first, answer = (
        person.client.post(form["action"], data={**form["values"], "objections": words})
        for words in ("Це було не так.", second)
    )
    shown = answer.text.count(f">{second}</textarea>")
    assert (first.status_code, answer.status_code, shown) == (303, status, given_back)
    assert (person.check().objections, person.messages()) == ("Це було не так.", ["Це було не так."])


def test_an_older_revision_is_a_stale_one(person: Contributor) -> None:
    person.await_approval("Світло зникло.")
    with person.app.app_context(), pytest.raises(StaleEdit), transaction() as session:
        author_acts.approve(
            session, session.get_one(Submission, person.submission_id), revision=1, at=person.at
        )
