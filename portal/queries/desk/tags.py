"""Tags: those of a coverage, those on a text, and texts that have one."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, String, bindparam, func, select
from sqlalchemy.orm import Session

from portal.models import Submission, SubmissionTag, Tag


class TagOnText(NamedTuple):
    """A tag a text can have, and whether it has it."""

    public_id: str
    name: str
    is_on: bool


class TagUse(NamedTuple):
    """A tag of a coverage, and on how many texts it is."""

    tag: Tag
    texts: int


def list_tags(session: Session, coverage_id: int) -> Sequence[TagUse]:
    """Return the tags of a coverage by name, each with the number of texts it is on. One query."""
    uses = select(func.count()).where(SubmissionTag.tag_id == Tag.id).scalar_subquery()
    found = session.execute(select(Tag, uses).where(Tag.coverage_id == coverage_id))
    return sorted((TagUse(tag, texts) for tag, texts in found), key=lambda use: use.tag.name.casefold())


def find_tags(session: Session, coverage_id: int, public_ids: Collection[str]) -> Sequence[Tag]:
    """Return the tags of the coverage among these; one that was removed meanwhile is missing. One query."""
    query = select(Tag).where(Tag.coverage_id == coverage_id, Tag.public_id.in_(public_ids))
    return session.scalars(query).all()


def has_tag() -> ColumnElement[bool]:
    """Return the condition on Submission that the tag of the parameter `tag`, a public id, is on it."""
    wanted = Tag.public_id == bindparam("tag", type_=String)
    return Submission.id.in_(
        select(SubmissionTag.submission_id).join(Tag, Tag.id == SubmissionTag.tag_id).where(wanted)
    )


def select_tags_of() -> Select[str, str, bool]:
    """Return the statement of every tag a text can have: public id, name, and whether it has it."""
    on_it = (
        select(SubmissionTag.tag_id)
        .where(
            SubmissionTag.tag_id == Tag.id,
            SubmissionTag.submission_id == bindparam("submission_id", type_=Integer),
        )
        .exists()
    )
    of_coverage = Tag.coverage_id == bindparam("coverage_id", type_=Integer)
    return select(Tag.public_id, Tag.name, on_it).where(of_coverage)
