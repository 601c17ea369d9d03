"""What an author answers to a text reaches its editor beside each place, and old words are put back."""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.domain.states import Stage, State
from portal.export.story_records import gather_records
from portal.extensions import current_portal, db
from portal.models import Draft, Staff, Submission
from portal.operations.coverages.drafts import send_for_approval
from portal.operations.private.photos import describe_picture
from portal.queries.coverages.export import load_sources
from portal.story.picture_marks import make_photo_key
from tests.support.contributor import MY, Contributor
from tests.support.factories import make_sending
from tests.support.html_pages import read_tree
from tests.support.photos import keep_picture
from tests.support.plain_browser import find_form
from tests.support.staff import enter_as

pytestmark = pytest.mark.either_database

OLD = "Світло зникло о шостій.\n\nМи сиділи в темряві й мовчали.\n\nУранці я написала це."
NEW = OLD.replace("темряві й мовчали", "темряві").replace("написала", "записала")
SAID = PictureWords("Вулиця", "Оля", PeopleAnswer.NOBODY, PhotoLicence.OWN, caption="Наша вулиця")


@dataclass
class Check:
    """A story between its author and its editor, each in a browser."""

    person: Contributor
    editor: FlaskClient
    address: str
    photo: str

    def save(self, **typed: str) -> TestResponse:
        """Save the text as an editor does, with what stands in the form."""
        values = find_form(self.editor.get(self.address).text, field="body")["values"]
        return self.editor.post(self.address, data={**values, **typed})

    def ask(self) -> None:
        """Send the saved text to its author, who sees it at once."""
        with self.person.app.app_context(), transaction() as session:
            draft, by = session.scalars(select(Draft)).one(), session.scalars(select(Staff)).one()
            send_for_approval(session, draft, by=by, at=self.person.at, seen=draft.submission.version)

    def read_changes(self) -> dict[str, str]:
        """Return the changes the author is asked about: the name of each place, and its key."""
        tree = read_tree(self.person.client.get(f"{MY}/check").text)
        cards = [one for one in tree.iter("section") if "change" in (one.get("class") or "").split()]
        return {
            "".join(next(card.iter("h2")).itertext()): next(
                (one.get("name") or "").removesuffix("-choice")
                for one in card.iter("input")
                if one.get("type") == "radio"
            )
            for card in cards
        }

    def answer(self, objections: str = "", **answers: tuple[str, str]) -> TestResponse:
        """Answer places, named with a low line for a space, with a choice and words."""
        form = find_form(self.person.client.get(f"{MY}/check").text, field="objections")
        changes, values = self.read_changes(), dict(form["values"])
        for place, (choice, words) in answers.items():
            key = changes[place.replace("_", " ")]
            values |= {f"{key}-choice": choice, f"{key}-words": words}
        return self.person.client.post(form["action"], data={**values, "objections": objections})

    def read_draft(self) -> dict[str, Any]:
        with self.person.app.app_context():
            draft = db.session.scalars(select(Draft)).one()
            return {
                "title": draft.title,
                "dek": draft.dek,
                "body": draft.body,
                "photos": draft.photos,
                "reason": draft.revisions[-1].reason,
                "saves": len(draft.revisions),
            }

    def read_page(self) -> str:
        return self.editor.get(self.address).text


@pytest.fixture
def check(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Check]:
    """A story with a photo that an editor has just begun to edit."""
    with time_machine.travel(at, tick=False):
        person = Contributor(app, client, at)
        person.send(Stage.STORY, make_sending(Stage.STORY, story=OLD))
        person.decide(Act.ACCEPT)
        with app.app_context(), transaction() as session:
            submission = session.get_one(Submission, person.submission_id)
            photo = keep_picture(session, submission, at=at, colour="olive")
            describe_picture(session, submission, photo, SAID, at=at)
            key = make_photo_key(photo.public_id)
            address = f"/desk/coverages/draft/{session.scalars(select(Draft)).one().public_id}"
            email = session.scalars(select(Staff)).one().email
        editor = app.test_client()
        enter_as(editor, email)
        person.enter()
        yield Check(person, editor, address, key)


@pytest.fixture
def answered(check: Check) -> Check:
    """Its author wants one place back as it was, objects to another, and has accepted the title."""
    check.save(title="Вечір", dek="Зошит", body=NEW)
    check.ask()
    answer = check.answer(
        "Дякую.",
        Title=("accept", ""),
        Line_under_the_title=("comment", "Не зошит, а щоденник."),
        Paragraph_2=("restore", ""),
        Paragraph_3=("object", "Саме написала."),
    )
    assert (answer.status_code, check.person.state()) == (303, State.ACCEPTED)
    return check


