"""Names beside a text: colleagues who may read it, and the tags it can have."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, union_all
from sqlalchemy.orm import Session

from portal.models import Submission
from portal.queries.constants import constant
from portal.queries.desk.tags import TagOnText, select_tags_of
from portal.queries.readers import Reader, select_readers, tell_reader


class NamesOfText(NamedTuple):
    """Who may read a text, and every tag of its coverage, by name."""

    readers: Sequence[Reader]
    tags: Sequence[TagOnText]


def list_names_of(session: Session, submission: Submission) -> NamesOfText:
    """Return the colleagues and tags of a text. One query."""
    given = {
        "call_id": submission.call_id,
        "coverage_id": submission.call.coverage_id,
        "submission_id": submission.id,
        "lang": submission.lang,
    }
    found = session.execute(_names(), given).all()
    tags = [TagOnText(*row[:3]) for row in found if row.is_tag]
    return NamesOfText(
        [tell_reader(submission, *row[:3]) for row in found if not row.is_tag],
        sorted(tags, key=lambda one: one.name.casefold()),
    )


@cache
def _names() -> CompoundSelect[*tuple[Any, ...]]:
    readers = select_readers().add_columns(constant(0).label("is_tag"))
    tags = select_tags_of().add_columns(constant(1))
    return union_all(readers, tags).order_by(*readers.selected_columns[1:2])
