"""Files as they were sent: sealed for 14 days, or until their author says that this is the text."""

import io
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.admission import SAVES_OF_FORM
from portal.domain.documents import MOST_ORIGINALS, MOST_STORED_BYTES, MOST_STORY_ORIGINAL_BYTES
from portal.domain.retention import ORIGINALS_KEPT
from portal.domain.states import State
from portal.extensions import current_portal, db
from portal.media.letter_count import LetterCount
from portal.models import Attachment, Event, OriginalFile, Staff, Submission
from portal.operations.erasure import erase
from portal.operations.private.documents import remove_file
from portal.operations.private.originals import TakenContent
from portal.operations.rate_limits import name_bucket
from portal.operations.retention import delete_expired
from portal.queries.photos import list_file_names
from portal.storage import list_stored_files, read_file
from portal.traces import remove_noted_files
from tests.integration.private.test_own_data import take, unpack
from tests.support.contributor import MY, Contributor
from tests.support.docx_part_cases import HIDDEN
from tests.support.factories import make_submission
from tests.support.file_pages import DOCUMENTS, list_untaken, send_document
from tests.support.form_writer import (
    ANSWERS,
    STORY,
    STORY_ANSWERS,
    code_of,
    enter,
    fill_up,
    find_only_submission,
    list_rows,
    open_form,
    read_values,
)
from tests.support.photos import keep_document, keep_sent
from tests.support.plain_browser import read_forms
from tests.support.staff import enter_as

CHANGE = f"{MY}/change"
WORDS = "Лист.\n\nДругий абзац."
LOST = TakenContent(LetterCount(unplaced=("вода", "хліб")))
TOLD = "2 words of the file could not be placed. The author has not confirmed the text yet."


def list_sent(app: Flask) -> list[tuple[str, bytes]]:
    """Return the files that are kept as they were sent: the name each had, and what is in it."""
    with app.app_context():
        folder = current_portal().instance.files_folder
        rows = db.session.scalars(select(OriginalFile).order_by(OriginalFile.id))
        return [(row.name, read_file(folder, row.file)) for row in rows]


def find_strays(app: Flask) -> tuple[set[str], set[str]]:
    """Return the files without a row, and the rows without a file."""
    with app.app_context():
        rows, files = (
            list_file_names(db.session()),
            set(list_stored_files(current_portal().instance.files_folder)),
        )
    return files - rows, rows - files


def say_yes(author: Contributor, number: int = 0) -> TestResponse:
    """Press the button below a file that the page asks about."""
    forms = [one for one in read_forms(author.client.get(DOCUMENTS).text) if "/originals/" in one["action"]]
    return author.client.post(forms[number]["action"], data=forms[number]["values"])


@pytest.mark.either_database
def test_a_document_is_kept_as_it_was_sent_too(author: Contributor) -> None:
    answer = send_document(author, HIDDEN[0].sent, "Лист.docx")
    assert (answer.status_code, list_sent(author.app)) == (303, [("Лист.docx", HIDDEN[0].sent)])


@pytest.mark.either_database
def test_only_its_author_gets_the_file_back(author: Contributor) -> None:
    send_document(author, WORDS.encode(), "Лист.txt")
    place = read_forms(author.client.get(DOCUMENTS).text)
    (address,) = {f"{one['action']}/file" for one in place if "/originals/" in one["action"]}
    answer = author.client.get(address)
    headers = [answer.headers[name] for name in ("Content-Type", "Content-Disposition")]
    assert (answer.data.decode(), headers) == (
        WORDS,
        ["application/octet-stream", "attachment; filename=original.txt"],
    )


@pytest.mark.either_database
def test_the_yes_deletes_the_file_and_leaves_the_document(author: Contributor) -> None:
    send_document(author, HIDDEN[0].sent)
    answer = say_yes(author)
    with author.app.app_context():
        acts = list(db.session.scalars(select(Event.act).order_by(Event.id)))[2:]
        documents = list(db.session.scalars(select(Attachment.id)))
    assert (answer.status_code, list_sent(author.app), acts) == (303, [], ["confirm_words"])
    assert (len(documents), list_untaken(author), find_strays(author.app)) == (1, [], (set(), set()))


