"""Stories become drafts on a real WordPress by one press, and come back from there."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from threading import Event
from typing import Any

import pytest
import time_machine
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.cli import portal
from portal.cli.worker import push_round
from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.domain.pushes import LEASE, PushState
from portal.domain.states import Stage
from portal.domain.targets import PostEditor, WantedStatus
from portal.export.pushes import push_next
from portal.extensions import current_portal, db
from portal.models import Draft, Push, RemoteCopy, Staff, Submission, TakeDown, Target
from portal.operations.contribute.submit import FormSecrets, submit
from portal.operations.coverages.drafts import revise, waive_approval
from portal.operations.coverages.targets import TargetValues, make_target
from portal.operations.erasure import erase
from portal.operations.private import author_acts
from portal.operations.private.photos import describe_picture
from tests.support.concurrency import act_at_once
from tests.support.contributor import Contributor
from tests.support.factories import add_nothing, make_sending, make_staff
from tests.support.photos import keep_picture
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import enter
from tests.support.wordpress import WordPress

pytestmark = pytest.mark.either_database

EXPORT = "/desk/coverages/ukraine-taiwan/export"
SENT = "/desk/coverages/ukraine-taiwan/pushes"
POSTS = """
$every = ['post_type' => ['post', 'attachment'], 'post_status' => 'any,inherit,trash', 'numberposts' => -1];
return array_map(fn ($one) => "$one->post_type $one->post_status $one->post_title", get_posts($every));
"""
EDIT = """
$post = get_posts(['post_status' => 'any', 'numberposts' => 1])[0];
wp_update_post(['ID' => $post->ID, 'post_content' => '<p>Theirs.</p>']);
return get_post($post->ID)->post_content;
"""
CONTENT = "return get_posts(['post_status' => 'any', 'numberposts' => 1])[0]->post_content;"
SET_STATUS = """
$post = get_posts(['post_status' => 'any,trash', 'numberposts' => 1])[0];
wp_update_post(['ID' => $post->ID, 'post_status' => '%s']);
return get_post($post->ID)->post_status;
"""


@dataclass
class Desk:
    """An editor with one approved story, and a site to send it to."""

    app: Flask
    client: FlaskClient
    author: Contributor
    wordpress: WordPress
    at: datetime

    def press(self) -> str:
        """Press the button on the page of the export; return the page of what is sent."""
        page = self.client.get(EXPORT).text
        form = find_form(page, field="drafts")
        values = {"all_approved": "y", "target": self.read(Target).public_id}
        return self.client.post(SENT, data={**form["values"], **values}, follow_redirects=True).text

    def work(self, later: timedelta = timedelta(0)) -> None:
        """Let the worker send what is due."""
        with self.app.app_context():
            push_round(Event(), clock=lambda: self.at + later)

    def send(self) -> None:
        self.press()
        self.work()

    def read(self, table: type[Any]) -> Any:
        with self.app.app_context():
            return db.session.scalars(select(table)).one()

    def answer(self, act: str) -> None:
        """Press a button of a page about what was sent."""
        sent = self.read(Push).public_id
        page = self.client.get(f"{SENT}/{sent}").text
        form = find_form(page, action="/keep")
        self.client.post(f"{SENT}/{sent}/{act}", data=form["values"])

    def look(self) -> str:
        """Press “Look now”; return the page that comes."""
        form = find_form(self.client.get(SENT).text, action="/pushes")
        address = f"{SENT}/{self.read(Push).public_id}/look"
        return self.client.post(address, data=form["values"], follow_redirects=True).text

    def posts(self) -> list[str]:
        return sorted(self.wordpress.run(POSTS))


@pytest.fixture
def desk(app: Flask, client: FlaskClient, at: datetime, wordpress: WordPress) -> Iterator[Desk]:
    whole = app.extensions["portal"]
    settings = replace(
        whole.settings, target_networks="127.0.0.0/8", target_ca_file=str(wordpress.authority.file)
    )
    app.extensions["portal"] = replace(whole, settings=settings)
    with time_machine.travel(at, tick=False):
        author = Contributor(app, client, at)
        author.await_approval("Світло зникло.")
        with app.app_context(), transaction() as session:
            submission = session.get_one(Submission, author.submission_id)
            picture = keep_picture(session, submission, at=at)
            words = PictureWords("Полиця", "Олена", PeopleAnswer.NOBODY, PhotoLicence.OWN)
            describe_picture(session, submission, picture, words, at=at)
            author_acts.approve(session, submission, revision=2, at=at)
            editor = session.scalars(select(Staff)).first() or make_staff(session, Role.EDITOR)
            values = TargetValues(
                lang="uk",
                name="Site",
                address=wordpress.address,
                markup=PostEditor.BLOCKS,
                wanted_status=WantedStatus.DRAFT,
                account="author",
                password=wordpress.passwords["author"],
            )
            make_target(session, submission.call.coverage, values, by=editor, at=at)
            known = editor.fs_uniquifier
        browser = app.test_client()
        enter(browser, known)
        yield Desk(app, browser, author, wordpress, at)
    app.extensions["portal"] = whole


def test_one_press_makes_a_draft_with_its_photo(desk: Desk) -> None:
    desk.send()
    title = desk.read(Draft).title
    assert desk.posts() == ["attachment inherit Полиця", f"post draft {title}"]


def test_a_second_press_doubles_nothing(desk: Desk) -> None:
    desk.send()
    once = desk.posts()
    desk.send()
    assert (desk.posts(), desk.read(Push).state) == (once, "done")


def test_the_page_looks_again_by_itself_until_the_story_stands_there(desk: Desk) -> None:
    desk.press()
    before, stopped = (desk.client.get(f"{SENT}{query}").headers.get("Refresh") for query in ("", "?still=1"))
    desk.work()
    after = desk.client.get(SENT)
    place = desk.read(RemoteCopy).edit_url
    assert (before, stopped, after.headers.get("Refresh")) == ("5", None, None)
    assert place in after.text.replace("&amp;", "&")


class Killed(BaseException):
    """The worker dies: no handler of its own runs."""


@pytest.mark.one_case("moment", number=5)
@pytest.mark.parametrize("moment", range(4, 12))
def test_a_worker_that_dies_at_any_moment_doubles_nothing(desk: Desk, moment: int) -> None:
    desk.press()
    told = count()

    def clock() -> datetime:
        if next(told) == moment:
            raise Killed
        return desk.at

    with desk.app.app_context(), suppress(Killed):
        push_next(clock=clock)
    desk.work(LEASE)
    assert (len(desk.posts()), desk.read(Push).state) == (2, "done")


def test_two_workers_at_the_same_moment_send_a_story_once(desk: Desk) -> None:
    desk.press()
    act_at_once([desk.work, desk.work])
    assert (len(desk.posts()), desk.read(Push).attempts, desk.read(Push).state) == (2, 1, "done")


@pytest.mark.parametrize("state", [PushState.WAITING, PushState.RUNNING])
def test_a_database_of_before_the_story_arrived_doubles_nothing(desk: Desk, state: PushState) -> None:
    desk.send()
    once = desk.posts()
    with desk.app.app_context(), transaction() as session:  # what a backup of that moment brings back
        session.delete(session.scalars(select(RemoteCopy)).one())
        push = session.scalars(select(Push)).one()
        push.state, push.ended_at = state, None
    desk.work(LEASE)
    assert (desk.posts(), desk.read(Push).state) == (once, "done")


def test_what_somebody_changed_there_is_asked_about_and_kept(desk: Desk) -> None:
    desk.send()
    theirs = desk.wordpress.run(EDIT)
    desk.send()
    asked = desk.read(Push).state
    desk.answer("keep")
    desk.work()
    assert (asked, desk.read(Push).state, desk.wordpress.run(CONTENT)) == ("asking", "kept", theirs)


def test_ours_goes_over_it_when_an_editor_says_so(desk: Desk) -> None:
    desk.send()
    ours = desk.wordpress.run(CONTENT)
    desk.wordpress.run(EDIT)
    desk.send()
    desk.answer("over")
    desk.work()
    assert (desk.read(Push).state, desk.wordpress.run(CONTENT)) == ("done", ours)


def test_a_story_withdrawn_before_its_turn_stays_here(desk: Desk) -> None:
    desk.press()
    with desk.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, desk.author.submission_id)
        author_acts.withdraw(session, submission, at=desk.at)
    desk.work()
    assert (desk.read(Push).problem, desk.posts()) == ("may_not_leave", [])


def test_a_wrong_password_is_said_in_a_sentence(desk: Desk) -> None:
    with desk.app.app_context(), transaction() as session:
        session.scalars(select(Target)).one().password = "wrong"  # of nobody
    desk.send()
    page = desk.client.get(SENT).text
    sentence = "Enter the account and the application password again."
    assert (desk.read(Push).state, sentence in page) == ("failed", True)


def choose_what_is_gone(desk: Desk) -> None:
    """Let the target name a category that is not on the site any more."""
    with desk.app.app_context(), transaction() as session:
        chosen = {"ukraine-taiwan": {"id": 99_999, "name": "Taiwan (ROC)"}}
        session.scalars(select(Target)).one().categories = chosen


def test_a_category_that_is_gone_there_is_named(desk: Desk) -> None:
    choose_what_is_gone(desk)
    desk.send()
    assert "It is about: Taiwan (ROC)." in desk.client.get(SENT).text


def test_a_photo_that_the_site_does_not_take_is_named(desk: Desk) -> None:
    desk.wordpress.run("return get_role('author')->remove_cap('upload_files');")
    try:
        desk.send()
    finally:
        desk.wordpress.run("return get_role('author')->add_cap('upload_files');")
    assert "It is about photo 1 of the story." in desk.client.get(SENT).text


def test_looking_finds_what_was_put_into_the_trash(desk: Desk) -> None:
    desk.send()
    desk.wordpress.run("return wp_trash_post(get_posts(['post_status' => 'any'])[0]->ID)->ID;")
    desk.look()
    assert desk.read(RemoteCopy).status == "trashed"


def withdraw(desk: Desk) -> None:
    with desk.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, desk.author.submission_id)
        author_acts.withdraw(session, submission, at=desk.at)


def press_take_down(desk: Desk) -> str:
    return send_form(desk.client, "/desk/take-downs", {}, action="/site").text


def test_a_withdrawn_story_goes_into_the_trash_by_one_press(desk: Desk) -> None:
    desk.send()
    withdraw(desk)
    press_take_down(desk)
    assert (desk.posts(), desk.read(TakeDown).outcome) == (
        [f"post trash {desk.read(Draft).title}"],
        "removed",
    )


def test_what_the_account_may_not_delete_stays_a_task(desk: Desk) -> None:
    desk.send()
    withdraw(desk)
    desk.wordpress.run("return get_role('author')->remove_cap('delete_posts');")
    try:
        press_take_down(desk)
    finally:
        desk.wordpress.run("return get_role('author')->add_cap('delete_posts');")
    # The post is a draft, as it was: nobody outside reads it, and somebody there has to delete it.
    assert (desk.posts()[-1].split()[:2], desk.read(TakeDown).closed_at) == (["post", "draft"], None)


def test_of_an_erased_story_nothing_is_left_once_it_is_taken_down(desk: Desk) -> None:
    desk.send()
    with desk.app.app_context(), transaction() as session:
        erase(session, session.get_one(Submission, desk.author.submission_id), by=None, at=desk.at)
    press_take_down(desk)
    with desk.app.app_context():
        left = [db.session.scalars(select(table)).first() for table in (RemoteCopy, Push, TakeDown)]
    assert ([one.split()[:2] for one in desk.posts()], left) == ([["post", "trash"]], [None] * 3)


@pytest.mark.parametrize("is_erased", [False, True])
def test_a_photo_of_a_push_that_was_cut_off_is_taken_down_with_it(desk: Desk, *, is_erased: bool) -> None:
    desk.press()

    def clock() -> datetime:
        if desk.posts():  # the photo is there, and the post is not
            raise Killed
        return desk.at

    with desk.app.app_context(), suppress(Killed):
        push_next(clock=clock)
    if is_erased:
        with desk.app.app_context(), transaction() as session:
            erase(session, session.get_one(Submission, desk.author.submission_id), by=None, at=desk.at)
    else:
        withdraw(desk)
    left = desk.posts()
    press_take_down(desk)
    assert (left, desk.posts()) == (["attachment inherit Полиця"], [])


def refuse_photo(desk: Desk) -> None:
    with desk.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, desk.author.submission_id)
        words = PictureWords("Полиця", "Олена", PeopleAnswer.NOBODY, PhotoLicence.EDITORS_ONLY)
        describe_picture(session, submission, submission.attachments[0], words, at=desk.at)


def refuse_name(desk: Desk) -> None:
    """Send the form of the story once more without a name, as an old tab does."""
    with desk.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, desk.author.submission_id)
        instance = current_portal().instance
        secrets = FormSecrets(instance.keys, instance.receipt_secret, desk.author.form_key)
        form = make_sending(Stage.STORY, byline="none")
        submit(session, submission.call, form, secrets, at=desk.at, locale="uk")


def correct(desk: Desk) -> None:
    """Press “Send the corrected text”, and let the worker send it."""
    send_form(desk.client, "/desk/take-downs", {}, action="/correct")
    desk.work()


def test_a_refused_photo_leaves_text_and_library_by_one_press(desk: Desk) -> None:
    desk.send()
    desk.wordpress.run(SET_STATUS % "publish")
    refuse_photo(desk)
    correct(desk)
    there = desk.posts(), "<img" in desk.wordpress.run(CONTENT), desk.read(TakeDown).outcome
    assert there == ([f"post publish {desk.read(Draft).title}"], False, "corrected")


def test_what_was_edited_there_is_asked_about_before_a_photo_goes(desk: Desk) -> None:
    desk.send()
    theirs = desk.wordpress.run(EDIT)
    refuse_photo(desk)
    correct(desk)
    sent = desk.read(Push).public_id
    page = desk.client.get("/desk/take-downs").text
    asked = f'href="{SENT}/{sent}"' in page, desk.wordpress.run(CONTENT), desk.read(TakeDown).outcome
    desk.answer("over")
    desk.work()
    assert (asked, desk.read(TakeDown).outcome) == ((True, theirs, None), "corrected")


def test_where_the_account_may_not_correct_it_the_desk_reads_what_to_do(desk: Desk) -> None:
    desk.send()
    desk.wordpress.run(SET_STATUS % "publish")
    refuse_photo(desk)
    desk.wordpress.run("return get_role('author')->remove_cap('edit_published_posts');")
    try:
        correct(desk)
    finally:
        desk.wordpress.run("return get_role('author')->add_cap('edit_published_posts');")
    page = desk.client.get("/desk/take-downs").text
    advice = "By hand: take the photo out of the post there and delete it from the library of the site"
    assert (advice in page, desk.read(TakeDown).outcome) == (True, None)


def test_a_photo_that_the_account_may_not_delete_stays_a_task(desk: Desk) -> None:
    desk.send()
    refuse_photo(desk)
    desk.wordpress.run("return get_role('author')->remove_cap('delete_posts');")
    try:
        correct(desk)
    finally:
        desk.wordpress.run("return get_role('author')->add_cap('delete_posts');")
    page = desk.client.get("/desk/take-downs").text
    said = "1 photo is still in the library of the site: delete it there by hand." in page
    waits = desk.read(TakeDown).outcome
    desk.wordpress.run("return wp_delete_post(get_posts(['post_type' => 'attachment'])[0]->ID, true)->ID;")
    correct(desk)
    assert (said, waits, desk.read(TakeDown).outcome) == (True, None, "corrected")


def test_a_refused_name_is_off_the_pages_until_the_text_without_it_may_leave(desk: Desk) -> None:
    desk.send()
    desk.wordpress.run(SET_STATUS % "publish")
    refuse_name(desk)
    page = desk.client.get("/desk/take-downs").text
    press_take_down(desk)
    hidden = desk.posts()[-1].split()[1], desk.read(TakeDown).outcome
    with desk.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, desk.author.submission_id)
        draft, by = session.scalars(select(Draft)).one(), session.scalars(select(Staff)).first()
        assert by is not None
        revise(session, draft, by=by, at=desk.at, seen=submission.version)
        add_nothing(session, draft.submission, desk.at)
        waive_approval(session, draft, by=by, at=desk.at, seen=submission.version, reason="Згода є.")
    correct(desk)
    assert ("Send the corrected text" in page, hidden) == (False, ("draft", None))
    assert ("Олена К." in desk.wordpress.run(CONTENT), desk.read(TakeDown).outcome) == (False, "corrected")


def test_a_refused_photo_is_out_of_the_library_while_the_text_may_not_leave(desk: Desk) -> None:
    desk.send()
    refuse_name(desk)
    refuse_photo(desk)
    press_take_down(desk)
    assert desk.posts() == [f"post draft {desk.read(Draft).title}"]


def put_off(desk: Desk, day: str) -> None:
    """Send the form of the story once more, as an old tab does, with the day to wait for."""
    with desk.app.app_context(), transaction() as session:
        instance = current_portal().instance
        secrets = FormSecrets(instance.keys, instance.receipt_secret, desk.author.form_key)
        submission = session.get_one(Submission, desk.author.submission_id)
        sending = make_sending(Stage.STORY, embargo=day)
        submit(session, submission.call, sending, secrets, at=desk.at, locale="uk")


def test_a_story_that_is_put_off_becomes_a_draft_there_each_time_it_is_published(desk: Desk) -> None:
    desk.send()
    photo = desk.posts()[0]
    desk.wordpress.run(SET_STATUS % "publish")
    desk.look()
    put_off(desk, "2026-06-01")
    said = press_take_down(desk)
    there, outcome = desk.posts(), desk.read(TakeDown).outcome
    desk.wordpress.run(SET_STATUS % "publish")
    desk.look()
    with desk.app.app_context():
        tasks = [one.outcome for one in db.session.scalars(select(TakeDown).order_by(TakeDown.id))]
    told = "Nobody reads it on its pages. The task is closed." in said
    assert (told, there[0], there[1].split()[1], outcome) == (True, photo, "draft", "corrected")
    assert tasks == ["moot", None]  # published once more before its day, it is asked for anew


def run_push(desk: Desk, *more: str) -> Result:
    """Send everything by the command line."""
    with desk.app.app_context():
        settings = current_portal().settings
    environ = {
        "PORTAL_INSTANCE": str(settings.instance),
        "PORTAL_DATABASE_URL": settings.database_url,
        "PORTAL_TARGET_NETWORKS": settings.target_networks,
        "PORTAL_TARGET_CA_FILE": settings.target_ca_file,
    }
    asked = ["push", "--coverage", "ukraine-taiwan", "--target", "Site", "--all-approved", *more]
    return CliRunner(env=environ).invoke(portal, asked)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_the_command_line_sends_the_same_way(desk: Desk) -> None:
    done = run_push(desk)
    said = f"Sent: {desk.read(Draft).public_id}: {desk.read(RemoteCopy).edit_url}"
    assert (done.exit_code, done.output.splitlines()) == (0, [said, "1 of 1 sent to Site"])


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_the_command_line_names_what_is_gone_there(desk: Desk) -> None:
    choose_what_is_gone(desk)
    assert "It is about: Taiwan (ROC)." in run_push(desk).stderr


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_an_editor_can_be_named_who_sends_by_the_command_line(desk: Desk) -> None:
    with desk.app.app_context():
        editor = db.session.scalars(select(Staff)).first()
        assert editor is not None
    run_push(desk, "--as", editor.email)
    senders = desk.read(Push).staff_id, desk.read(RemoteCopy).staff_id
    assert senders == (editor.id, editor.id)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_nobody_sends_by_the_command_line_in_the_name_of_who_may_not(desk: Desk) -> None:
    with desk.app.app_context(), transaction() as session:
        email = make_staff(session, Role.MODERATOR).email
    done = run_push(desk, "--as", email)
    said = f"Error: Nobody with the address {email} may send stories of ukraine-taiwan.\n"
    assert (done.exit_code, done.stderr, desk.posts()) == (1, said, [])
