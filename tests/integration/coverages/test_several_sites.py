"""A story on two newsrooms' sites is sent to each, changed on each, and called back from each by itself."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Event

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cli.worker import push_round
from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.domain.states import Stage
from portal.domain.targets import PostEditor, WantedStatus
from portal.export.look_back import look_at
from portal.extensions import current_portal, db
from portal.models import (
    Draft,
    OutboxMail,
    Publication,
    Push,
    RemoteCopy,
    Staff,
    Submission,
    TakeDown,
    Target,
)
from portal.operations.contribute.submit import FormSecrets, submit
from portal.operations.coverages.targets import TargetValues, close_target, make_target
from portal.operations.erasure import erase
from portal.operations.private import author_acts
from portal.operations.private.photos import describe_picture
from portal.operations.recalls import end_embargoes
from portal.operations.transitions import undo_decision
from tests.support.certificates import Authority
from tests.support.contributor import Contributor
from tests.support.factories import make_sending
from tests.support.newsroom_site import ACCOUNT, NETWORK, PASSWORD, NewsroomSite, Post, run_newsroom_site
from tests.support.photos import keep_picture
from tests.support.plain_browser import find_form, read_forms
from tests.support.staff import enter

pytestmark = pytest.mark.either_database

EXPORT = "/desk/coverages/ukraine-taiwan/export"
SENT = "/desk/coverages/ukraine-taiwan/pushes"
LIST = "/desk/take-downs"
DAY = "2026-06-01"
NAMES = ("Daily", "Weekly")


@dataclass
class Desk:
    """An editor with an approved story, and two sites that take its language."""

    app: Flask
    client: FlaskClient
    author: Contributor
    sites: tuple[NewsroomSite, ...]
    at: datetime

    def send(self, choice: str = "all_new") -> None:
        form = find_form(self.client.get(EXPORT).text, field="drafts")
        self.client.post(SENT, data={**form["values"], choice: "y"})
        self.work()

    def work(self) -> None:
        with self.app.app_context():
            push_round(Event(), clock=lambda: self.at)

    def story(self, session: Session) -> Submission:
        return session.get_one(Submission, self.author.submission_id)

    def withdraw(self) -> None:
        with self.app.app_context(), transaction() as session:
            author_acts.withdraw(session, self.story(session), at=self.at)

    def refuse_photo(self) -> None:
        words = PictureWords("Полиця", "Олена", PeopleAnswer.NOBODY, PhotoLicence.EDITORS_ONLY)
        with self.app.app_context(), transaction() as session:
            story = self.story(session)
            describe_picture(session, story, story.attachments[0], words, at=self.at)

    def send_again(self, **answers: str) -> None:
        """Send the form of the story once more, as an old tab does."""
        with self.app.app_context(), transaction() as session:
            story = self.story(session)
            instance = current_portal().instance
            secrets = FormSecrets(instance.keys, instance.receipt_secret, self.author.form_key)
            submit(
                session, story.call, make_sending(Stage.STORY, **answers), secrets, at=self.at, locale="uk"
            )

    def publish(self, which: int) -> None:
        """Publish it on one of the two sites, and have the portal look."""
        self.sites[which].set_status(self.post(which), "publish")
        self.look(which)

    def look(self, which: int) -> None:
        with self.app.app_context():
            its = select(RemoteCopy.id).join(Target).where(Target.name == NAMES[which])
            look_at(db.session.scalars(its).one(), clock=lambda: self.at)

    def addresses(self) -> list[str]:
        """Return the addresses on file, in the order in which they were recorded."""
        with self.app.app_context():
            return list(db.session.scalars(select(Publication.url).order_by(Publication.id)))

    def mails(self) -> int:
        """Return how many mails to the author are to go, or have gone."""
        with self.app.app_context():
            return len(db.session.scalars(select(OutboxMail.id).where(OutboxMail.kind == "update")).all())

    def record(self, outcome: str) -> None:
        """Write down by hand what was done about the task that has waited longest."""
        form = find_form(self.client.get(LIST).text, field="outcome")
        self.client.post(form["action"], data={**form["values"], "outcome": outcome, "note": ""})

    def press(self, act: str, which: int) -> None:
        """Press a button of the task about one of the two sites."""
        with self.app.app_context():
            its = select(TakeDown.public_id).join(RemoteCopy, RemoteCopy.id == TakeDown.copy_id)
            found = its.join(Target, Target.id == RemoteCopy.target_id).where(Target.name == NAMES[which])
            action = f"{LIST}/{db.session.scalars(found).one()}/{act}"
        forms = read_forms(self.client.get(LIST).text)
        form = next(one for one in forms if one["action"] == action)
        self.client.post(action, data=form["values"])

    def post(self, which: int) -> Post:
        (found,) = self.sites[which].posts.values()
        return found

    def states(self) -> list[str]:
        """Return what is said of the pushes, in the order of the sites' names."""
        with self.app.app_context():
            rows = db.session.scalars(select(Push).join(Target).order_by(Target.name))
            return [one.state.value for one in rows]

    def tasks(self) -> list[str]:
        """Return the names of the sites from which something must come back still."""
        with self.app.app_context():
            waiting = db.session.scalars(select(TakeDown).where(TakeDown.closed_at.is_(None)))
            return sorted(one.copy.target.name for one in waiting if one.copy)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[NewsroomSite, ...]]:
    authority = Authority(tmp_path_factory.mktemp("sites"))
    with ExitStack() as stack:
        yield tuple(
            stack.enter_context(run_newsroom_site(authority, f"https://{name.lower()}.example"))
            for name in NAMES
        )