@pytest.mark.either_database
def test_a_yes_in_a_second_tab_is_the_same_yes(author: Contributor) -> None:
    send_document(author, HIDDEN[0].sent)
    forms = [one for one in read_forms(author.client.get(DOCUMENTS).text) if "/originals/" in one["action"]]
    answers = [author.client.post(forms[0]["action"], data=forms[0]["values"]) for _tab in range(2)]
    with author.app.app_context():
        acts = list(db.session.scalars(select(Event.act).where(Event.act == "confirm_words")))
    assert ([(one.status_code, one.location) for one in answers], len(acts)) == ([(303, DOCUMENTS)] * 2, 1)


@pytest.mark.either_database
def test_a_document_removed_in_a_second_tab_is_removed(author: Contributor) -> None:
    send_document(author, HIDDEN[0].sent)
    page = author.client.get(DOCUMENTS).text
    below = [one for one in read_forms(page) if one["action"].startswith(f"{DOCUMENTS}/")]
    (form,) = (one for one in below if "originals" not in one["action"])
    answers = [author.client.post(form["action"], data=form["values"]) for _tab in range(2)]
    assert [(one.status_code, one.location) for one in answers] == [(303, DOCUMENTS)] * 2


def test_without_a_yes_it_goes_by_the_clock(app: Flask, author: Contributor) -> None:
    send_document(author, WORDS.encode())
    kept = []
    for waited in (ORIGINALS_KEPT - timedelta(hours=1), ORIGINALS_KEPT):
        with app.app_context():
            with transaction() as session:
                delete_expired(session, at=author.at + waited, anyway=True)
            remove_noted_files()
        kept.append(len(list_sent(app)))
    assert (kept, find_strays(app)) == ([1, 0], (set(), set()))


def test_what_is_erased_keeps_no_file(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction() as session:
        submission = make_submission(session, at)
        before = keep_sent(session, submission, at=at)
        erase(session, submission, by=None, at=at)
        after = keep_sent(session, submission, at=at, content=b"Another.")
    assert (before is None, after, list_sent(app)) == (False, None, [])


@pytest.mark.either_database
def test_the_file_is_among_the_own_data(author: Contributor) -> None:
    send_document(author, WORDS.encode(), "Лист.txt")
    files = unpack(take(author))
    (told,) = json.loads(files["data.json"])["files_as_you_sent_them"]
    assert (files["originals/original-1.txt"].decode(), told["name_it_had"], told["bytes"]) == (
        WORDS,
        "Лист.txt",
        len(WORDS.encode()),
    )


@pytest.mark.either_database
def test_with_a_yes_withheld_the_page_asks_until_then(author: Contributor) -> None:
    send_document(author, WORDS.encode())
    page = author.client.get(DOCUMENTS).text
    asked = (page.count("Is this what you sent?"), page.count("until 28\u00a0March 2026 at most."))
    assert (asked, author.client.get(MY).text.count("Is this what you sent?")) == ((1, 1), 1)


def test_a_removed_document_takes_the_file_along(author: Contributor) -> None:
    with author.app.app_context():
        with transaction() as session:
            submission = session.get_one(Submission, author.submission_id)
            document = keep_document(session, submission, at=author.at)
            keep_sent(session, submission, at=author.at, document=document)
        with transaction() as session:
            remove_file(session, submission, session.scalars(select(Attachment)).one(), at=author.at)
        remove_noted_files()
    assert (list_sent(author.app), find_strays(author.app)) == ([], (set(), set()))


@pytest.mark.either_database
def test_a_document_sent_twice_is_kept_as_sent_once(author: Contributor) -> None:
    for _time in range(2):
        send_document(author, WORDS.encode())
    assert (len(list_sent(author.app)), find_strays(author.app)) == (1, (set(), set()))


@pytest.mark.either_database
def test_of_a_file_there_is_no_room_for_its_author_is_told_at_once(author: Contributor) -> None:
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        for number in range(MOST_ORIGINALS):
            keep_sent(session, submission, at=author.at, content=b"%d" % number)
    told = send_document(author, HIDDEN[0].sent)
    assert (told.status_code, told.text.count('id="document-read"')) == (200, 1)
    assert (len(list_sent(author.app)), find_strays(author.app)) == (MOST_ORIGINALS, (set(), set()))


def fits(
    session: Session, submission: Submission, at: datetime, *, size: int, others: dict[str, Any]
) -> bool:
    """Say whether a file fits beside one that says it has so many bytes."""
    first = keep_sent(session, submission, at=at, content=b"first")
    assert first is not None
    for name, value in others.items():
        setattr(first, name, value - size)
    session.flush()
    return keep_sent(session, submission, at=at, content=b"x" * size) is not None


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("column", "most", "size"),
    [("content_size", MOST_STORED_BYTES, 100), ("size", MOST_STORY_ORIGINAL_BYTES, 100)],
)
@pytest.mark.parametrize("step", [0, 1])
def test_files_as_sent_are_together_as_large_as_they_may_be(
    app: Flask, at: datetime, column: str, most: int, size: int, step: int
) -> None:
    with app.app_context(), transaction() as session:
        submission = make_submission(session, at)
        assert fits(session, submission, at, size=size, others={column: most + step}) is not bool(step)


