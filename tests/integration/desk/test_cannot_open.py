"""What no key opens, or is damaged, is named on the page it stands on, and hides nothing else there."""

from datetime import datetime
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.database import transaction
from portal.domain.photos import PeopleAnswer, PhotoLicence
from portal.export.photos import FILE_MISSING, gather_pictures
from portal.export.story_records import read_photo
from portal.extensions import current_portal, db
from portal.models import Attachment, Draft, DraftRevision, Revision, Staff, Submission, UnsavedEdit
from portal.operations.coverages.draft_fields import fields_of
from portal.operations.coverages.drafts import save_draft
from portal.operations.coverages.unsaved_edits import keep_unsaved
from tests.support.bad_input import Desk
from tests.support.photos import keep_picture
from tests.support.plain_browser import find_form

pytestmark = pytest.mark.either_database

TOLD = "This cannot be opened now"


def damage(app: Flask, *columns: Any) -> None:
    with app.app_context(), transaction() as session:
        for column in columns:
            session.execute(update(column.class_).values({column.key: b"damaged"}))


def test_a_submission_shows_the_rest(app: Flask, editor: Desk, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        submission = session.scalars(select(Submission).where(Submission.public_id == editor.story)).one()
        photo = keep_picture(session, submission, at=at).public_id
        heading = submission.heading
    damage(app, Revision.desk_answers, Submission.sealed_risk)
    damage(app, Attachment.sealed_words, Attachment.sealed_facts, Attachment.sealed_key)
    page = editor.client.get(editor.page(editor.story))
    shown = (page.status_code, page.text.count(f">{TOLD}<"), heading in page.text)
    picture = editor.client.get(f"{editor.page(editor.story)}/photo/{photo}")
    assert (*shown, picture.status_code) == (200, 2, True, 404)


def test_a_photo_that_cannot_be_opened_is_missing_and_the_rest_leaves(
    app: Flask, editor: Desk, at: datetime
) -> None:
    with app.app_context(), transaction() as session:
        submission = session.scalars(select(Submission).where(Submission.public_id == editor.story)).one()
        for colour in ("olive", "navy"):
            photo = keep_picture(session, submission, at=at, colour=colour)
            photo.people, photo.licence, photo.description = PeopleAnswer.NOBODY, PhotoLicence.OWN, "Полиця"
            photo.credit = "Олена"
        lost = photo.public_id
    with app.app_context(), transaction() as session:
        damaged = update(Attachment).where(Attachment.public_id == lost)
        session.execute(damaged.values(sealed_facts=b"damaged", sealed_key=b"damaged"))
    with app.app_context():
        folder, photos = current_portal().instance.files_folder, db.session.scalars(select(Attachment)).all()
        gathered = gather_pictures(photos, partial(read_photo, folder), lang="uk")
    assert ([one.reason for one in gathered.withheld], len(gathered.leaving)) == ([FILE_MISSING], 1)


def test_saves_and_what_was_typed_show_the_rest(app: Flask, editor: Desk, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft)).one()
        by = session.scalars(select(Staff).order_by(Staff.id.desc()).limit(1)).one()
        save_draft(session, draft, {"title": "Друга назва"}, by=by, at=at, seen=draft.version)
        typed = {**fields_of(draft), "title": "Третя назва", "byline": "Інша"}
        keep_unsaved(session, draft, typed, by=by, at=at, revision=draft.revision, known=0)
    damage(app, DraftRevision.sealed_person, UnsavedEdit.sealed_person)
    saves = editor.client.get(f"{editor.draft_page}/revisions?new=2").text
    page = editor.client.get(editor.draft_page)
    assert (saves.count(TOLD), "Друга" in saves, "Третя назва" in saves) == (1, True, True)
    values = find_form(page.text, field="body")["values"]
    kept = editor.client.post(f"{editor.draft_page}/keep", data={**values, "title": "Четверта"})
    assert (page.status_code, values["title"], kept.get_json()["state"]) == (200, "Третя назва", "kept")
    with app.app_context():
        assert db.session.scalars(select(UnsavedEdit)).one().fields["title"] == "Четверта"


def test_a_draft_shows_the_rest(app: Flask, editor: Desk) -> None:
    damage(app, Revision.desk_answers, Revision.sealed, Submission.sealed_risk)
    page = editor.client.get(editor.draft_page)
    assert (page.status_code, page.text.count(f">{TOLD}<")) == (200, 1)


def test_a_draft_whose_name_to_print_cannot_be_opened_shows_the_rest(app: Flask, editor: Desk) -> None:
    """Nothing of it can be saved then: what cannot be read would be lost."""
    damage(app, Draft.sealed_person)
    page, saves = editor.client.get(editor.draft_page), editor.client.get(f"{editor.draft_page}/revisions")
    with app.app_context():
        title = db.session.scalars(select(Draft)).one().title
    assert (page.status_code, page.text.count(f">{TOLD}<"), title in page.text) == (200, 1, True)
    assert ('name="body"' in page.text, saves.status_code) == (False, 200)
    lists = [f"/desk/coverages/ukraine-taiwan{one}" for one in ("", "/export")]
    around = [editor.client.get(one).status_code for one in (*lists, editor.page(editor.story))]
    assert around == [200, 200, 200]


def test_what_changed_shows_the_rest(app: Flask, editor: Desk) -> None:
    with app.app_context(), transaction() as session:
        submission = session.scalars(select(Submission).where(Submission.public_id == editor.story)).one()
        first = submission.latest
        kept = {name: getattr(first, name) for name in ("stage", "lang", "form_key_hash", "received_at")}
        answers = {**first.open_answers, "title": "Друга назва"}
        second = Revision(number=2, content_hash="2" * 64, open_answers=answers, **kept)
        submission.revisions.append(second)
    damage(app, Revision.desk_answers, Revision.sealed, Submission.sealed_risk)
    page = editor.client.get(f"{editor.page(editor.story)}/versions")
    assert (page.status_code, page.text.count(f">{TOLD}<"), "Друга" in page.text) == (200, 1, True)