@pytest.fixture
def desk(app: Flask, client: FlaskClient, at: datetime, sites: tuple[NewsroomSite, ...]) -> Iterator[Desk]:
    whole = app.extensions["portal"]
    trusted = str(sites[0].authority.file)
    settings = replace(whole.settings, target_networks=NETWORK, target_ca_file=trusted)
    app.extensions["portal"] = replace(whole, settings=settings)
    with time_machine.travel(at, tick=False):
        author = Contributor(app, client, at)
        author.await_approval("Світло зникло.")
        with app.app_context(), transaction() as session:
            story = session.get_one(Submission, author.submission_id)
            photo = keep_picture(session, story, at=at)
            words = PictureWords("Полиця", "Олена", PeopleAnswer.NOBODY, PhotoLicence.OWN)
            describe_picture(session, story, photo, words, at=at)
            author_acts.approve(session, story, revision=2, at=at)
            editor = session.scalars(select(Staff).where(Staff.role == Role.EDITOR).limit(1)).one()
            for name, site in zip(NAMES, sites, strict=True):
                values = TargetValues(
                    lang="uk",
                    name=name,
                    address=site.address,
                    markup=PostEditor.BLOCKS,
                    wanted_status=WantedStatus.DRAFT,
                    account=ACCOUNT,
                    password=PASSWORD,
                )
                make_target(session, story.call.coverage, values, by=editor, at=at)
            known = editor.fs_uniquifier
        browser = app.test_client()
        enter(browser, known)
        made = Desk(app, browser, author, sites, at)
        made.send()
        yield made
    app.extensions["portal"] = whole
    for site in sites:
        site.empty()


def test_one_press_brings_it_to_both(desk: Desk) -> None:
    assert [desk.post(which).status for which in (0, 1)] == ["draft", "draft"]


def test_what_is_edited_on_one_is_asked_about_there_alone(desk: Desk) -> None:
    desk.sites[0].edit(desk.post(0), "<p>Theirs.</p>")
    desk.send("all_approved")
    assert (desk.states(), desk.post(0).texts["content"]) == (["asking", "done"], "<p>Theirs.</p>")


def test_withdrawn_it_is_taken_down_from_one_after_the_other(desk: Desk) -> None:
    desk.withdraw()
    seen = [desk.tasks()]
    for which in (1, 0):
        desk.press("site", which)
        seen.append(desk.tasks())
    assert seen == [["Daily", "Weekly"], ["Daily"], []]
    assert [(desk.post(which).status, len(desk.sites[which].media)) for which in (0, 1)] == [("trash", 0)] * 2


def test_a_refused_photo_goes_from_each_with_the_text_that_is_sent_there(desk: Desk) -> None:
    desk.refuse_photo()
    desk.press("correct", 0)
    desk.work()
    after_one = desk.tasks(), [len(site.media) for site in desk.sites]
    desk.press("correct", 1)
    desk.work()
    assert after_one == (["Weekly"], [0, 1])
    assert (desk.tasks(), [len(site.media) for site in desk.sites]) == ([], [0, 0])


def test_published_on_both_it_is_read_at_both_and_called_back_from_both(desk: Desk) -> None:
    for which in (0, 1):
        desk.publish(which)
    desk.withdraw()
    read_at = [desk.sites[which].address_of(desk.post(which)) for which in (0, 1)]
    assert (desk.addresses(), desk.tasks()) == (read_at, ["Daily", "Weekly"])


def test_the_front_page_leads_to_each_site_by_its_name_and_its_feeds_to_the_first(desk: Desk) -> None:
    for which in (1, 0):
        desk.publish(which)
    with time_machine.travel(desk.at + timedelta(hours=1), tick=False):
        page = desk.app.test_client().get("/en/ukraine-taiwan/").text
        first = json.loads(page.partition('type="application/ld+json">')[2].partition("</script>")[0])
        feed = desk.app.test_client().get("/en/ukraine-taiwan/feed.json").get_json()
    canonical, second = desk.addresses()
    places = (
        f'<span>Ukrainian · Weekly</span><span><a href="{second}" hreflang="uk">Ukrainian · Daily</a></span>'
    )
    assert places in page
    assert [first["hasPart"][0]["url"], feed["items"][0]["url"]] == [canonical] * 2