def read_answers(page: str) -> list[list[str]]:
    """Return the answers beside the places of a draft's page, each with its lines."""
    tree = read_tree(page)
    beside = [one for one in tree.iter("div") if (one.get("id") or "").startswith("answer-")]
    return [[" ".join("".join(line.itertext()).split()) for line in one.iter("p")] for one in beside]


def list_buttons(page: str, name: str) -> list[str]:
    """Return what the buttons of this name send."""
    return [one.get("value") or "" for one in read_tree(page).iter("button") if one.get("name") == name]


def press(check: Check, name: str, place: int = 0) -> TestResponse:
    """Press the first button of this name on the page, or a later one."""
    return check.save(**{name: list_buttons(check.read_page(), name)[place]})


@pytest.mark.either_database
def test_every_change_is_asked_about_and_nothing_is_chosen_before(check: Check) -> None:
    check.save(title="Вечір", body=NEW)
    check.ask()
    page = check.person.client.get(f"{MY}/check").text
    assert (list(check.read_changes()), page.count(" checked>")) == (
        ["Title", "Paragraph 2", "Paragraph 3"],
        1,
    )


@pytest.mark.either_database
def test_the_answers_stand_beside_their_places(answered: Check) -> None:
    assert [lines[:2] for lines in read_answers(answered.read_page())] == [
        ["The author, Line under the title: Comment", "Не зошит, а щоденник."],
        ["The author, Paragraph 2: Put back", "Shown to the author:Ми сиділи в темряві."],
        ["The author, Paragraph 3: Disagree", "Саме написала."],
    ]


@pytest.mark.either_database
def test_the_thread_tells_them_in_words(answered: Check) -> None:
    (told,) = answered.person.messages()
    assert told.split("\n\n") == [
        "Line under the title: Comment\nНе зошит, а щоденник.",
        "Paragraph 2: Put back",
        "Paragraph 3: Disagree\nСаме написала.",
        "Дякую.",
    ]


@pytest.mark.either_database
def test_old_words_are_put_back_by_one_press_and_that_is_undone(answered: Check) -> None:
    press(answered, "put_back", 1)
    assert answered.read_draft()["body"] == OLD.replace("написала", "записала")
    assert "The author’s words are back." in answered.read_page()
    press(answered, "take_again")
    assert answered.read_draft()["body"] == NEW


def test_putting_back_keeps_what_a_colleague_wrote_meanwhile(answered: Check) -> None:
    answered.save(body=f"{NEW}\n\nЩе від колеги.", title="Вечір у Харкові")
    press(answered, "put_back", 1)
    found = answered.read_draft()
    assert (found["title"], found["body"]) == (
        "Вечір у Харкові",
        OLD.replace("написала", "записала") + "\n\nЩе від колеги.",
    )


def test_a_page_older_than_a_colleagues_save_puts_nothing_back(answered: Check) -> None:
    values = find_form(answered.read_page(), field="body")["values"]
    key = list_buttons(answered.read_page(), "put_back")[0]
    answered.save(title="Вечір у Харкові")
    stale = answered.editor.post(answered.address, data={**values, "put_back": key})
    assert (stale.status_code, answered.read_draft()["title"]) == (409, "Вечір у Харкові")


def test_words_edited_since_are_left_alone(answered: Check) -> None:
    key = list_buttons(answered.read_page(), "put_back")[1]
    body = NEW.replace("Ми сиділи в темряві.", "Ми сиділи в повній темряві.")
    answered.save(body=body)
    page = answered.editor.post(
        answered.address,
        data={**find_form(answered.read_page(), field="body")["values"], "put_back": key},
        follow_redirects=True,
    ).text
    assert (
        answered.read_draft()["body"],
        page.count("nothing was put back"),
        page.count("This place has been edited since."),
    ) == (body, 1, 1)


def test_what_an_editor_wrote_anew_can_be_left_out(answered: Check) -> None:
    press(answered, "put_back")
    assert answered.read_draft()["dek"] == ""
    press(answered, "take_again")
    assert answered.read_draft()["dek"] == "Зошит"


def test_words_with_a_photo_are_put_back_too(check: Check) -> None:
    check.save(**{f"photos-{check.photo}-caption": "Вулиця взимку"})
    assert check.read_draft()["photos"] == {"words": {check.photo: {"caption": "Вулиця взимку"}}}
    check.ask()
    check.answer(Photo_1=("restore", "Це літо."))
    press(check, "put_back")
    assert check.read_draft()["photos"] == {}
    press(check, "take_again")
    assert check.read_draft()["photos"] == {"words": {check.photo: {"caption": "Вулиця взимку"}}}


