"""An approved story with a photo whose editor sends it to newsrooms' sites."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
from portal.extensions import current_portal
from portal.models import Staff, Submission
from portal.operations.contribute.submit import FormSecrets, submit
from portal.operations.coverages.targets import TargetValues, make_target
from portal.operations.private import author_acts
from portal.operations.private.photos import describe_picture
from tests.support.contributor import Contributor
from tests.support.factories import make_sending
from tests.support.newsroom_site import NETWORK
from tests.support.photos import keep_picture
from tests.support.staff import enter

EXPORT = "/desk/coverages/ukraine-taiwan/export"
SENT = "/desk/coverages/ukraine-taiwan/pushes"
_WORDS = PictureWords("Полиця", "Олена", PeopleAnswer.NOBODY, PhotoLicence.OWN)


@dataclass
class SentStory:
    """An approved story, its author, and an editor signed in; sites are named already."""

    app: Flask
    client: FlaskClient
    author: Contributor
    at: datetime

    def work(self, later: timedelta = timedelta(0)) -> None:
        """Let the worker send what is due."""
        with self.app.app_context():
            push_round(Event(), clock=lambda: self.at + later)

    def story(self, session: Session) -> Submission:
        return session.get_one(Submission, self.author.submission_id)

    def withdraw(self) -> None:
        with self.app.app_context(), transaction() as session:
            author_acts.withdraw(session, self.story(session), at=self.at)

    def refuse_photo(self) -> None:
        words = replace(_WORDS, licence=PhotoLicence.EDITORS_ONLY)
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


@contextmanager
def approve_story(
    app: Flask, client: FlaskClient, at: datetime, *, targets: Sequence[TargetValues], trusted: Path
) -> Iterator[SentStory]:
    """Have a story approved that can be sent to these sites, at one moment, until the block ends."""
    whole = app.extensions["portal"]
    settings = replace(whole.settings, target_networks=NETWORK, target_ca_file=str(trusted))
    app.extensions["portal"] = replace(whole, settings=settings)
    with time_machine.travel(at, tick=False):
        author = Contributor(app, client, at)
        author.await_approval("Світло зникло.")
        with app.app_context(), transaction() as session:
            story = session.get_one(Submission, author.submission_id)
            photo = keep_picture(session, story, at=at)
            describe_picture(session, story, photo, _WORDS, at=at)
            author_acts.approve(session, story, revision=2, at=at)
            editor = session.scalars(select(Staff).where(Staff.role == Role.EDITOR).limit(1)).one()
            for values in targets:
                make_target(session, story.call.coverage, values, by=editor, at=at)
            known = editor.fs_uniquifier
        browser = app.test_client()
        enter(browser, known)
        yield SentStory(app, browser, author, at)
    app.extensions["portal"] = whole
