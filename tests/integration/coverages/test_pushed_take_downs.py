"""Stories that must leave a real WordPress, or lose a photo, a name or a day there, by one press."""

from contextlib import suppress
from datetime import datetime

import pytest
from sqlalchemy import select

from portal.database import transaction
from portal.export.pushes import push_next
from portal.extensions import db
from portal.models import Draft, Push, RemoteCopy, Staff, Submission, TakeDown
from portal.operations.coverages.drafts import revise, waive_approval
from portal.operations.erasure import erase
from tests.support.factories import add_nothing
from tests.support.pushed_story import (
    CONTENT,
    EDIT,
    SET_STATUS,
    Killed,
    PushDesk,
    correct,
    press_take_down,
)
from tests.support.sent_story import SENT

pytestmark = pytest.mark.either_database


def test_a_withdrawn_story_goes_into_the_trash_by_one_press(push_desk: PushDesk) -> None:
    push_desk.send()
    push_desk.withdraw()
    press_take_down(push_desk)
    assert (push_desk.posts(), push_desk.read(TakeDown).outcome) == (
        [f"post trash {push_desk.read(Draft).title}"],
        "removed",
    )


def test_what_the_account_may_not_delete_stays_a_task(push_desk: PushDesk) -> None:
    push_desk.send()
    push_desk.withdraw()
    push_desk.wordpress.run("return get_role('author')->remove_cap('delete_posts');")
    try:
        press_take_down(push_desk)
    finally:
        push_desk.wordpress.run("return get_role('author')->add_cap('delete_posts');")
    # The post is a draft, as it was: nobody outside reads it, and somebody there has to delete it.
    assert (push_desk.posts()[-1].split()[:2], push_desk.read(TakeDown).closed_at) == (
        ["post", "draft"],
        None,
    )


def test_of_an_erased_story_nothing_is_left_once_it_is_taken_down(push_desk: PushDesk) -> None:
    push_desk.send()
    with push_desk.app.app_context(), transaction() as session:
        erase(session, session.get_one(Submission, push_desk.author.submission_id), by=None, at=push_desk.at)
    press_take_down(push_desk)
    with push_desk.app.app_context():
        left = [db.session.scalars(select(table)).first() for table in (RemoteCopy, Push, TakeDown)]
    assert ([one.split()[:2] for one in push_desk.posts()], left) == ([["post", "trash"]], [None] * 3)


@pytest.mark.parametrize("is_erased", [False, True])
def test_a_photo_of_a_push_that_was_cut_off_is_taken_down_with_it(
    push_desk: PushDesk, *, is_erased: bool
) -> None:
    push_desk.press()

    def clock() -> datetime:
        if push_desk.posts():  # the photo is there, and the post is not
            raise Killed
        return push_desk.at

    with push_desk.app.app_context(), suppress(Killed):
        push_next(clock=clock)
    if is_erased:
        with push_desk.app.app_context(), transaction() as session:
            erase(
                session, session.get_one(Submission, push_desk.author.submission_id), by=None, at=push_desk.at
            )
    else:
        push_desk.withdraw()
    left = push_desk.posts()
    press_take_down(push_desk)
    assert (left, push_desk.posts()) == (["attachment inherit Полиця"], [])


def test_a_refused_photo_leaves_text_and_library_by_one_press(push_desk: PushDesk) -> None:
    push_desk.send()
    push_desk.wordpress.run(SET_STATUS % "publish")
    push_desk.refuse_photo()
    correct(push_desk)
    there = push_desk.posts(), "<img" in push_desk.wordpress.run(CONTENT), push_desk.read(TakeDown).outcome
    assert there == ([f"post publish {push_desk.read(Draft).title}"], False, "corrected")


def test_what_was_edited_there_is_asked_about_before_a_photo_goes(push_desk: PushDesk) -> None:
    push_desk.send()
    theirs = push_desk.wordpress.run(EDIT)
    push_desk.refuse_photo()
    correct(push_desk)
    sent = push_desk.read(Push).public_id
    page = push_desk.client.get("/desk/take-downs").text
    asked = (
        f'href="{SENT}/{sent}"' in page,
        push_desk.wordpress.run(CONTENT),
        push_desk.read(TakeDown).outcome,
    )
    push_desk.answer("over")
    push_desk.work()
    assert (asked, push_desk.read(TakeDown).outcome) == ((True, theirs, None), "corrected")


