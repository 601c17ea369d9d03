"""Tags put on a text and taken off it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotPermitted
from portal.domain.permissions import Permission
from portal.domain.states import HistoryAct
from portal.domain.tags import MOST_ON_TEXT
from portal.models import Event, Staff, Submission, SubmissionTag, Tag
from portal.operations.coverages.tags import TooManyTags
from portal.operations.transitions import record_event


def change_tags(
    session: Session,
    submission: Submission,
    *,
    by: Staff,
    at: datetime,
    on: Collection[Tag] = (),
    off: Collection[Tag] = (),
) -> Event | None:
    """Put tags on a text and take others off; the history names those that changed, None when none did.

    It makes nobody's decision stale. The caller holds the text. Raises NotPermitted, also for a tag of
    another coverage, and TooManyTags.
    """
    coverage_id = submission.call.coverage_id
    if not by.may(Permission.SUBMISSION_MODERATE) or any(tag.coverage_id != coverage_id for tag in on):
        raise NotPermitted(HistoryAct.TAG)
    held = set(session.scalars(select(SubmissionTag.tag_id).where(_is_of(submission))))
    off = [tag for tag in off if tag.id in held and tag not in on]
    on = [tag for tag in on if tag.id not in held]
    if not on and not off:
        return None
    if on and len(held) - len(off) + len(on) > MOST_ON_TEXT:
        raise TooManyTags(submission.public_id)
    if off:
        gone = [tag.id for tag in off]
        session.execute(delete(SubmissionTag).where(_is_of(submission), SubmissionTag.tag_id.in_(gone)))
    if on:
        added = [{"submission_id": submission.id, "tag_id": tag.id} for tag in on]
        session.execute(insert(SubmissionTag), added)
    detail = {"on": _name(on), "off": _name(off)}
    return record_event(session, submission, HistoryAct.TAG, by=by, at=at, detail=detail)


def _is_of(submission: Submission) -> ColumnElement[bool]:
    return SubmissionTag.submission_id == submission.id


def _name(tags: Collection[Tag]) -> dict[str, str]:
    """Return tags as the history keeps them: by public id, with the name they had."""
    return {tag.public_id: tag.name for tag in tags}
