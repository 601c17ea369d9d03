"""Ways that are written down, as far as several tests go them."""

from typing import Any

import pytest

from portal.domain.bulk_acts import BulkAct
from portal.domain.states import Stage
from tests.model import editing
from tests.model.machine import Walk


def begin_story(walker: Walk) -> None:
    """Have one story sent, with what is asked after the receipt, and accepted."""
    given: dict[str, Any] = {"which": 0, "written": frozenset({"title"}), "name": "pen", "has_address": False}
    walker.send_the_first_text(luck=1, stage=Stage.STORY, **given)
    walker.world.forget_states()
    walker.answer_after_the_receipt(which=0, written=frozenset(), emptied=frozenset())
    walker.accept_a_story(which=0, who=2)


def act_on_it(walker: Walk, monkeypatch: pytest.MonkeyPatch, act: str) -> None:
    """Have an editor do this with the draft."""
    with monkeypatch.context() as patch:
        patch.setattr(editing, "ACTS", {act: editing.ACTS[act]})
        walker.world.forget_states()
        walker.act_on_a_draft(which=0, who=0, what=0)
    walker.world.forget_states()


def publish_one(walker: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring one story as far as the front page."""
    begin_story(walker)
    for act in ("approval", "publish"):
        act_on_it(walker, monkeypatch, act)
        walker.pass_time(span="eleven minutes")
        walker.world.forget_states()
        if act == "approval":
            walker.approve(which=0)
    walker.promises_hold()


def send_one(walker: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring one story to the newsrooms' sites while its acceptance can still be undone."""
    begin_story(walker)
    act_on_it(walker, monkeypatch, "waive")
    walker.send_to_the_site(who=0, every=False, worker="works", moment=1)
    walker.promises_hold()


def send_two(walker: Walk, _monkeypatch: pytest.MonkeyPatch | None = None) -> None:
    """Have two stories sent; the newest is the first."""
    given: dict[str, Any] = {"which": 0, "written": frozenset({"title"}), "name": "pen", "has_address": False}
    walker.send_the_first_text(luck=1, stage=Stage.STORY, **given)
    walker.send_a_new_text(stage=Stage.STORY, **given)
    walker.world.forget_states()


def decline_two(walker: Walk) -> None:
    """Have two stories declined at once."""
    send_two(walker)
    walker.act_on_many(who=0, act=BulkAct.DECLINE, left_out=set(), which=0)
    walker.promises_hold()


def accept_one_after_all(walker: Walk) -> None:
    walker.undo(which=0, who=1)
    walker.world.forget_states()
    walker.accept_a_story(which=0, who=2)
    walker.promises_hold()


def withdraw_one(walker: Walk) -> None:
    walker.withdraw(which=0)
    walker.promises_hold()


def approve_two(walker: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have two stories that may leave; the newest is the first."""
    for _story in range(2):
        begin_story(walker)
        act_on_it(walker, monkeypatch, "waive")


def publish_at_a_site(walker: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have one site publish a story, past the time in which that can be undone."""
    send_one(walker, monkeypatch)
    walker.move_on_the_site(which=0, status="publish")
    walker.look_at_the_site(which=0, who=0)
    walker.pass_time(span="eleven minutes")
    walker.promises_hold()


def withdraw_and_put_back(walker: Walk) -> None:
    """Have a story withdrawn, taken down, and put back there by somebody; the portal sees both."""
    walker.withdraw(which=0)
    for _site in range(2):
        walker.press_about_the_site(which=0, who=0, corrects=False)
    walker.promises_hold()
    walker.put_back_on_the_site(which=0, status="draft", looks=True)