def test_the_author_is_told_of_the_second_site_as_of_the_first(desk: Desk) -> None:
    desk.publish(0)
    before = desk.mails()
    desk.at += timedelta(hours=1)
    with time_machine.travel(desk.at, tick=False):
        desk.publish(1)
        page = desk.author.client.get("/en/my").text
        desk.look(1)
    told = [
        f'<li>Ukrainian · {name}<br><a href="{url}"' in page
        for name, url in zip(NAMES, desk.addresses(), strict=True)
    ]
    assert (told, desk.mails() - before) == ([True, True], 1)


def test_the_second_site_is_told_of_with_the_first_while_that_can_be_undone(desk: Desk) -> None:
    before = desk.mails()
    for which in (0, 1):
        desk.publish(which)
    mails = desk.mails() - before
    with desk.app.app_context(), transaction() as session:
        told = session.scalars(select(Publication.visible_at).distinct()).all()
        story = desk.story(session)
        by = session.scalars(select(Staff).where(Staff.role == Role.EDITOR).limit(1)).one()
        undo_decision(session, story, by=by, at=desk.at, seen=story.version)
    assert (len(told), mails, desk.addresses()) == (1, 1, [])


def test_an_address_by_hand_takes_the_place_of_one_that_no_site_has_published(desk: Desk) -> None:
    desk.publish(0)
    desk.sites[0].set_status(desk.post(0), "draft")
    desk.look(0)
    with desk.app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft)).one()
        places = {"visible_at": desk.at, "recorded_at": desk.at, "lang": "uk"}
        draft.publications.append(Publication(url="https://example.org/moved", **places))
        session.flush()
        assert [one.url for one in draft.addresses] == ["https://example.org/moved"]


def test_before_its_day_it_goes_off_the_pages_of_the_one_that_has_published_it(desk: Desk) -> None:
    desk.publish(0)
    desk.send_again(embargo=DAY)
    asked = desk.tasks()
    desk.press("site", 0)
    assert (asked, desk.tasks()) == (["Daily", "Weekly"], ["Weekly"])
    assert [desk.post(which).status for which in (0, 1)] == ["draft", "draft"]


def test_a_draft_of_which_the_newsroom_knows_the_day_is_called_back_once_it_is_published(desk: Desk) -> None:
    desk.send_again(embargo=DAY)
    desk.look(0)
    asked = desk.tasks()
    for _place in NAMES:
        desk.record("corrected")
    told = desk.tasks()
    desk.publish(1)
    with desk.app.app_context():
        read_at = db.session.scalars(select(TakeDown.url).where(TakeDown.closed_at.is_(None))).all()
    assert (asked, told) == (["Daily", "Weekly"], [])
    assert (desk.tasks(), read_at) == (["Weekly"], [desk.sites[1].address_of(desk.post(1))])


def test_once_published_again_on_its_day_it_is_read_there(desk: Desk) -> None:
    desk.publish(0)
    desk.send_again(embargo=DAY)
    desk.press("site", 0)
    with desk.app.app_context(), transaction() as session:
        end_embargoes(session, at=desk.at + timedelta(days=90))
        without_a_day = session.scalars(select(Publication.url)).all()
    assert (desk.tasks(), without_a_day) == ([], [])


def test_gone_from_a_site_ends_all_that_was_asked_for_there(desk: Desk) -> None:
    desk.send_again(may="no")
    desk.withdraw()
    desk.sites[0].set_status(desk.post(0), "trash")
    desk.look(0)
    assert desk.tasks() == ["Weekly", "Weekly"]


def test_erased_the_ledger_keeps_the_closed_site_until_somebody_has_done_it_by_hand(desk: Desk) -> None:
    with desk.app.app_context(), transaction() as session:
        closed = session.scalars(select(Target).where(Target.name == NAMES[0])).one()
        by = session.scalars(select(Staff).where(Staff.role == Role.EDITOR).limit(1)).one()
        close_target(session, closed, by=by, at=desk.at, seen=closed.version)
        erase(session, desk.story(session), by=None, at=desk.at)
    desk.press("site", 1)
    with desk.app.app_context():
        left = db.session.scalars(select(Target.name).join(RemoteCopy, RemoteCopy.target_id == Target.id))
        kept = left.all()
    desk.record("removed")
    with desk.app.app_context():
        rest = [db.session.scalars(select(one)).first() for one in (RemoteCopy, TakeDown, Push)]
    assert (kept, rest) == ([NAMES[0]], [None, None, None])
