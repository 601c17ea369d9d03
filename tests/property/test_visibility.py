"""The rule about reading as SQL and the rule for one loaded submission say the same of every portal."""

import random
from datetime import datetime
from typing import Any, Final

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.permissions import Role
from portal.domain.states import Stage, State
from portal.extensions import db
from portal.models import Call, Coverage, Staff, Submission
from portal.queries.visibility import coverages_of, may_read, readable_by
from tests.support.factories import make_call, make_staff

SEEDS: Final = range(8)


def copy_row(source: Any, **changed: Any) -> Any:
    """Return a new row with the columns of another one, but for its keys and what is changed."""
    kept = {
        column.key: getattr(source, column.key)
        for column in type(source).__table__.columns
        if column.key not in ("id", "public_id")
    }
    return type(source)(**{**kept, **changed})


def make_portal(session: Session, dice: random.Random, at: datetime) -> tuple[list[Staff], list[Submission]]:
    """Fill the tables with coverages, calls, submissions and staff, all at random."""
    call = make_call(session, at)
    coverages: list[Coverage] = [copy_row(call.coverage, slug=f"c{n}") for n in range(dice.randint(0, 4))]
    session.add_all(coverages)
    session.flush()
    coverages.append(call.coverage)
    calls: list[Call] = [
        copy_row(call, slug=f"call-{n}", coverage_id=dice.choice(coverages).id)
        for n in range(dice.randint(0, 6))
    ]
    session.add_all(calls)
    session.flush()
    submissions = [
        make_random_submission(dice.choice([call, *calls]), number, at)
        for number in range(dice.randint(1, 16))
    ]
    session.add_all(submissions)
    people = [make_person(session, dice, coverages) for _ in range(8)]
    session.flush()
    return people, submissions


def make_random_submission(call: Call, number: int, at: datetime) -> Submission:
    return Submission(
        call_id=call.id,
        receipt_hash=f"{number:064}",
        kind=Stage.PITCH,
        stage=Stage.PITCH,
        state=State.SUBMITTED,
        lang="uk",
        locale="uk",
        heading="Полиця",
        received_at=at,
    )


def make_person(session: Session, dice: random.Random, coverages: list[Coverage]) -> Staff:
    person = make_staff(session, dice.choice(list(Role)), member=False)
    person.coverages = dice.sample(coverages, dice.randint(0, len(coverages)))
    person.active = dice.random() < 0.75
    return person


@pytest.mark.parametrize("seed", SEEDS)
def test_a_list_shows_exactly_what_each_person_may_read(app: Flask, at: datetime, seed: int) -> None:
    with app.app_context():
        session = db.session()
        people, submissions = make_portal(session, random.Random(seed), at)
        listed = [set(session.scalars(select(Submission.id).where(readable_by(one)))) for one in people]
        assert listed == [
            {submission.id for submission in submissions if may_read(one, submission)} for one in people
        ]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_person_sees_the_coverages_whose_submissions_they_may_read(
    app: Flask, at: datetime, seed: int
) -> None:
    with app.app_context():
        session = db.session()
        people, submissions = make_portal(session, random.Random(seed), at)
        filled = {submission.call.coverage_id for submission in submissions}
        seen = [
            set(session.scalars(select(Coverage.id).where(coverages_of(one), Coverage.id.in_(filled))))
            for one in people
        ]
        assert seen == [
            {submission.call.coverage_id for submission in submissions if may_read(one, submission)}
            for one in people
        ]


def test_nobody_reads_outside_their_coverages(app: Flask, at: datetime) -> None:
    with app.app_context():
        session = db.session()
        session.add(make_random_submission(make_call(session, at), 1, at))
        stranger = make_staff(session, Role.EDITOR, member=False)
        assert session.scalars(select(Submission).where(readable_by(stranger))).all() == []


def test_an_admin_reads_every_coverage(app: Flask, at: datetime) -> None:
    with app.app_context():
        session = db.session()
        submission = make_random_submission(make_call(session, at), 1, at)
        session.add(submission)
        admin = make_staff(session, Role.ADMIN, member=False)
        assert session.scalars(select(Submission).where(readable_by(admin))).all() == [submission]


def test_a_closed_account_reads_nothing(app: Flask, at: datetime) -> None:
    with app.app_context():
        session = db.session()
        session.add(make_random_submission(make_call(session, at), 1, at))
        admin = make_staff(session, Role.ADMIN)
        admin.active = False
        assert session.scalars(select(Submission).where(readable_by(admin))).all() == []
