"""An editor places the photos of a story, chooses words for print, and the author agrees to what is seen."""

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
from portal.domain.permissions import Role
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.domain.states import Stage, State
from portal.export.record import ExportRecord
from portal.export.story_records import gather_records
from portal.extensions import current_portal, db
from portal.models import Attachment, Draft, Staff, Submission
from portal.operations.coverages.drafts import save_draft
from portal.operations.coverages.slugs import SlugTaken
from portal.operations.private.photos import describe_picture, read_picture_words, refuse_picture
from portal.queries.coverages.export import load_sources
from portal.story.blocks import list_pictures
from portal.story.picture_marks import make_mark, make_photo_key
from tests.support.contributor import MY, Contributor
from tests.support.factories import make_draft, make_sending
from tests.support.html_pages import read_tree
from tests.support.photos import keep_picture
from tests.support.plain_browser import find_form
from tests.support.staff import enter_as, make_account

pytestmark = pytest.mark.either_database

SAID = PictureWords("Вулиця", "Оля", PeopleAnswer.NOBODY, PhotoLicence.OWN, caption="Наша вулиця")
BODY = "Перше.\r\n\r\nДруге."


@dataclass
class Editing:
    """A story with two photos in editing: its author's browser and an editor's."""

    app: Flask
    person: Contributor
    editor: FlaskClient
    keys: tuple[str, str]
    address: str = ""

    def open(self) -> str:
        return self.editor.get(self.address).text

    def send(self, act: str = "", **typed: str) -> TestResponse:
        values = find_form(self.open(), field="body")["values"]
        return self.editor.post(self.address + (f"/{act}" if act else ""), data={**values, **typed})

    def read(self) -> dict[str, Any]:
        with self.app.app_context():
            draft = db.session.scalars(select(Draft)).one()
            return {
                "body": draft.body,
                "slug": draft.slug,
                "photos": draft.photos,
                "revision": draft.revision,
            }

    def record(self) -> ExportRecord:
        with self.app.app_context():
            session = db.session()
            coverage = session.scalars(select(Draft)).one().submission.call.coverage
            sources = load_sources(session, coverage, at=self.person.at)
            return gather_records(sources, current_portal().instance.files_folder)[0]

    def agree(self) -> None:
        assert self.send("approval").status_code == 303
        with time_machine.travel(self.person.at.replace(hour=23), tick=False):
            self.person.enter()
            self.person.approve()
        assert self.person.state() is State.APPROVED


@pytest.fixture
def editing(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Editing]:
    with time_machine.travel(at, tick=False):
        person, editor = Contributor(app, client, at), app.test_client()
        person.send(Stage.STORY, make_sending(Stage.STORY))
        keys = []
        with app.app_context(), transaction() as session:
            submission = session.scalars(select(Submission)).one()
            for colour in ("olive", "navy"):
                photo = keep_picture(session, submission, at=at, colour=colour)
                describe_picture(session, submission, photo, SAID, at=at)
                keys.append(make_photo_key(photo.public_id))
        person.decide(Act.ACCEPT)
        with app.app_context(), transaction() as session:
            draft = session.scalars(select(Draft)).one()
            draft.body = BODY.replace("\r", "")
            address = f"/desk/coverages/draft/{draft.public_id}"
            email = session.scalars(select(Staff.email)).one()
        enter_as(editor, email)
        yield Editing(app, person, editor, (keys[0], keys[1]), address)


def test_a_press_puts_a_photo_after_the_chosen_paragraph_and_saves_what_was_typed(editing: Editing) -> None:
    key, _other = editing.keys
    places = [one.get("value") for one in read_tree(editing.open()).iter("option") if one.text == "Перше."]
    answer = editing.send(put_photo=key, **{f"after_photo_{key}": str(places[0])}, dek="Рядок")
    assert (answer.status_code, answer.location.rpartition("#")[2]) == (303, "draft-photos-field")
    assert editing.read()["body"] == f"Перше.\n\n{make_mark(key)}\n\nДруге."
    editing.open()
    figure = next(read_tree(editing.send("preview").text).iter("figure"))
    assert "".join(figure.itertext()).strip() == "Наша вулиця · Оля · CC BY 3.0"
    assert editing.send(take_photo=key).status_code == 303
    assert editing.read()["body"] == "Перше.\n\nДруге."


def test_a_photo_placed_beside_a_colleague_waits_and_loses_nobodys_words(editing: Editing) -> None:
    key, _other = editing.keys
    colleague = editing.app.test_client()
    enter_as(colleague, make_account(editing.app, Role.EDITOR))
    page = editing.open()
    mine = find_form(page, field="body")["values"]
    place = next(one.get("value") for one in read_tree(page).iter("option") if one.text == "Перше.")
    theirs = find_form(colleague.get(editing.address).text, field="body")["values"]
    saved = colleague.post(editing.address, data={**theirs, "dek": "Рядок колеги"})
    placing = {"put_photo": key, f"after_photo_{key}": str(place)}
    typed = {**mine, "body": f"{BODY}\r\n\r\nМоє."}
    late = editing.editor.post(editing.address, data={**typed, **placing})
    before = editing.read()["body"]
    kept = find_form(late.text, field="body")["values"]
    again = editing.editor.post(editing.address, data={**kept, **placing})
    mark = make_mark(key)
    assert (saved.status_code, late.status_code, before) == (303, 409, BODY.replace("\r", ""))
    assert "Моє." in kept["body"]
    assert (again.status_code, editing.read()["body"].replace(f"\n\n{mark}", "")) == (
        303,
        "Перше.\n\nДруге.\n\nМоє.",
    )
    assert editing.read()["body"].count(mark) == 1