@pytest.mark.either_database
@pytest.mark.parametrize("is_story", [True, False])
def test_editors_see_how_many_words_could_not_be_placed(author: Contributor, *, is_story: bool) -> None:
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        document = None if is_story else keep_document(session, submission, at=author.at)
        keep_sent(session, submission, at=author.at, taken=LOST, document=document)
        editor = session.scalars(select(Staff)).one().email
        address = f"/desk/submission/{submission.public_id}"
    desk = author.app.test_client()
    enter_as(desk, editor)
    before = desk.get(address).text
    say_yes(author)
    assert (before.count(TOLD), "вода" in before, desk.get(address).text.count(TOLD)) == (1, False, 0)


def send_story(
    client: FlaskClient, values: dict[str, Any], sent: str = WORDS, *, form: str = STORY
) -> TestResponse:
    """Choose a file for the story in the form, and have it read."""
    values = {**values, "document": (io.BytesIO(sent.encode()), "Історія.txt")}
    return client.post(f"{form}/file", data=values, content_type="multipart/form-data")


def delete_version(author: Contributor) -> None:
    """Press the button that deletes the oldest of the changes that were not sent."""
    form = [one for one in read_forms(author.client.get(MY).text) if "/unsent/" in one["action"]][-1]
    assert author.client.post(form["action"], data=form["values"]).status_code == 303


@pytest.mark.either_database
def test_a_deleted_change_takes_the_file_it_was_read_from_along(author: Contributor) -> None:
    send_document(author, b"A letter.", "letter.txt")
    send_story(author.client, open_form(author.client, CHANGE), form=CHANGE)
    before = [name for name, _content in list_sent(author.app)]
    delete_version(author)
    after = [name for name, _content in list_sent(author.app)]
    assert (before, after, find_strays(author.app)) == (
        ["letter.txt", "Історія.txt"],
        ["letter.txt"],
        (set(), set()),
    )


@pytest.mark.either_database
def test_the_file_stays_while_another_change_may_hold_its_words(author: Contributor) -> None:
    fresh = open_form(author.client, CHANGE)
    send_story(author.client, fresh, form=CHANGE)
    author.client.post(f"{CHANGE}/save", data={**fresh, "story": "Інше."})
    kept = []
    for _time in range(2):
        delete_version(author)
        kept.append((len(list_rows(author.app)), len(list_sent(author.app))))
    assert kept == [(1, 1), (0, 0)]


@pytest.mark.either_database
def test_a_change_that_was_sent_leaves_its_file_to_the_yes(author: Contributor) -> None:
    page = send_story(author.client, open_form(author.client, CHANGE), form=CHANGE).text
    author.client.post(f"{CHANGE}/send", data=read_values(page))
    author.client.post(f"{CHANGE}/save", data={**open_form(author.client, CHANGE), "story": "Інше."})
    delete_version(author)
    assert (list_rows(author.app), len(list_sent(author.app))) == ([], 1)


