"""Newsrooms' sites of a filled portal: stories sent to them, and what must come back."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.domain.permissions import Role
from portal.domain.pushes import PushState
from portal.domain.remote_sites import RemoteStatus
from portal.domain.take_downs import Recall
from portal.models import Coverage, RemoteCopy, Submission, TakeDown, Target
from portal.operations.coverages.pushes import ask_pushes
from portal.operations.coverages.targets import close_target, make_target
from tests.support.targets import describe_target
from tests.support.world_maker import WINDOW, Maker

TRIAL: dict[str, Any] = {
    "account": {
        "id": 3,
        "name": "Portal",
        "may_file": True,
        "may_upload": True,
        "may_edit_others": False,
        "may_edit_published": True,
        "may_edit_others_published": False,
        "may_publish": True,
        "may_trash": True,
        "may_trash_published": True,
        "may_manage": False,
    },
    "categories": [[7, "Eastern Europe › Ukraine"], [8, "East Asia › Taiwan (ROC)"]],
}
"""What came out when a site was tried."""


def make_targets(maker: Maker, at: datetime) -> None:
    """Let stories be sent to two sites: one was tried, the other was not yet, and a third one is closed."""
    session, editor = maker.session, maker.staff[Role.EDITOR]
    coverage = session.scalars(select(Coverage)).one()
    for name in ("tried", "new", "closed"):
        values = describe_target(
            f"https://192.0.2.1/{name}", f"Story {name}", account="portal", author_name="Desk"
        )
        target = make_target(session, coverage, values, by=editor, at=at)
        maker.world.targets[name] = target.public_id
        if name == "tried":
            target.tried_at, target.trial = at, TRIAL
            target.categories = {"ukraine": {"id": 7, "name": "Eastern Europe › Ukraine"}}
        session.flush()
    close_target(session, target, by=editor, at=at, seen=target.version)
    _send_stories(maker, at)


def _send_stories(maker: Maker, at: datetime) -> None:
    """Let three stories be sent: one waits for a site that is down, one is there, one was changed there."""
    session, editor = maker.session, maker.staff[Role.EDITOR]
    named = select(Target).where(Target.public_id == maker.world.targets["tried"])
    target = session.scalars(named).one()
    drafts = {name: maker.find_draft(name) for name in ("approved", "published", "waived")}
    asked = [draft.submission_id for draft in drafts.values()]
    waits, stands, changed = ask_pushes(session, target, asked, by=editor, at=at)
    waits.problem, waits.attempts, waits.run_at = "down", 1, at + WINDOW
    stands.state, stands.detail = PushState.DONE, {"dropped": ["dek dropped", "content changed"]}
    changed.state, changed.problem = PushState.ASKING, "edited_there"
    changed.theirs = {
        "remote_id": len("waived"),
        "modified": "2026-03-15T10:00:00",
        "fingerprint": "2" * 64,
        "title": "Інша назва",
        "excerpt": "",
        "content": "<p>Інший текст.</p>",
    }
    for name, status in (("published", RemoteStatus.PUBLISHED), ("waived", RemoteStatus.DRAFT)):
        draft = drafts[name]
        copy = RemoteCopy(submission_id=draft.submission_id, target_id=target.id, key="story", sent_at=at)
        copy.remote_id, copy.status, copy.revision = len(name), status, draft.revision
        copy.url, copy.edit_url = "https://example.org/uk/polytsia", f"{target.address}/wp-admin/post.php"
        session.add(copy)
    maker.world.pushes = {"changed": changed.public_id}
    _call_back(maker, target, at)


def _call_back(maker: Maker, target: Target, at: datetime) -> None:
    """Let a withdrawn story still stand on a site, and a photo that was refused after it was published."""
    named = select(Submission).filter_by(public_id=maker.world.submissions["withdrawn"])
    withdrawn = maker.session.scalars(named).one()
    copy = RemoteCopy(submission_id=withdrawn.id, target_id=target.id, key="story", remote_id=1, sent_at=at)
    copy.status, copy.edit_url = RemoteStatus.DRAFT, f"{target.address}/wp-admin/post.php"
    maker.session.add(copy)
    maker.session.flush()
    task = TakeDown(
        submission_id=withdrawn.id, reason=Recall.WITHDRAWN, lang="uk", copy_id=copy.id, revision=1
    )
    published = maker.session.scalars(select(RemoteCopy).filter_by(status=RemoteStatus.PUBLISHED)).one()
    refused = TakeDown(
        submission_id=published.submission_id,
        reason=Recall.PHOTO,
        lang="uk",
        url=published.url,
        copy_id=published.id,
        revision=published.revision,
    )
    for one in (task, refused):
        one.exported_at = one.opened_at = at
    maker.session.add_all([task, refused])