def test_words_for_print_stand_beside_what_the_contributor_wrote(editing: Editing) -> None:
    key, other = editing.keys
    editing.send(
        **{
            f"photos-{key}-caption": "Вулиця без назви",
            f"photos-{key}-alt": "",
            f"photos-{key}-print_order": "3",
        },
        **{"photos-featured": other, f"photos-{other}-licence_line": "© Оля"},
    )
    words = {key: {"caption": "Вулиця без назви"}, other: {"licence_line": "© Оля"}}
    saved = editing.read()["photos"]
    assert saved == {"featured": other, "order": [other, key], "words": words}
    with editing.app.app_context():
        assert {read_picture_words(one) for one in db.session.scalars(select(Attachment))} == {SAID}
    editing.send(dek="Рядок")
    assert editing.read()["photos"] == saved


def test_an_untouched_word_follows_what_the_contributor_says_meanwhile(editing: Editing) -> None:
    key, _other = editing.keys
    values = find_form(editing.open(), field="body")["values"]
    with editing.app.app_context(), transaction() as session:
        photo = next(one for one in session.scalars(select(Attachment)) if one.public_id.startswith(key))
        words = PictureWords("Площа", "Оля", SAID.people, SAID.licence, caption="Наша площа")
        describe_picture(
            session, session.scalars(select(Submission)).one(), photo, words, at=editing.person.at
        )
    editing.editor.post(editing.address, data={**values, f"photos-{key}-credit": "Ольга"})
    assert editing.read()["photos"] == {"words": {key: {"credit": "Ольга"}}}


def test_the_author_sees_the_photos_in_place_and_what_is_printed_with_them(
    editing: Editing,
) -> None:
    key, other = editing.keys
    editing.send(put_photo=key, **{f"photos-{key}-caption": "Інший підпис", "photos-featured": other})
    assert editing.send("approval").status_code == 303
    with time_machine.travel(editing.person.at.replace(hour=23), tick=False):
        editing.person.enter()
        tree = read_tree(editing.person.client.get(f"{MY}/check").text)
    lines = ["".join(one.itertext()).strip() for one in next(tree.iter("article")).iter("figure")]
    assert lines == ["Інший підпис · Оля · CC BY 3.0", "Наша вулиця · Оля · CC BY 3.0"]
    headings = ["".join(one.itertext()) for kind in ("h2", "h3") for one in tree.iter(kind)]
    wanted = {"The photo shown with the story in lists", "Photo 1", "Photos, as they will be printed"}
    assert wanted <= set(headings)


def test_what_leaves_is_what_the_author_has_agreed_to_and_a_photo_refused_later_leaves_the_text(
    editing: Editing,
) -> None:
    key, other = editing.keys
    editing.send(
        put_photo=key, slug="nasha-vulytsia", **{"photos-featured": key, f"photos-{other}-print_order": "1"}
    )
    editing.agree()
    record = editing.record()
    assert (record.slug, list_pictures(record.body)) == ("nasha-vulytsia", (key,))
    assert record.featured == next(one.file for one in record.pictures if one.key == key)
    with editing.app.app_context(), transaction() as session:
        photo = next(one for one in session.scalars(select(Attachment)) if one.public_id.startswith(key))
        session.scalars(select(Submission)).one().state = State.PUBLISHED
        refuse_picture(session, session.scalars(select(Submission)).one(), photo, at=editing.person.at)
    record = editing.record()
    assert (list_pictures(record.body), record.featured, [one.key for one in record.pictures]) == (
        (),
        "",
        [other],
    )


def test_an_address_follows_the_headline_until_somebody_types_one(editing: Editing) -> None:
    assert editing.read()["slug"] == "koly-hasne-svitlo"
    editing.send(title="Зграя")
    assert editing.read()["slug"] == "zghraia"
    editing.send(slug="svitlo")
    editing.send(title="Інша назва")
    assert editing.read()["slug"] == "svitlo"
    assert editing.send(slug="Світло!").status_code == 422
    editing.send(slug="")
    assert editing.read()["slug"] == "insha-nazva"


def test_two_stories_of_a_coverage_have_different_ends_of_their_addresses(editing: Editing) -> None:
    with editing.app.app_context(), transaction() as session:
        by = session.scalars(select(Staff)).one()
        second = make_draft(session, editing.person.at, by=by, sending=make_sending(Stage.STORY))
        assert second.slug == "koly-hasne-svitlo-2"
        with pytest.raises(SlugTaken):
            save_draft(
                session,
                second,
                {"slug": "koly-hasne-svitlo"},
                by=by,
                at=editing.person.at,
                seen=second.version,
            )
        name = second.slug
    assert editing.send(slug=name).status_code == 422