@pytest.mark.either_database
def test_the_next_text_asks_again_tells_what_was_said_and_chooses_nothing(answered: Check) -> None:
    press(answered, "put_back", 1)
    answered.ask()
    assert list(answered.read_changes()) == ["Title", "Line under the title", "Paragraph 3"]
    page = answered.person.client.get(f"{MY}/check").text
    values = find_form(page, field="objections")["values"]
    said = [page.count(one) for one in ("to the text before: Disagree", ">Саме написала.</p>")]
    assert said == [1, 1]
    assert [name for name in values if name.endswith("-choice")] == []


@pytest.mark.either_database
def test_every_change_has_to_be_answered_for_a_yes(check: Check) -> None:
    check.save(title="Вечір", body=NEW)
    check.ask()
    answer = check.answer(Title=("accept", ""), Paragraph_2=("accept", ""))
    assert (answer.status_code, check.person.state()) == (422, State.AUTHOR_CHECK)
    assert answer.text.count(">Paragraph 3: this change still needs your answer.</a>") == 1


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("choice", "words", "said"),
    [
        ("comment", " ", "Tell us briefly what should change."),
        ("object", "", "Tell us briefly what should change."),
        ("", "Слова.", "Choose an answer to go with what you wrote."),
        ("accept", "Слова.", "You accepted this change but also wrote something."),
    ],
)
def test_an_answer_that_says_less_or_more_than_it_can_is_asked_again(
    check: Check, choice: str, words: str, said: str
) -> None:
    check.save(title="Вечір")
    check.ask()
    answer = check.answer(Title=(choice, words))
    linked = answer.text.count(f'">{said}')
    assert (answer.status_code, linked, words.strip() in answer.text) == (422, 1, True)


@pytest.mark.either_database
def test_the_author_reads_why_beside_what_that_save_changed(check: Check) -> None:
    check.save(body=NEW.replace("записала", "написала"), change_reason="Так коротше.")
    check.save(title="Вечір", change_reason="Назва має сказати, коли.")
    check.ask()
    tree = read_tree(check.person.client.get(f"{MY}/check").text)
    reasons = ["".join(list(one)[1].itertext()) for one in tree.iter("div") if one.get("class") == "why"]
    assert reasons == ["Назва має сказати, коли.", "Так коротше."]


def explain(check: Check, **words: str) -> TestResponse:
    """Say why places were changed, named with a low line for a space, on the page of changes."""
    page = check.editor.get(f"{check.address}/changes").text
    form = find_form(page, action="/changes")
    typed: dict[str, str] = {}
    for one in read_tree(page).iter("section"):
        place = "_".join("".join(next(one.iter("h2")).itertext()).split())
        said = next((given for name, given in words.items() if place.startswith(name)), "")
        typed |= {next(one.iter("textarea")).get("name") or "": said} if said else {}
    return check.editor.post(f"{check.address}/changes", data={**form["values"], **typed})


def read_reasons(check: Check) -> list[str]:
    """Return the reasons the author reads, in the order of the changes."""
    tree = read_tree(check.person.client.get(f"{MY}/check").text)
    boxes = [one for one in tree.iter("div") if one.get("class") == "why"]
    return ["".join(line.itertext()) for one in boxes for line in list(one)[1:]]


def test_a_reason_belongs_to_one_change(check: Check) -> None:
    check.save(body=NEW, title="Вечір", change_reason="Для всього.")
    assert explain(check, Paragraph_2="Так чіткіше.").status_code == 303
    check.ask()
    assert (read_reasons(check).count("Так чіткіше."), read_reasons(check).count("Для всього.") > 0) == (
        1,
        True,
    )


def test_a_reason_stays_with_its_change_when_that_is_written_anew(check: Check) -> None:
    check.save(title="Вечір")
    explain(check, Title="Назва має сказати, коли.")
    check.save(title="Вечір удома", dek="Зошит")
    check.ask()
    assert read_reasons(check) == ["Назва має сказати, коли."]


def test_two_editors_reasons_for_one_change_both_stay(check: Check) -> None:
    check.save(title="Вечір")
    form = find_form(check.editor.get(f"{check.address}/changes").text, action="/changes")["values"]
    explain(check, Title="Перша причина.")
    name = next(key for key in form if key.endswith("-change_reason"))
    check.editor.post(f"{check.address}/changes", data={**form, name: "Друга причина."})
    check.ask()
    assert read_reasons(check) == ["Перша причина.\nДруга причина."]


