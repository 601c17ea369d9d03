"""A photo taken back after it left has to come out, and what of it never left has not."""

from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.operations.private.documents import remove_file
from portal.operations.private.photos import describe_picture, read_picture_words
from tests.support.approved_story import LIST, PLACE, ApprovedStory
from tests.support.contributor import MY
from tests.support.photos import keep_picture
from tests.support.plain_browser import find_form

pytestmark = pytest.mark.either_database


def add_photo(story: ApprovedStory, name: str = "a") -> None:
    words = PictureWords("Полиця.", "Олена", PeopleAnswer.NOBODY, PhotoLicence.OWN)
    with story.app.app_context(), transaction() as session:
        submission = story.submission(session)
        photo = keep_picture(session, submission, at=story.at, content=name.encode())
        session.flush()
        describe_picture(session, submission, photo, words, at=story.at)


@pytest.mark.parametrize("way", ["refused", "removed"])
def test_a_photo_taken_back_after_it_left_is_a_task(story: ApprovedStory, way: str) -> None:
    add_photo(story)
    story.export()
    with story.app.app_context(), transaction() as session:
        submission = story.submission(session)
        photo = submission.attachments[0]
        refused = PictureWords("Полиця.", "Олена", PeopleAnswer.NOBODY, PhotoLicence.EDITORS_ONLY)
        if way == "refused":
            describe_picture(session, submission, photo, refused, at=story.at)
        else:
            remove_file(session, submission, photo, at=story.at)
    assert story.tasks() == [("photo", "", None)]
    assert "We are having the photo taken out." in story.author.client.get(MY).text


def test_a_photo_that_could_never_leave_is_removed_without_a_task(story: ApprovedStory) -> None:
    add_photo(story)
    with story.app.app_context(), transaction() as session:
        submission = story.submission(session)
        refused = PictureWords("Полиця.", "Олена", PeopleAnswer.NOBODY, PhotoLicence.EDITORS_ONLY)
        describe_picture(session, submission, submission.attachments[0], refused, at=story.at)
    story.export()
    with story.app.app_context(), transaction() as session:
        submission = story.submission(session)
        remove_file(session, submission, submission.attachments[0], at=story.at)
    assert story.tasks() == []


@pytest.mark.parametrize("removed_too", [False, True])
def test_a_photo_given_back_has_to_come_out_no_more(story: ApprovedStory, *, removed_too: bool) -> None:
    add_photo(story)
    add_photo(story, "c")
    story.export()
    with story.app.app_context(), transaction() as session:
        submission = story.submission(session)
        photo, other = submission.attachments
        words = read_picture_words(photo)
        refused = replace(words, licence=PhotoLicence.EDITORS_ONLY)
        describe_picture(session, submission, photo, refused, at=story.at)
        if removed_too:
            remove_file(session, submission, other, at=story.at)
        describe_picture(session, submission, photo, words, at=story.at)
    assert story.tasks() == [("photo", "", None if removed_too else "moot")]


PHOTOS = f"{MY}/photos"


def press_photo(story: ApprovedStory, button: str) -> TestResponse:
    """Press a button of the only photo, as a browser without scripts does."""
    page = story.author.client.get(PHOTOS).text
    form = find_form(page, field=button)
    value = page.partition(f'name="{button}" value="')[2].partition('"')[0]
    return story.author.client.post(form["action"], data={**form["values"], button: value})


@pytest.fixture
def with_photo(story: ApprovedStory) -> ApprovedStory:
    """A published story with a photo that may be printed."""
    add_photo(story)
    story.author.publish(PLACE)
    return story


@pytest.mark.parametrize("button", ["refuse", "remove"])
def test_a_photo_is_taken_back_after_publication(with_photo: ApprovedStory, button: str) -> None:
    assert press_photo(with_photo, button).status_code == 303
    assert with_photo.tasks() == [("photo", PLACE, None)]
    assert "We are having the photo taken out." in with_photo.author.client.get(MY).text
    assert "The author no longer wants a photo printed: take it out." in with_photo.editor.get(LIST).text


def test_a_photo_taken_back_stays_with_the_desk_and_is_offered_no_more(with_photo: ApprovedStory) -> None:
    press_photo(with_photo, "refuse")
    page = with_photo.author.client.get(PHOTOS).text
    assert (page.count('name="refuse"'), page.count("Only the desk sees it: your answers")) == (0, 1)
    press_photo(with_photo, "remove")
    assert with_photo.tasks() == [("photo", PLACE, None)]


def test_taking_a_photo_back_twice_asks_once(with_photo: ApprovedStory) -> None:
    page = with_photo.author.client.get(PHOTOS).text
    form, value = (
        find_form(page, field="refuse"),
        page.partition('name="refuse" value="')[2].partition('"')[0],
    )
    sent = {**form["values"], "refuse": value}
    answers = [with_photo.author.client.post(form["action"], data=sent).status_code for _ in range(2)]
    assert (answers, with_photo.tasks()) == ([303, 303], [("photo", PLACE, None)])


def test_before_publication_a_photo_is_refused_by_its_answer(story: ApprovedStory) -> None:
    add_photo(story)
    assert story.author.client.get(PHOTOS).text.count('name="refuse"') == 0


def test_a_photo_taken_back_before_anything_left_is_none(story: ApprovedStory) -> None:
    add_photo(story)
    with story.app.app_context(), transaction() as session:
        submission = story.submission(session)
        remove_file(session, submission, submission.attachments[0], at=story.at)
    assert story.tasks() == []
