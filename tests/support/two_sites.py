"""An approved story on two newsrooms' sites that take its language, with an editor at the desk."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Event

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
from portal.models import OutboxMail, Publication, Push, RemoteCopy, Staff, Submission, TakeDown, Target
from portal.operations.contribute.submit import FormSecrets, submit
from portal.operations.coverages.targets import TargetValues, make_target
from portal.operations.private import author_acts
from portal.operations.private.photos import describe_picture
from tests.support.certificates import Authority
from tests.support.contributor import Contributor
from tests.support.factories import make_sending
from tests.support.newsroom_site import ACCOUNT, NETWORK, PASSWORD, NewsroomSite, Post, run_newsroom_site
from tests.support.photos import keep_picture
from tests.support.plain_browser import find_form, read_forms
from tests.support.staff import enter

EXPORT = "/desk/coverages/ukraine-taiwan/export"
SENT = "/desk/coverages/ukraine-taiwan/pushes"
LIST = "/desk/take-downs"
NAMES = ("Daily", "Weekly")


@dataclass
class TwoSites:
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


@contextmanager
def run_sites(folder: Path) -> Iterator[tuple[NewsroomSite, ...]]:
    """Run both sites until the block ends."""
    authority = Authority(folder)
    with ExitStack() as stack:
        yield tuple(
            stack.enter_context(run_newsroom_site(authority, f"https://{name.lower()}.example"))
            for name in NAMES
        )


@contextmanager
def send_to_sites(
    app: Flask, client: FlaskClient, at: datetime, sites: tuple[NewsroomSite, ...]
) -> Iterator[TwoSites]:
    """Have a story sent to both; they are empty again when the block ends."""
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
        made = TwoSites(app, browser, author, sites, at)
        made.send()
        yield made
    app.extensions["portal"] = whole
    for site in sites:
        site.empty()
