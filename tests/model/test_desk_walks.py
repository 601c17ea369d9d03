"""Ways of the desk and an author that cross: many undone, withdrawn, told too late."""

from collections.abc import Callable

import pytest
from flask import Flask

from portal.domain.states import State
from tests.model.between import ACTS
from tests.model.machine import Walk
from tests.model.opening import act_out
from tests.model.planted import plant_blind_undo, plant_stale_reading, plant_told_withdrawals
from tests.model.room import BrokenPromise
from tests.model.ways import accept_one_after_all, decline_two, send_two, withdraw_one


@pytest.mark.either_database
@pytest.mark.long_run
def test_an_undo_of_many_that_takes_back_what_a_colleague_went_on_with_is_found(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_back(walker: Walk) -> None:
        decline_two(walker)
        accept_one_after_all(walker)
        plant_blind_undo(monkeypatch)
        walker.take_back_many(which=0, who=0)

    with pytest.raises(BrokenPromise, match="Told: the decisions that were taken back"):
        act_out(app, take_back)


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("goes_on", "state"),
    [(accept_one_after_all, State.ACCEPTED), (withdraw_one, State.WITHDRAWN)],
    ids=["a colleague has accepted it", "its author has withdrawn it"],
)
def test_an_undo_of_many_leaves_what_somebody_went_on_with(
    app: Flask, goes_on: Callable[[Walk], None], state: State
) -> None:
    def take_back(walker: Walk) -> None:
        decline_two(walker)
        goes_on(walker)
        walker.take_back_many(which=0, who=0)
        walker.promises_hold()
        found = [walker.world.state_of(one) for one in walker.sent_texts()]
        assert found == [state, State.SUBMITTED]

    act_out(app, take_back)


def let_it_be_late(walker: Walk) -> None:
    walker.pass_time(span="eleven minutes")
    walker.promises_hold()


@pytest.mark.either_database
@pytest.mark.long_run
def test_a_decision_told_to_who_has_withdrawn_is_found(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def tell(walker: Walk) -> None:
        decline_two(walker)
        withdraw_one(walker)
        plant_told_withdrawals(monkeypatch)
        let_it_be_late(walker)

    with pytest.raises(BrokenPromise, match=r"the messages of .* in the own data|untold"):
        act_out(app, tell)


@pytest.mark.either_database
def test_a_decision_is_told_to_who_comes_back_alone(app: Flask) -> None:
    def come_back(walker: Walk) -> None:
        decline_two(walker)
        walker.withdraw(which=1)
        withdraw_one(walker)
        walker.world.forget_states()
        walker.take_the_withdrawal_back(which=0)
        walker.promises_hold()
        let_it_be_late(walker)
        assert sorted(one.is_withheld for text in walker.sent_texts() for one in text.letters) == [
            False,
            True,
        ]

    act_out(app, come_back)


@pytest.mark.either_database
@pytest.mark.long_run
def test_a_text_that_is_compared_as_it_was_is_found(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def change_meanwhile(walker: Walk) -> None:
        send_two(walker)
        plant_stale_reading(monkeypatch)
        walker.act_while_the_worker_is_at_it(job="comparing", act="tells another story", which=0, who=0)

    with pytest.raises(BrokenPromise, match="Told: the texts that tell the story"):
        act_out(app, change_meanwhile)


@pytest.mark.either_database
def test_whatever_is_done_while_texts_are_compared_counts_as_if_done_before(app: Flask) -> None:
    def do_each(walker: Walk) -> None:
        send_two(walker)
        for act in ACTS:
            walker.world.forget_states()
            walker.act_while_the_worker_is_at_it(job="comparing", act=act, which=0, who=2)
            walker.promises_hold()

    act_out(app, do_each)
