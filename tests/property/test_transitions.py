"""Whatever people try, in whatever order, a submission stays inside the table and its history whole."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.acts import MOVES, Act
from portal.domain.errors import DomainError, IllegalTransition
from portal.domain.permissions import Role
from portal.domain.states import PUBLIC_STATUS, Stage, State
from portal.domain.transitions import CONTRIBUTOR_ACTS, TRANSITIONS, fits, next_stage, next_state
from portal.extensions import db
from portal.models import Event, Staff, Submission
from portal.operations.desk.decisions import mark_duplicate
from portal.operations.transitions import change_state, undo_decision
from tests.support.factories import make_staff, make_submission

pytestmark = pytest.mark.either_database

SEEDS: Final = range(6)
STEPS: Final = 40
WINDOW: Final = timedelta(minutes=10)
CLOSING_ACTS: Final = (Act.DECLINE, Act.MARK_SPAM, Act.MARK_DUPLICATE, Act.WITHDRAW, Act.REOPEN)
ACTS: Final = st.lists(st.sampled_from(list(Act)), max_size=60)
Step = tuple[State, Stage, Act, State]


def walk(stage: Stage, acts: Sequence[Act]) -> list[Step]:
    """Try every act in turn; return those that were possible, each with what it found and left."""
    state, before = State.WRITING, State.WRITING
    steps: list[Step] = []
    for act in acts:
        try:
            target = next_state(state, act, stage=stage, before=before)
        except IllegalTransition:
            continue
        steps.append((state, stage, act, target))
        state, before, stage = target, state, next_stage(stage, act)
    return steps


@given(st.sampled_from(Stage), ACTS)
def test_no_walk_leaves_the_table(stage: Stage, acts: list[Act]) -> None:
    steps = walk(stage, acts)
    assert [fits(state, wanted, act) for state, wanted, act, _ in steps] == [True] * len(steps)


@given(st.sampled_from(Stage), ACTS)
def test_every_step_of_a_walk_has_words_for_the_contributor(stage: Stage, acts: list[Act]) -> None:
    assert [target for *_, target in walk(stage, acts) if target not in PUBLIC_STATUS] == []


@given(st.sampled_from(Stage), ACTS)
def test_no_story_becomes_a_pitch_again(stage: Stage, acts: list[Act]) -> None:
    stages = [wanted for _, wanted, *_ in walk(stage, acts)]
    assert (Stage.STORY, Stage.PITCH) not in list(pairwise(stages))


@given(ACTS)
def test_no_pitch_is_accepted_without_its_story(acts: list[Act]) -> None:
    done = [act for _, _, act, _ in walk(Stage.PITCH, acts)]
    assert Act.ACCEPT not in done or Act.SEND_STORY in done[: done.index(Act.ACCEPT)]


@given(st.sampled_from(Stage), ACTS)
def test_nothing_is_published_that_was_neither_approved_nor_waived(stage: Stage, acts: list[Act]) -> None:
    done = [act for _, _, act, _ in walk(stage, acts)]
    before = done[: done.index(Act.PUBLISH)] if Act.PUBLISH in done else [Act.APPROVE]
    assert {Act.APPROVE, Act.WAIVE_APPROVAL} & set(before) != set()


@given(st.sampled_from(Stage), ACTS, ACTS)
def test_nothing_happens_after_erasing(stage: Stage, acts: list[Act], later: list[Act]) -> None:
    steps = walk(stage, [*acts, Act.ERASE, *later])
    assert [act for _, _, act, _ in steps].index(Act.ERASE) == len(steps) - 1


class Walker:
    """People who try acts at random on one submission, through the operations of the portal."""

    def __init__(self, session: Session, seed: int, at: datetime) -> None:
        self.session, self.dice, self.at = session, random.Random(seed), at
        self.submission = make_submission(session, at, self.dice.choice(list(Stage)))
        self.original = make_submission(session, at)
        self.admin = make_staff(session, Role.ADMIN)
        session.flush()

    def walk(self, acts: Sequence[Act]) -> None:
        """Try random acts; whatever is refused must leave the submission as it was."""
        for _ in range(STEPS):
            before = self.look()
            try:
                self.try_act(self.dice.choice(acts))
            except DomainError:
                assert self.look() == before
            self.session.flush()

    def try_act(self, act: Act) -> None:
        window = self.dice.choice([WINDOW, timedelta(0)])
        by: Staff | None = self.admin
        if self.dice.random() < 0.2:
            undo_decision(
                self.session, self.submission, by=self.admin, at=self.at, seen=self.submission.version
            )
        elif act is Act.MARK_DUPLICATE:
            self.mark_duplicate(window)
        else:
            if act in CONTRIBUTOR_ACTS and act is not Act.ERASE:
                by = None
            change_state(self.session, self.submission, act, by=by, at=self.at, window=window)

    def mark_duplicate(self, window: timedelta) -> None:
        seen = self.submission.version
        mark_duplicate(
            self.session,
            self.submission,
            original=self.original,
            by=self.admin,
            at=self.at,
            seen=seen,
            window=window,
        )

    def look(self) -> tuple[object, ...]:
        submission = self.submission
        return (
            submission.state,
            submission.stage,
            submission.state_before,
            submission.duplicate_of_id,
            submission.due_at,
        )

    def history(self) -> list[Event]:
        newest_last = select(Event).where(Event.submission_id == self.submission.id).order_by(Event.id)
        return list(self.session.scalars(newest_last))

    def stored(self) -> State:
        return self.session.scalars(select(Submission.state).where(Submission.id == self.submission.id)).one()


@pytest.mark.parametrize("acts", [tuple(Act), tuple(set(Act) - {Act.ERASE}), CLOSING_ACTS], ids=len)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_history_of_a_submission_is_one_chain(
    app: Flask, at: datetime, seed: int, acts: tuple[Act, ...]
) -> None:
    with app.app_context():
        walker = Walker(db.session(), seed, at)
        walker.walk(sorted(acts))
        history = walker.history()
        assert [event.from_state for event in history[1:]] + [walker.stored()] == [
            event.to_state for event in history
        ]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_act_of_the_history_is_a_row_of_the_table(app: Flask, at: datetime, seed: int) -> None:
    with app.app_context():
        walker = Walker(db.session(), seed, at)
        walker.walk(sorted(set(Act) - {Act.ERASE}))
        told = [event for event in walker.history() if event.act in MOVES]
        assert [event for event in told if event.from_state not in TRANSITIONS[Act(event.act)].sources] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_reopening_again_and_again_ends_in_an_open_state(app: Flask, at: datetime, seed: int) -> None:
    with app.app_context():
        walker = Walker(db.session(), seed, at)
        walker.walk(sorted(CLOSING_ACTS))
        closed = [one for one in State if fits(one, walker.submission.stage, Act.REOPEN)]
        for _ in closed:  # no text is closed more often than there are closed states
            if walker.submission.state in closed:
                change_state(walker.session, walker.submission, Act.REOPEN, by=walker.admin, at=at)
                walker.session.flush()
        assert walker.stored() is State.SUBMITTED
