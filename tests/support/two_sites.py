"""An approved story on two newsrooms' sites that take its language, with an editor at the desk."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.export.look_back import look_at
from portal.extensions import db
from portal.models import OutboxMail, Publication, Push, RemoteCopy, TakeDown, Target
from tests.support.certificates import Authority
from tests.support.newsroom_site import ACCOUNT, PASSWORD, NewsroomSite, Post, run_newsroom_site
from tests.support.plain_browser import find_form, read_forms
from tests.support.sent_story import EXPORT, SENT, SentStory, approve_story
from tests.support.targets import describe_target

LIST = "/desk/take-downs"
NAMES = ("Daily", "Weekly")


@dataclass
class TwoSites(SentStory):
    """An editor with an approved story, and two sites that take its language."""

    sites: tuple[NewsroomSite, ...]

    def send(self, choice: str = "all_new") -> None:
        form = find_form(self.client.get(EXPORT).text, field="drafts")
        self.client.post(SENT, data={**form["values"], choice: "y"})
        self.work()

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
    targets = [
        describe_target(site.address, name, account=ACCOUNT, password=PASSWORD)
        for name, site in zip(NAMES, sites, strict=True)
    ]
    with approve_story(app, client, at, targets=targets, trusted=sites[0].authority.file) as story:
        made = TwoSites(story.app, story.client, story.author, story.at, sites)
        made.send()
        yield made
    for site in sites:
        site.empty()
