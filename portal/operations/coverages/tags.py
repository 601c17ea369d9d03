"""The tags of a coverage: made, renamed, merged and removed by editors."""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from portal.domain.audit import AuditAct
from portal.domain.errors import DomainError, NotPermitted
from portal.domain.permissions import Permission
from portal.domain.tags import MOST_IN_COVERAGE, NAME_LENGTH
from portal.models import Coverage, Staff, SubmissionTag, Tag
from portal.operations.audit_log import record_act
from portal.story.tag_names import fold_tag


class TagTaken(DomainError):
    """Another tag of the coverage is called so, in this spelling or another: `name` says in which."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class CoverageFull(DomainError):
    """The coverage has as many tags as it may have."""


class BadName(DomainError):
    """A tag cannot be called so: nobody could read it, or it is too long."""


def make_tag(session: Session, coverage: Coverage, *, name: str, by: Staff, at: datetime) -> Tag:
    """Make a tag. Raises NotPermitted, BadName, TagTaken, CoverageFull."""
    _lock_tags(session, coverage, by=by)
    folded = _fold(name)
    _require_free(session, coverage.id, folded)
    count = session.scalar(select(func.count()).where(Tag.coverage_id == coverage.id)) or 0
    if count >= MOST_IN_COVERAGE:
        raise CoverageFull(coverage.slug)
    tag = Tag(coverage_id=coverage.id, name=name, folded=folded, made_at=at)
    session.add(tag)
    session.flush()
    record_act(session, AuditAct.MAKE_TAG, by=by, about=tag.public_id, at=at)
    return tag


def rename_tag(session: Session, tag: Tag, *, name: str, by: Staff, at: datetime) -> None:
    """Call a tag otherwise, or spell it otherwise. Raises as `make_tag`."""
    _lock_tags(session, tag.coverage, by=by)
    folded = _fold(name)
    _require_free(session, tag.coverage_id, folded, but=tag)
    tag.name, tag.folded = name, folded
    record_act(session, AuditAct.CHANGE_TAG, by=by, about=tag.public_id, at=at)


def merge_tags(session: Session, tag: Tag, into: Tag, *, by: Staff, at: datetime) -> None:
    """Put the other tag on every text that has this one, and let go of this one.

    Raises NotPermitted, also for a tag of another coverage, or for one and the same.
    """
    _lock_tags(session, tag.coverage, by=by)
    if into.id == tag.id or into.coverage_id != tag.coverage_id:
        raise NotPermitted(AuditAct.MERGE_TAGS)
    has_both = select(SubmissionTag.submission_id).where(SubmissionTag.tag_id == into.id)
    session.execute(
        update(SubmissionTag)
        .where(SubmissionTag.tag_id == tag.id, SubmissionTag.submission_id.not_in(has_both))
        .values(tag_id=into.id),
        execution_options={"synchronize_session": False},
    )
    record_act(session, AuditAct.MERGE_TAGS, by=by, about=tag.public_id, at=at, into=into.public_id)
    _delete(session, tag)


def remove_tag(session: Session, tag: Tag, *, by: Staff, at: datetime) -> None:
    """Take a tag off every text and let go of it; histories still name it. Raises NotPermitted."""
    _lock_tags(session, tag.coverage, by=by)
    record_act(session, AuditAct.REMOVE_TAG, by=by, about=tag.public_id, at=at)
    _delete(session, tag)


def _delete(session: Session, tag: Tag) -> None:
    session.execute(delete(SubmissionTag).where(SubmissionTag.tag_id == tag.id))
    session.delete(tag)
    session.flush()


def _lock_tags(session: Session, coverage: Coverage, *, by: Staff) -> None:
    """Let one person at a time change the tags of a coverage."""
    if not by.may(Permission.COVERAGE_TAGS):
        raise NotPermitted(AuditAct.CHANGE_TAG)
    session.execute(select(Coverage.id).where(Coverage.id == coverage.id).with_for_update())


def _fold(name: str) -> str:
    folded = fold_tag(name)
    if not folded or len(name) > NAME_LENGTH:
        raise BadName(name)
    return folded


def _require_free(session: Session, coverage_id: int, folded: str, *, but: Tag | None = None) -> None:
    taken = select(Tag).where(Tag.coverage_id == coverage_id, Tag.folded == folded)
    found = session.scalar(taken if but is None else taken.where(Tag.id != but.id))
    if found is not None:
        raise TagTaken(found.name)
