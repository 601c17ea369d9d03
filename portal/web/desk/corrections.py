"""Corrections of what stands on a newsroom's site: what can be done there about a refused name or photo."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from portal.domain.consent import ExportRefusal
from portal.domain.permissions import Permission
from portal.domain.pushes import UNDER_WAY, PushProblem, PushState
from portal.domain.take_downs import WHOLE, Recall
from portal.extensions import db
from portal.models import Push, RemoteCopy, Staff, TakeDown
from portal.queries.coverages.export import load_sources
from portal.queries.coverages.pushes import find_push_of, list_sendable
from portal.queries.drafts import find_standing
from portal.web.site.labels import refusal_sentence
from portal.web.site.push_texts import word_problem

_BY_HAND: Mapping[Recall, LazyString] = {
    Recall.NAME: _l(
        "By hand: open the post there, take the name out, save, and record here that it is corrected."
    ),
    Recall.PHOTO: _l(
        "By hand: take the photo out of the post there and delete it from the library of the site, and "
        "record here that it is corrected."
    ),
    Recall.EMBARGO: _l("By hand: make a draft of the post there, and record here that it is held back."),
}


@dataclass(frozen=True)
class Correction:
    """What can be done on a site about a refused name or photo, and what stands in the way."""

    said: str = ""
    send_action: str = ""
    """Sends our present text over the one there."""
    question_href: str = ""
    """Where both texts are compared, when somebody edited the post there."""
    off_action: str = ""
    """Makes a draft of the post."""
    by_hand: str = ""


def tell_by_hand(reason: Recall) -> str:
    """Return what is to be done on a site where the portal may not; empty where the whole text must go."""
    return str(_BY_HAND.get(reason, ""))


def find_refusal(session: Session, copy: RemoteCopy, *, at: datetime) -> ExportRefusal | None:
    """Return why the present text may not be sent to where a copy stands; None when it may."""
    draft, target = find_standing(session, copy.submission_id), copy.target
    if draft is None:
        return ExportRefusal.WITHDRAWN
    if not list_sendable(session, target.coverage, target.lang, [draft.public_id]):
        return ExportRefusal.NOT_APPROVED
    (source,) = load_sources(session, target.coverage, [draft.public_id], at=at)
    return source.refusal


def describe_correction(task: TakeDown, actor: Staff, *, at: datetime) -> Correction | None:
    """Return what can be done about a task on the site; None where nothing stands on one, or all must go.

    Before its author's day a text goes off the pages; nothing is done about one that nobody reads there.
    """
    copy, session = task.copy, db.session()
    if copy is None or task.closed_at is not None or task.reason in WHOLE:
        return None
    is_early = task.reason is Recall.EMBARGO
    if is_early and not task.url:
        return None
    if copy.target.closed_at is not None:
        return Correction(word_problem(PushProblem.CLOSED), by_hand=tell_by_hand(task.reason))
    off = url_for("desk.take_down_on_site", public_id=task.public_id)
    if is_early or not actor.may(Permission.COVERAGE_EXPORT):
        return Correction(off_action=off)
    refusal = find_refusal(session, copy, at=at)
    if refusal is not None:
        return Correction(refusal_sentence(refusal), off_action=off)
    return _describe_push(task, copy, find_push_of(session, copy), off)


def _describe_push(task: TakeDown, copy: RemoteCopy, push: Push | None, off: str) -> Correction:
    send = url_for("desk.send_correction", public_id=task.public_id)
    if push is None:
        return Correction(send_action=send)
    if push.state in UNDER_WAY:
        return Correction(_("The corrected text is on its way. The site’s answer closes the task."))
    if push.state is PushState.ASKING:
        slug = copy.target.coverage.slug
        return Correction(
            word_problem(push.problem),
            question_href=url_for("coverages.changed_post", slug=slug, public_id=push.public_id),
        )
    if push.state is PushState.FAILED:
        said = word_problem(push.problem, push.detail)
        return Correction(said, send, off_action=off, by_hand=tell_by_hand(task.reason))
    return Correction(_tell_left(copy), send)


def _tell_left(copy: RemoteCopy) -> str:
    """Return how many photos that left the text the site has kept; empty without one.

    The ledger knows those by their slugs (export.pushes).
    """
    left = sum(key == one["slug"] for key, one in copy.media.items())
    if not left:
        return ""
    told = ngettext(
        "%(num)s photo is still in the library of the site: delete it there by hand.",
        "%(num)s photos are still in the library of the site: delete them there by hand.",
        left,
    )
    return str(told)
