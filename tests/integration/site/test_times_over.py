"""What is over goes at its moment, and what is not over stays: nobody is signed out or forgotten early."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.permissions import Role
from portal.domain.sign_in import LONGEST_SESSION
from portal.domain.ways_in import WayIn
from portal.models import (
    AccessLink,
    Base,
    ContributorSession,
    OutboxMail,
    RateBucket,
    StaffSession,
    UsedProof,
)
from portal.operations.outbox import KEPT
from portal.operations.retention import delete_expired
from tests.support.factories import make_staff, make_submission

pytestmark = pytest.mark.either_database

STEP = timedelta(minutes=1)
HASH = "0" * 64


def make_session(session: Session, over: datetime) -> Base:
    staff = make_staff(session, Role.MODERATOR)
    return StaffSession(token_hash=HASH, staff_id=staff.id, signed_in_at=over - LONGEST_SESSION)


def make_page(session: Session, over: datetime) -> Base:
    submission = make_submission(session, over)
    return ContributorSession(
        token_hash=HASH, submission_id=submission.id, way_in=WayIn.OWN_CODE, expires_at=over
    )


def make_link(session: Session, over: datetime) -> Base:
    submission = make_submission(session, over)
    return AccessLink(token_hash=HASH, submission_id=submission.id, expires_at=over)


def make_sent_mail(session: Session, over: datetime) -> Base:
    return make_mail(over, sent_at=over - KEPT)


def make_failed_mail(session: Session, over: datetime) -> Base:
    return make_mail(over, failed_at=over - KEPT)


def make_mail(over: datetime, **ended: datetime) -> OutboxMail:
    return OutboxMail(kind="update", locale="uk", dedupe_key="it", queued_at=over, run_at=over, **ended)


def make_proof(session: Session, over: datetime) -> Base:
    return UsedProof(proof_hash=HASH, expires_at=over)


def make_bucket(session: Session, over: datetime) -> Base:
    return RateBucket(name="it", level=1.0, updated_at=over - timedelta(hours=2))


MADE: Mapping[str, Callable[[Session, datetime], Any]] = {
    "a browser signed in": make_session,
    "a private page": make_page,
    "a one-time link": make_link,
    "mail that was sent": make_sent_mail,
    "mail that was given up": make_failed_mail,
    "a proof of work": make_proof,
    "a bucket": make_bucket,
}


@pytest.mark.parametrize(("early", "left"), [(STEP, 1), (timedelta(0), 0)], ids=["before", "at"])
@pytest.mark.parametrize("kind", MADE)
def test_it_stays_until_it_is_over(
    session: Session, at: datetime, kind: str, early: timedelta, left: int
) -> None:
    made = MADE[kind](session, at)
    session.add(made)
    session.flush()
    table = type(made)
    others = count(session, table) - 1
    delete_expired(session, at=at - early, anyway=True)
    assert count(session, table) - others == left


def count(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0
