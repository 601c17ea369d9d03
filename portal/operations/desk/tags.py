"""Tags put on a text and taken off it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.errors import DomainError, NotPermitted
from portal.domain.permissions import Permission
from portal.domain.tags import MOST_ON_TEXT
from portal.models import Coverage, Staff, Submission, SubmissionTag, Tag
from portal.operations.coverages.tags import BadName, make_tag
from portal.operations.transitions import record_event
from portal.story.tag_names import fold_tag


class NoSuchTag(DomainError):
    """The coverage has no tag of this name, and the person makes none."""


class TextFull(DomainError):
    """The text has as many tags as it may have."""


def find_or_make(
    session: Session, coverage: Coverage, names: Collection[str], *, by: Staff, at: datetime
) -> Sequence[Tag]:
    """Return the tags of these names, in any spelling; who may make tags makes those that are missing.

    Raises NoSuchTag, and as `make_tag`.
    """
    wanted = {fold_tag(name): name for name in names}
    known = select(Tag).where(Tag.coverage_id == coverage.id, Tag.folded.in_(wanted))
    found = {tag.folded: tag for tag in session.scalars(known)}
    for folded, name in wanted.items():
        if folded in found:
            continue
        if not folded:
            raise BadName(name)
        if not by.may(Permission.COVERAGE_TAGS):
            raise NoSuchTag(name)
        found[folded] = make_tag(session, coverage, name=name, by=by, at=at)
    return [found[folded] for folded in wanted]


def find_for_all(
    session: Session,
    coverages: Sequence[Coverage],
    names: Collection[str],
    *,
    makes: bool,
    by: Staff,
    at: datetime,
) -> Sequence[Tag]:
    """Return the tags of these names in several coverages; with `makes`, made where the person may.

    Raises NoSuchTag for a name that none of them has, and as `make_tag`.
    """
    if makes and by.may(Permission.COVERAGE_TAGS):
        return [tag for one in coverages for tag in find_or_make(session, one, names, by=by, at=at)]
    wanted = {fold_tag(name): name for name in names}
    numbers = [one.id for one in coverages]
    found = session.scalars(select(Tag).where(Tag.coverage_id.in_(numbers), Tag.folded.in_(wanted))).all()
    for folded, name in wanted.items():
        if folded not in {tag.folded for tag in found}:
            raise NoSuchTag(name)
    return found


@dataclass(frozen=True)
class TagChange:
    """What became of a change of tags: the texts that changed, and those with no room for it."""

    changed: Sequence[Submission]
    full: Sequence[Submission]


def change_tags(
    session: Session,
    submissions: Sequence[Submission],
    *,
    by: Staff,
    at: datetime,
    on: Collection[Tag] = (),
    off: Collection[Tag] = (),
    batch: str = "",
) -> TagChange:
    """Put tags on texts and take others off; each history names those that changed.

    Each text gets those of its own coverage; one that has no room stays as it is. It makes nobody's decision
    stale. The caller holds the texts. A few statements, however many texts. Raises NotPermitted.
    """
    if not by.may(Permission.SUBMISSION_MODERATE):
        raise NotPermitted(HistoryAct.TAG)
    held, numbers = _read_tags(session, submissions), {tag.id for tag in off}
    added, changed, full = [], [], []
    for submission in submissions:
        has, coverage_id = held[submission.id], submission.call.coverage_id
        put = [tag for tag in on if tag.coverage_id == coverage_id and tag.id not in has]
        gone = [tag for tag in off if tag.id in has and tag not in on]
        if put and len(has) - len(gone) + len(put) > MOST_ON_TEXT:
            full.append(submission)
        elif put or gone:
            changed.append(submission)
            added += [{"submission_id": submission.id, "tag_id": tag.id} for tag in put]
            detail = {"on": _name(put), "off": _name(gone)}
            record_event(session, submission, HistoryAct.TAG, by=by, at=at, detail=detail, batch=batch)
    if numbers and changed:
        session.execute(
            delete(SubmissionTag).where(
                SubmissionTag.submission_id.in_([one.id for one in changed]),
                SubmissionTag.tag_id.in_(numbers - {tag.id for tag in on}),
            )
        )
    if added:
        session.execute(insert(SubmissionTag), added)
    return TagChange(changed, full)


def _read_tags(session: Session, submissions: Sequence[Submission]) -> Mapping[int, set[int]]:
    found: dict[int, set[int]] = {one.id: set() for one in submissions}
    query = select(SubmissionTag.submission_id, SubmissionTag.tag_id)
    for submission_id, tag_id in session.execute(query.where(SubmissionTag.submission_id.in_(found))):
        found[submission_id].add(tag_id)
    return found


def _name(tags: Collection[Tag]) -> dict[str, str]:
    """Return tags as the history keeps them: by public id, with the name they had."""
    return {tag.public_id: tag.name for tag in tags}