def begin(client: FlaskClient, **typed: str) -> dict[str, Any]:
    """Open the form of a story and type into it."""
    return {**open_form(client, STORY), "lang": "uk", **typed}


def press_yes(client: FlaskClient, page: str, **typed: str) -> TestResponse:
    """Press the button below what was read from a file in the form."""
    values = {**read_values(page), **typed, "document_yes": find_chosen(page)}
    return client.post(f"{STORY}/file", data=values)


def find_chosen(page: str) -> str:
    return page.partition('name="document_yes" value="')[2].partition('"')[0]


@pytest.mark.either_database
@pytest.mark.usefixtures("opened")
def test_a_file_read_into_the_form_is_saved_with_its_words(app: Flask, client: FlaskClient) -> None:
    page = send_story(client, begin(client, title="Підвал")).text
    code = code_of(app, read_values(page)["form_key"])
    assert (list_sent(app), page.count(code)) == ([("Історія.txt", WORDS.encode())], 1)
    assert 'name="document_yes"' in page
    opened = enter(app.test_client(), code).text
    assert (len(list_rows(app)), "/uk/my/documents" in opened) == (1, True)


@pytest.mark.either_database
@pytest.mark.usefixtures("opened")
def test_the_form_goes_on_with_what_was_saved(app: Flask, client: FlaskClient) -> None:
    page = send_story(client, begin(client)).text
    send_story(client, read_values(page), "Інший файл.")
    assert (len(list_rows(app)), [content.decode() for _name, content in list_sent(app)]) == (
        1,
        [WORDS, "Інший файл."],
    )


@pytest.mark.either_database
@pytest.mark.usefixtures("opened")
def test_a_yes_in_the_form_costs_no_word_of_it(app: Flask, client: FlaskClient) -> None:
    page = send_story(client, begin(client)).text
    answer = press_yes(client, page, title="Пізніше")
    values = read_values(answer.text)
    assert (values["title"], values["story"].split()) == ("Пізніше", WORDS.split())
    assert (answer.status_code, list_sent(app), find_strays(app)) == (200, [], (set(), set()))
    assert "document_yes" not in answer.text


@pytest.mark.either_database
@pytest.mark.usefixtures("opened")
def test_a_yes_reaches_no_file_of_another_text(app: Flask, client: FlaskClient) -> None:
    other = app.test_client()
    theirs, mine = send_story(other, begin(other)).text, send_story(client, begin(client), "Моє.").text
    press_yes(client, mine.replace(find_chosen(mine), find_chosen(theirs)))
    assert len(list_sent(app)) == 2


@pytest.mark.either_database
@pytest.mark.usefixtures("opened")
def test_a_story_that_is_sent_takes_its_file_to_the_private_page(app: Flask, client: FlaskClient) -> None:
    page = send_story(client, begin(client, **{**ANSWERS, **STORY_ANSWERS})).text
    client.post(STORY, data={**read_values(page), **ANSWERS, **STORY_ANSWERS, "story": WORDS})
    asked = client.get("/uk/my/documents").text
    assert (find_only_submission(app).state, len(list_sent(app)), asked.count("Історія.txt")) == (
        State.SUBMITTED,
        1,
        1,
    )


@pytest.mark.either_database
@pytest.mark.usefixtures("opened")
def test_a_file_whose_words_cannot_be_saved_is_not_kept_and_told(app: Flask, client: FlaskClient) -> None:
    values = begin(client)
    fill_up(app, name_save(app, values["form_key"]), SAVES_OF_FORM)
    answer = send_story(client, values)
    assert (answer.status_code, read_values(answer.text)["story"].split()) == (200, WORDS.split())
    assert (list_sent(app), find_strays(app), answer.text.count("Сам файл у\u00a0нас не зберігається")) == (
        [],
        (set(), set()),
        1,
    )


def name_save(app: Flask, form_key: str) -> str:
    with app.app_context():
        return name_bucket(current_portal().instance.receipt_secret, "save", form_key)