def test_where_the_account_may_not_correct_it_the_desk_reads_what_to_do(push_desk: PushDesk) -> None:
    push_desk.send()
    push_desk.wordpress.run(SET_STATUS % "publish")
    push_desk.refuse_photo()
    push_desk.wordpress.run("return get_role('author')->remove_cap('edit_published_posts');")
    try:
        correct(push_desk)
    finally:
        push_desk.wordpress.run("return get_role('author')->add_cap('edit_published_posts');")
    page = push_desk.client.get("/desk/take-downs").text
    advice = "By hand: take the photo out of the post there and delete it from the library of the site"
    assert (advice in page, push_desk.read(TakeDown).outcome) == (True, None)


def test_a_photo_that_the_account_may_not_delete_stays_a_task(push_desk: PushDesk) -> None:
    push_desk.send()
    push_desk.refuse_photo()
    push_desk.wordpress.run("return get_role('author')->remove_cap('delete_posts');")
    try:
        correct(push_desk)
    finally:
        push_desk.wordpress.run("return get_role('author')->add_cap('delete_posts');")
    page = push_desk.client.get("/desk/take-downs").text
    said = "1 photo is still in the library of the site: delete it there by hand." in page
    waits = push_desk.read(TakeDown).outcome
    push_desk.wordpress.run(
        "return wp_delete_post(get_posts(['post_type' => 'attachment'])[0]->ID, true)->ID;"
    )
    correct(push_desk)
    assert (said, waits, push_desk.read(TakeDown).outcome) == (True, None, "corrected")


def test_a_refused_name_is_off_the_pages_until_the_text_without_it_may_leave(push_desk: PushDesk) -> None:
    push_desk.send()
    push_desk.wordpress.run(SET_STATUS % "publish")
    push_desk.send_again(byline="none")
    page = push_desk.client.get("/desk/take-downs").text
    press_take_down(push_desk)
    hidden = push_desk.posts()[-1].split()[1], push_desk.read(TakeDown).outcome
    with push_desk.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, push_desk.author.submission_id)
        draft, by = session.scalars(select(Draft)).one(), session.scalars(select(Staff)).first()
        assert by is not None
        revise(session, draft, by=by, at=push_desk.at, seen=submission.version)
        add_nothing(session, draft.submission, push_desk.at)
        waive_approval(session, draft, by=by, at=push_desk.at, seen=submission.version, reason="Згода є.")
    correct(push_desk)
    assert ("Send the corrected text" in page, hidden) == (False, ("draft", None))
    assert ("Олена К." in push_desk.wordpress.run(CONTENT), push_desk.read(TakeDown).outcome) == (
        False,
        "corrected",
    )


def test_a_refused_photo_is_out_of_the_library_while_the_text_may_not_leave(push_desk: PushDesk) -> None:
    push_desk.send()
    push_desk.send_again(byline="none")
    push_desk.refuse_photo()
    press_take_down(push_desk)
    assert push_desk.posts() == [f"post draft {push_desk.read(Draft).title}"]


def test_a_story_that_is_put_off_becomes_a_draft_there_each_time_it_is_published(push_desk: PushDesk) -> None:
    push_desk.send()
    photo = push_desk.posts()[0]
    push_desk.wordpress.run(SET_STATUS % "publish")
    push_desk.look()
    push_desk.send_again(embargo="2026-06-01")
    said = press_take_down(push_desk)
    there, outcome = push_desk.posts(), push_desk.read(TakeDown).outcome
    push_desk.wordpress.run(SET_STATUS % "publish")
    push_desk.look()
    with push_desk.app.app_context():
        tasks = [one.outcome for one in db.session.scalars(select(TakeDown).order_by(TakeDown.id))]
    told = "Nobody reads it on its pages. The task is closed." in said
    assert (told, there[0], there[1].split()[1], outcome) == (True, photo, "draft", "corrected")
    assert tasks == ["moot", None]  # published once more before its day, it is asked for anew