def test_reasons_make_no_save_and_wait_for_no_answer(check: Check) -> None:
    check.save(title="Вечір")
    saves = check.read_draft()["saves"]
    explain(check, Title="Коротше.")
    assert check.read_draft()["saves"] == saves
    check.ask()
    answer = check.editor.post(
        f"{check.address}/changes",
        data=find_form(check.editor.get("/desk/").text, field="csrf_token")["values"] | {"a-shown": ""},
    )
    page = check.editor.get(f"{check.address}/changes").text
    assert (answer.status_code, "<textarea" in page) == (409, False)


def test_a_reason_alone_explains_the_newest_save(check: Check) -> None:
    check.save(title="Вечір", change_reason="Коротше.")
    check.save(change_reason="І видно, коли.")
    found = check.read_draft()
    assert (found["reason"], found["saves"]) == ("Коротше.\nІ видно, коли.", 2)


@pytest.mark.either_database
def test_a_reason_for_nothing_is_given_back(check: Check) -> None:
    answer = check.save(change_reason="Бо так.")
    assert (answer.status_code, answer.text.count("Бо так.</textarea>"), check.read_draft()["reason"]) == (
        422,
        1,
        "",
    )


def test_a_reason_that_was_not_saved_is_kept(check: Check) -> None:
    values = find_form(check.read_page(), field="body")["values"]
    check.editor.post(f"{check.address}/keep", data={**values, "change_reason": "Так коротше."})
    kept = find_form(check.read_page(), field="body")["values"]["change_reason"]
    listed = check.editor.get(f"{check.address}/revisions").text
    assert (kept, listed.count('<p dir="auto">Так коротше.</p>')) == ("Так коротше.", 1)


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ({"title": "Вечір"}, {"Title": "Written by the editor"}),
        ({"excerpt": "Коротко."}, {"Excerpt for lists": "Written by the editor"}),
        ({"place": "Харків"}, {"Place on its card": "Written by the editor"}),
        ({"slug": "vechir"}, {}),
        (
            {"body": OLD.replace("Світло зникло о шостій.\n\n", "")},
            {"Paragraph 1 of the original": "Taken out"},
        ),
        ({"body": OLD.replace("о шостій", "о **шостій**")}, {}),
        ({"photo": "Вулиця взимку"}, {"Photo 1": "Changed"}),
    ],
)
def test_it_is_asked_about_what_was_changed_alone(
    check: Check, typed: dict[str, str], asked: dict[str, str]
) -> None:
    named = {f"photos-{check.photo}-caption" if name == "photo" else name: one for name, one in typed.items()}
    check.save(**named)
    check.ask()
    cards = [
        one
        for one in read_tree(check.person.client.get(f"{MY}/check").text).iter("section")
        if one.get("class") == "change"
    ]
    kinds = ["".join(next(card.iter("span")).itertext()) for card in cards]
    assert dict(zip(check.read_changes(), kinds, strict=True)) == asked


def test_a_reason_is_in_the_own_data_with_the_answers_and_leaves_with_no_export(check: Check) -> None:
    check.save(title="Вечір", dek="Зошит", change_reason="Назва має сказати, коли.")
    check.ask()
    check.answer(Title=("accept", ""), Line_under_the_title=("comment", "Щоденник."))
    data = take_own_data(check.person)["edited_texts"][0]
    assert data["why_the_desk_changed_it"] == ["Назва має сказати, коли."]
    assert [(one["place"], one["answer"], one.get("words")) for one in data["your_answers_to_changes"]] == [
        ("title", "accept", None),
        ("dek", "comment", "Щоденник."),
    ]
    check.ask()
    check.person.approve()
    with check.person.app.app_context():
        coverage = db.session.scalars(select(Draft)).one().submission.call.coverage
        sources = load_sources(db.session(), coverage, at=check.person.at)
        (record,) = gather_records(sources, current_portal().instance.files_folder)
    assert (record.title, "Назва має сказати" in repr(record), "Щоденник" in repr(record)) == (
        "Вечір",
        False,
        False,
    )


def take_own_data(person: Contributor) -> dict[str, Any]:
    """Return what the author takes along."""
    form = find_form(person.client.get(f"{MY}/data").text, action="/data")["values"]
    packed = person.client.post(f"{MY}/data", data=form, buffered=True).data
    with zipfile.ZipFile(io.BytesIO(packed)) as files:
        data: dict[str, Any] = json.loads(files.read("data.json"))
    return data
