"""Ways of stories that have left: called back, put off, gone and there again."""

from collections.abc import Callable

import pytest
from flask import Flask

from portal.domain.states import State
from tests.model.machine import Walk
from tests.model.opening import act_out
from tests.model.planted import plant_ignored_day, plant_ignored_permission, plant_kept_card
from tests.model.room import BrokenPromise
from tests.model.ways import approve_two, publish_at_a_site, publish_one, send_one, withdraw_and_put_back


def forbid(walker: Walk) -> None:
    walker.say_whether_it_may_be_published(which=0, forbids=True)


def put_off(walker: Walk) -> None:
    walker.name_a_day(which=0, days=30)


@pytest.mark.either_database
@pytest.mark.long_run
@pytest.mark.parametrize(
    ("plant", "takes_back"),
    [(plant_ignored_permission, forbid), (plant_ignored_day, put_off)],
    ids=["its author forbids it", "its author puts it off"],
)
def test_a_post_that_nobody_calls_back_is_found(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[pytest.MonkeyPatch], None],
    takes_back: Callable[[Walk], None],
) -> None:
    def take_back(walker: Walk) -> None:
        send_one(walker, monkeypatch)
        plant(monkeypatch)
        takes_back(walker)
        walker.promises_hold()

    with pytest.raises(BrokenPromise, match="Told: the places outside"):
        act_out(app, take_back)


@pytest.mark.either_database
def test_nobody_can_undo_the_acceptance_of_a_story_that_has_left(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To leave it needs a later decision; once that is undone, an undo is the newest act."""

    def undo_twice(walker: Walk) -> None:
        send_one(walker, monkeypatch)
        (text,), editor = walker.sent_texts(), walker.world.colleague(0, edits=True)
        walker.undo(which=0, who=0)
        walker.promises_hold()
        assert "undo" not in walker.offered_acts(editor, text, ("undo",))
        assert walker.world.state_of(text) is State.ACCEPTED

    act_out(app, undo_twice)


@pytest.mark.either_database
def test_what_is_published_too_early_is_held_back_until_its_day(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A draft on a site is put off, published there and taken off the pages; then the day comes."""

    def hold_back(walker: Walk) -> None:
        send_one(walker, monkeypatch)
        put_off(walker)
        walker.promises_hold()
        for outcome in ("corrected", "corrected"):
            walker.write_down_what_was_done(which=0, who=0, outcome=outcome)
            walker.promises_hold()
        walker.move_on_the_site(which=0, status="publish")
        walker.look_at_the_site(which=0, who=0)
        walker.promises_hold()
        walker.press_about_the_site(which=0, who=0, corrects=False)
        walker.promises_hold()
        for _span in range(2):
            walker.pass_three_weeks()
            walker.promises_hold()

    act_out(app, hold_back)


@pytest.mark.either_database
def test_an_address_goes_and_comes_back_with_its_post(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until its author withdraws it: then it must go once more each time it is there."""

    def go_and_come_back(walker: Walk) -> None:
        publish_at_a_site(walker, monkeypatch)
        for what in ("moves", "comes back"):
            walker.change_a_published_address(which=0, what=what)
            walker.promises_hold()
        withdraw_and_put_back(walker)
        walker.promises_hold()
        assert len(walker.list_places()) == 1

    act_out(app, go_and_come_back)


@pytest.mark.either_database
def test_a_file_that_came_to_nothing_has_brought_nothing_out(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def export_in_vain(walker: Walk) -> None:
        approve_two(walker, monkeypatch)
        walker.export_in_vain(which=0, who=0)
        walker.promises_hold()
        walker.withdraw(which=1)
        walker.promises_hold()
        assert [walker.world.state_of(one) for one in walker.sent_texts()] == [State.WITHDRAWN] * 2

    act_out(app, export_in_vain)


@pytest.mark.either_database
@pytest.mark.long_run
def test_a_withdrawn_story_that_everybody_still_reads_is_found(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def withdraw(walker: Walk) -> None:
        publish_one(walker, monkeypatch)
        plant_kept_card(monkeypatch)
        walker.withdraw(which=0)
        walker.promises_hold()

    with pytest.raises(BrokenPromise, match="Told: words at /en/ukraine-taiwan/ that nobody agreed to"):
        act_out(app, withdraw)
