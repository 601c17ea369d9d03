"""Newsrooms' sites after a restore and a move: nothing is doubled, and passwords open."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cli.database import upgrade_database
from portal.database import transaction
from portal.export.pushes import push_next
from portal.extensions import db
from portal.models import Draft, Push, RemoteCopy, Staff, Target
from portal.operations.coverages.pushes import ask_pushes
from portal.operations.coverages.targets import make_target
from tests.conftest import close_connections, make_own
from tests.reliability.backups import Case, make_case
from tests.reliability.portals import ask, settings_of
from tests.support.certificates import Authority
from tests.support.leaving_stories import make_approved
from tests.support.newsroom_site import ACCOUNT, NETWORK, PASSWORD, NewsroomSite, run_newsroom_site
from tests.support.targets import describe_target


@dataclass
class Sending:
    """A portal with one story for a newsroom's site; each time it is another process that sends."""

    case: Case
    site: NewsroomSite
    at: datetime

    def open(self, folder: Path, url: str = "") -> Flask:
        trusted = str(self.site.authority.file)
        settings = replace(settings_of(folder, url), target_networks=NETWORK, target_ca_file=trusted)
        return make_own(settings)

    def prepare(self) -> None:
        """Make the story, and say where it goes."""
        app = self.open(self.case.folder)
        upgrade_database(app)
        with app.app_context(), transaction() as session:
            draft = make_approved(session, self.at)
            values = describe_target(self.site.address, account=ACCOUNT, password=PASSWORD)
            by = session.scalars(select(Staff).limit(1)).one()
            make_target(session, draft.submission.call.coverage, values, by=by, at=self.at)
        close_connections(app)

    def push(self, folder: Path, url: str = "") -> tuple[str, str]:
        """Press and let the worker send; return what became of it, and of what is in the ledger."""
        app, later = self.open(folder, url), self.at + timedelta(hours=1)
        with app.app_context():
            with transaction() as session:
                target, draft = session.scalars(select(Target)).one(), session.scalars(select(Draft)).one()
                ask_pushes(session, target, [draft.submission_id], by=None, at=later)
            push_next(clock=lambda: later)
            push, copy = db.session.scalars(select(Push)).one(), db.session.scalars(select(RemoteCopy)).one()
            told = f"{push.state}{push.problem}", f"post {copy.remote_id}"
        close_connections(app)
        return told


@pytest.fixture
def sending(tmp_path: Path) -> Iterator[Sending]:
    (tmp_path / "site").mkdir()
    with run_newsroom_site(Authority(tmp_path / "site")) as site:
        made = Sending(make_case(tmp_path / "instance"), site, datetime.now(UTC) - timedelta(days=1))
        made.prepare()
        yield made


@pytest.mark.parametrize("first", ["backup", "push"])
def test_after_a_restore_a_story_is_not_sent_twice(sending: Sending, first: str) -> None:
    case = sending.case
    if first == "backup":
        case.back_up()
    sent = sending.push(case.folder)
    if first == "push":
        case.back_up()
    case.restore()
    again = sending.push(case.new)
    assert (sent, again, len(sending.site.posts)) == (("done", "post 1"), ("done", "post 1"), 1)


def test_in_postgresql_the_password_opens_and_the_ledger_is_known(sending: Sending, url: str) -> None:
    folder = sending.case.folder
    sent = sending.push(folder)
    moved = ask(folder, "move", "--to", url)
    again = sending.push(folder, url)
    assert moved.exit_code == 0, moved.output
    assert (sent, again, len(sending.site.posts)) == (("done", "post 1"), ("done", "post 1"), 1)
