"""Readers of a submission: who of the staff may read it, and whether they read its language."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    exists,
    or_,
    select,
)
from sqlalchemy.orm import Session

from portal.domain.languages import UNDETERMINED
from portal.domain.permissions import CAN_JUDGE
from portal.models import Call, Staff, StaffLanguage, Submission
from portal.models.staff import staff_coverage
from portal.queries.constants import constants
from portal.queries.visibility import works_everywhere


class Reader(NamedTuple):
    """Somebody who may read a submission."""

    public_id: str
    name: str
    reads: bool
    """They read its language well enough to judge it."""


def list_readers(session: Session, submission: Submission) -> Sequence[Reader]:
    """Return the active staff who may read this submission, by name. One query."""
    found = session.execute(_readers(), {"call_id": submission.call_id, "lang": submission.lang})
    return [tell_reader(submission, *row) for row in found]


def tell_reader(submission: Submission, public_id: str, name: str, reads: Any) -> Reader:
    """Return a row of `select_readers`; a text in no known language is read by everybody."""
    return Reader(public_id, name, bool(reads) or submission.lang == UNDETERMINED)


def find_reader(session: Session, submission: Submission, public_id: str) -> Staff | None:
    """Return the active member of staff with this public id if they may read this submission.

    Nobody closes the account before the transaction ends.
    """
    its = Staff.public_id == public_id, reads_call(submission.call_id)
    return session.scalar(select(Staff).where(*its).with_for_update(read=True, of=Staff))


@cache
def _readers() -> Select[str, str, bool]:
    return select_readers().order_by(Staff.name, Staff.id)


def select_readers() -> Select[str, str, bool]:
    """Return the statement of the readers of a text: public id, name, and whether they read its language."""
    reads = (
        exists()
        .where(StaffLanguage.staff_id == Staff.id, StaffLanguage.tag == bindparam("lang", type_=String))
        .where(StaffLanguage.reading.in_(constants(CAN_JUDGE)))
    )
    return select(Staff.public_id, Staff.name, reads).where(reads_call(bindparam("call_id", type_=Integer)))


def reads_call(call_id: Any) -> ColumnElement[bool]:
    """Return the condition on Staff that they may read what came to this call, as `may_read` says it."""
    coverage = select(Call.coverage_id).where(Call.id == call_id).scalar_subquery()
    there = select(staff_coverage.c.staff_id).where(staff_coverage.c.coverage_id == coverage)
    return and_(Staff.active, or_(works_everywhere(), Staff.id.in_(there)))
