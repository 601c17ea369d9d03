"""Stories become drafts on a real WordPress by one press, and come back from there."""

from contextlib import suppress
from datetime import datetime
from itertools import count

import pytest
from sqlalchemy import select

from portal.database import transaction
from portal.domain.pushes import LEASE, PushState
from portal.export.pushes import push_next
from portal.models import Draft, Push, RemoteCopy, Submission, Target
from portal.operations.private import author_acts
from tests.support.concurrency import act_at_once
from tests.support.pushed_story import CONTENT, EDIT, Killed, PushDesk, choose_what_is_gone
from tests.support.sent_story import SENT

pytestmark = pytest.mark.either_database


def test_one_press_makes_a_draft_with_its_photo(push_desk: PushDesk) -> None:
    push_desk.send()
    title = push_desk.read(Draft).title
    assert push_desk.posts() == ["attachment inherit Полиця", f"post draft {title}"]


def test_a_second_press_doubles_nothing(push_desk: PushDesk) -> None:
    push_desk.send()
    once = push_desk.posts()
    push_desk.send()
    assert (push_desk.posts(), push_desk.read(Push).state) == (once, "done")


def test_the_page_looks_again_by_itself_until_the_story_stands_there(push_desk: PushDesk) -> None:
    push_desk.press()
    before, stopped = (
        push_desk.client.get(f"{SENT}{query}").headers.get("Refresh") for query in ("", "?still=1")
    )
    push_desk.work()
    after = push_desk.client.get(SENT)
    place = push_desk.read(RemoteCopy).edit_url
    assert (before, stopped, after.headers.get("Refresh")) == ("5", None, None)
    assert place in after.text.replace("&amp;", "&")


@pytest.mark.one_case("moment", number=5)
@pytest.mark.parametrize("moment", range(4, 12))
def test_a_worker_that_dies_at_any_moment_doubles_nothing(push_desk: PushDesk, moment: int) -> None:
    push_desk.press()
    told = count()

    def clock() -> datetime:
        if next(told) == moment:
            raise Killed
        return push_desk.at

    with push_desk.app.app_context(), suppress(Killed):
        push_next(clock=clock)
    push_desk.work(LEASE)
    assert (len(push_desk.posts()), push_desk.read(Push).state) == (2, "done")


def test_two_workers_at_the_same_moment_send_a_story_once(push_desk: PushDesk) -> None:
    push_desk.press()
    act_at_once([push_desk.work, push_desk.work])
    assert (len(push_desk.posts()), push_desk.read(Push).attempts, push_desk.read(Push).state) == (
        2,
        1,
        "done",
    )


@pytest.mark.parametrize("state", [PushState.WAITING, PushState.RUNNING])
def test_a_database_of_before_the_story_arrived_doubles_nothing(
    push_desk: PushDesk, state: PushState
) -> None:
    push_desk.send()
    once = push_desk.posts()
    with push_desk.app.app_context(), transaction() as session:  # what a backup of that moment brings back
        session.delete(session.scalars(select(RemoteCopy)).one())
        push = session.scalars(select(Push)).one()
        push.state, push.ended_at = state, None
    push_desk.work(LEASE)
    assert (push_desk.posts(), push_desk.read(Push).state) == (once, "done")


def test_what_somebody_changed_there_is_asked_about_and_kept(push_desk: PushDesk) -> None:
    push_desk.send()
    theirs = push_desk.wordpress.run(EDIT)
    push_desk.send()
    asked = push_desk.read(Push).state
    push_desk.answer("keep")
    push_desk.work()
    assert (asked, push_desk.read(Push).state, push_desk.wordpress.run(CONTENT)) == ("asking", "kept", theirs)


def test_ours_goes_over_it_when_an_editor_says_so(push_desk: PushDesk) -> None:
    push_desk.send()
    ours = push_desk.wordpress.run(CONTENT)
    push_desk.wordpress.run(EDIT)
    push_desk.send()
    push_desk.answer("over")
    push_desk.work()
    assert (push_desk.read(Push).state, push_desk.wordpress.run(CONTENT)) == ("done", ours)


def test_a_story_withdrawn_before_its_turn_stays_here(push_desk: PushDesk) -> None:
    push_desk.press()
    with push_desk.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, push_desk.author.submission_id)
        author_acts.withdraw(session, submission, at=push_desk.at)
    push_desk.work()
    assert (push_desk.read(Push).problem, push_desk.posts()) == ("may_not_leave", [])


def test_a_wrong_password_is_said_in_a_sentence(push_desk: PushDesk) -> None:
    with push_desk.app.app_context(), transaction() as session:
        session.scalars(select(Target)).one().password = "wrong"  # of nobody
    push_desk.send()
    page = push_desk.client.get(SENT).text
    sentence = "Enter the account and the application password again."
    assert (push_desk.read(Push).state, sentence in page) == ("failed", True)


def test_a_category_that_is_gone_there_is_named(push_desk: PushDesk) -> None:
    choose_what_is_gone(push_desk)
    push_desk.send()
    assert "It is about: Taiwan (ROC)." in push_desk.client.get(SENT).text


def test_a_photo_that_the_site_does_not_take_is_named(push_desk: PushDesk) -> None:
    push_desk.wordpress.run("return get_role('author')->remove_cap('upload_files');")
    try:
        push_desk.send()
    finally:
        push_desk.wordpress.run("return get_role('author')->add_cap('upload_files');")
    assert "It is about photo 1 of the story." in push_desk.client.get(SENT).text


def test_looking_finds_what_was_put_into_the_trash(push_desk: PushDesk) -> None:
    push_desk.send()
    push_desk.wordpress.run("return wp_trash_post(get_posts(['post_status' => 'any'])[0]->ID)->ID;")
    push_desk.look()
    assert push_desk.read(RemoteCopy).status == "trashed"
