"""People use a portal in any order, and the promises hold after every step."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.bulk_acts import BulkAct
from portal.domain.desk_codes import WAIT, CodeState
from portal.domain.states import Stage, State
from portal.domain.ways_in import PAGE_RIGHTS, PageRight, WayIn
from portal.export import departures
from portal.models import DeskCode, Draft, Event, PageWords, Staff, Submission, UnsavedEdit
from portal.operations import erasure, recalls, retention, transitions
from portal.operations.contribute import save
from portal.operations.coverages import author_changes, look_back
from portal.operations.coverages.unsaved_edits import keep_unsaved
from portal.operations.desk import bulk, decisions, desk_codes, notices
from portal.operations.private.originals import delete_old_originals
from portal.queries import published
from portal.queries.desk.bulk import DoneToOne, list_batch
from portal.queries.private import messages
from portal.sealing.keys import KeyRing
from portal.web.coverages import drafts, unsaved_edits
from portal.web.desk import queue_table, submission_texts
from portal.wordpress import push
from portal.wordpress.posts import RemotePost
from tests.model import editing
from tests.model.machine import Walk
from tests.model.opening import act_out, walk
from tests.model.room import BrokenPromise
from tests.model.searching import hold_waits_for_a_reader

WALKS, STEPS = 1, 30
FULL_WALKS, FULL_STEPS = 500, 40
"""20,000 steps on each database."""
_SHORT = 10
"""Steps that lead to a fault when few rules are tried: many short walks come there sooner than a long one."""


def test_the_promises_hold_in_any_order(app: Flask, pytestconfig: pytest.Config) -> None:
    begin = pytestconfig.getoption("walk")
    if pytestconfig.getoption("full"):
        walk(app, walks=FULL_WALKS, steps=FULL_STEPS, begin=begin)
    else:
        walk(app, walks=WALKS, steps=STEPS, begin=begin)


def delete_the_draft(session: Session, undone: Event, *, at: datetime) -> int:
    """Undo an acceptance as it once was: the draft goes, with every saved edit."""
    if undone.act is HistoryAct.ACCEPT:
        for draft in session.scalars(select(Draft).where(Draft.submission_id == undone.submission_id)):
            session.delete(draft)
    return 0


def gather_all(submission: Submission) -> Mapping[str, Any]:
    """Put the answers of all versions together, as it once was: what was emptied comes back."""
    return {key: one for revision in submission.revisions for key, one in revision.answers.items()}


def plant_deleting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transitions, "restore_draft", delete_the_draft)


def plant_gathering(monkeypatch: pytest.MonkeyPatch) -> None:
    for reader in (submission_texts, decisions):
        monkeypatch.setattr(reader, "current_answers", gather_all)


def plant_hidden_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(save, "repeats_open_text", lambda *_given: False)


def keep_for_one(session: Session, draft: Draft, values: Any, *, by: Staff, **given: Any) -> Any:
    """Keep what an editor types in the one place the draft has for that: a colleague's words go."""
    others = UnsavedEdit.draft_id == draft.id, UnsavedEdit.staff_id != by.id
    session.execute(delete(UnsavedEdit).where(*others))
    return keep_unsaved(session, draft, values, by=by, **given)


def plant_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unsaved_edits, "keep_unsaved", keep_for_one)


def plant_bare_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "save_edits", lambda *_given, **_more: False)


def plant_left_words(monkeypatch: pytest.MonkeyPatch) -> None:
    known = tuple(one for one in erasure._OF_SUBMISSION if one is not PageWords)  # noqa: SLF001  # the fault
    monkeypatch.setattr(erasure, "_OF_SUBMISSION", known)


def plant_erasing_holder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whoever comes with a code of the desk erase, and prove nothing."""
    rights = PAGE_RIGHTS[WayIn.DESK_CODE] | {PageRight.ERASE}
    monkeypatch.setitem(cast("dict[WayIn, frozenset[PageRight]]", PAGE_RIGHTS), WayIn.DESK_CODE, rights)


def use_beside(_session: Session, _submission: Submission, code: DeskCode) -> None:
    """Take a code of the desk into use, and leave the one before it good."""
    code.state = CodeState.IN_USE


def plant_two_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_codes, "_take_into_use", use_beside)


def plant_kept_originals(monkeypatch: pytest.MonkeyPatch) -> None:
    known = tuple(one for one in retention._OVER if one is not delete_old_originals)  # noqa: SLF001  # the fault
    monkeypatch.setattr(retention, "_OVER", known)


def wait_without_proof(submission: Submission, keys: KeyRing) -> timedelta:
    """Have a code wait where nothing proves the author alone: who was warned by mail comes too late."""
    has_proof = desk_codes._find_way_in(submission, keys) is WayIn.DESK_CODE  # noqa: SLF001  # the fault
    return timedelta(0) if has_proof else WAIT


def plant_no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_codes, "find_code_delay", wait_without_proof)


def take_for_ours(there: RemotePost, *_given: object) -> RemotePost:
    """Write over whatever stands on the site."""
    return there


def plant_writing_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "_require_ours", take_for_ours)


def list_all_as_untouched(*given: Any, **more: Any) -> list[DoneToOne]:
    """Return what an act on many did as if nobody had gone on with any of it."""
    return [one._replace(has_moved_on=False) for one in list_batch(*given, **more)]


def plant_blind_undo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "list_batch", list_all_as_untouched)
    monkeypatch.setattr(bulk, "may_undo", lambda *_given, **_more: True)


def plant_forgotten_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalls, "list_copies_of", lambda *_given: [])


def plant_ignored_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(author_changes, "_follow_permission", lambda *_given, **_more: None)


def plant_ignored_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(author_changes, "_follow_embargo", lambda *_given, **_more: None)


def plant_kept_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "_GONE", ())


_TO_THE_SITE = {
    "send_a_new_text": 1,
    "accept_a_story": 20,
    "act_with_unsaved_edits": 20,
    "send_to_the_site": 30,
    "pass_time": 3,
}
_OF_MANY = {"act_on_many": 6, "take_back_many": 4, "undo": 3, "send_a_new_text": 3}
_OF_CODES = {"ask_for_a_code": 1, "confirm_a_code": 3, "come_with_a_code": 3}


@pytest.mark.long_run
@pytest.mark.parametrize(
    ("where", "plant", "rules", "promise"),
    [
        (
            "deciding",
            plant_deleting,
            {"accept_a_story": 1, "edit": 1, "undo": 2, "send_a_new_text": 1},
            "Words: ",
        ),
        ("sending", plant_gathering, {"change": 3, "accept_a_story": 1, "send_a_new_text": 1}, "Now: "),
        ("sending", plant_hidden_text, {"go_back_after_the_receipt": 3, "change": 1, "erase": 1}, "Code: "),
        (
            "editing",
            plant_one_place,
            {"accept_a_story": 1, "type_into_a_draft": 3, "send_a_new_text": 1},
            "Words: ",
        ),
        (
            "editing",
            plant_bare_acts,
            {"accept_a_story": 1, "act_with_unsaved_edits": 2, "send_a_new_text": 1},
            "Now: |Words: ",
        ),
        (
            "deciding",
            plant_left_words,
            {"begin_an_answer": 2, "erase": 1, "send_a_new_text": 1},
            "Nothing over: ",
        ),
        ("deciding", plant_erasing_holder, {**_OF_CODES, "try_every_closed_door": 3}, "Code: acts"),
        (
            "sending",
            plant_two_codes,
            {**_OF_CODES, "try_a_code_that_is_over": 3, "wait_for_a_code": 2},
            "Code: ",
        ),
        ("sending", plant_no_wait, {**_OF_CODES, "try_a_code_that_is_over": 3}, "Code: .* a code of"),
        (
            "sending",
            plant_kept_originals,
            {"send_a_new_text": 1, "add_a_document": 4, "pass_time": 2, "pass_three_weeks": 1},
            "Words: the files",
        ),
        (
            "newsroom",
            plant_writing_over,
            {**_TO_THE_SITE, "edit_on_the_site": 40},
            "Words: what the newsroom wrote",
        ),
        (
            "newsroom",
            plant_forgotten_site,
            {**_TO_THE_SITE, "withdraw": 8},
            "Told: the places outside",
        ),
    ],
    ids=[
        "an undone acceptance deletes the draft",
        "what was emptied comes back",
        "Back makes a hidden text",
        "two editors keep in one place",
        "an act drops the typed text",
        "words kept unsent are not erased",
        "an unproved code of the desk erases",
        "a code that was replaced opens the page",
        "a code of the desk does not wait",
        "files as they were sent outlive their time",
        "what the newsroom wrote is written over",
        "a post is forgotten when its text is withdrawn",
    ],
)
def test_a_fault_that_was_there_is_found(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    where: str,  # one of each in a short run
    plant: Callable[[pytest.MonkeyPatch], None],
    rules: Mapping[str, int],
    promise: str,
) -> None:
    """The same rules and promises, tried where the fault was."""
    plant(monkeypatch)
    with pytest.raises(BrokenPromise, match=promise):
        walk(app, walks=60, steps=_SHORT, begin=1, shrinks=False, only=rules)


@pytest.mark.long_run
def test_many_texts_are_done_and_taken_back_in_any_order(app: Flask) -> None:
    """What people do in the queue, with little between."""
    rules = {**_OF_MANY, "decide": 2, "work": 2, "save_a_view": 1, "look_at_a_saved_view": 2, "pass_time": 1}
    walk(app, walks=12, steps=15, begin=1, only=rules)


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


def forbid(walker: Walk) -> None:
    walker.say_whether_it_may_be_published(which=0, forbids=True)


def put_off(walker: Walk) -> None:
    walker.name_a_day(which=0, days=30)


@pytest.mark.either_database
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


@pytest.mark.either_database
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


def plant_told_withdrawals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "find_withheld", lambda *_given: {})


def let_it_be_late(walker: Walk) -> None:
    walker.pass_time(span="eleven minutes")
    walker.promises_hold()


@pytest.mark.either_database
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


def publish_at_a_site(walker: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have one site publish a story, past the time in which that can be undone."""
    send_one(walker, monkeypatch)
    walker.move_on_the_site(which=0, status="publish")
    walker.look_at_the_site(which=0, who=0)
    walker.pass_time(span="eleven minutes")
    walker.promises_hold()


def unpublish(walker: Walk) -> None:
    walker.change_a_published_address(which=0, what="leaves")


def withdraw_and_put_back(walker: Walk) -> None:
    """Have a story withdrawn, taken down, and put back there by somebody; the portal sees both."""
    walker.withdraw(which=0)
    for _site in range(2):
        walker.press_about_the_site(which=0, who=0, corrects=False)
    walker.promises_hold()
    walker.put_back_on_the_site(which=0, status="draft", looks=True)


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


def approve_two(walker: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have two stories that may leave; the newest is the first."""
    for _story in range(2):
        begin_story(walker)
        act_on_it(walker, monkeypatch, "waive")


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


def plant_kept_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_back, "_drop_address", lambda *_given, **_more: None)


def plant_forgotten_return(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_back, "call_back_returned", lambda *_given, **_more: None)


def plant_counted_departure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(departures, "call_off_export", lambda *_given, **_more: None)


def plant_endless_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "end_asking_for_gist", lambda *_given, **_more: None)


def plant_tables_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_table, "require_whole_index", lambda _session: None)


def export_beside_withdrawing(walker: Walk) -> None:
    walker.export_in_vain(which=0, who=0)


def ask_for_a_gist_and_write_it(walker: Walk) -> None:
    walker.ask_for_a_gist(which=0)
    walker.work(which=0, who=0, act="gist")
    hold_waits_for_a_reader(walker)


def take_tables(walker: Walk) -> None:
    walker.take_a_table_of_a_search(which=0, how="list of pages", suffix="csv", is_read=True)


@pytest.mark.long_run
@pytest.mark.parametrize(
    ("app", "begin", "plant", "act", "promise"),
    [
        ("sqlite", publish_at_a_site, plant_kept_address, unpublish, "Told: the addresses on file"),
        (
            "sqlite",
            publish_at_a_site,
            plant_forgotten_return,
            withdraw_and_put_back,
            "Told: the places outside",
        ),
        (
            "sqlite",
            approve_two,
            plant_counted_departure,
            export_beside_withdrawing,
            "Once: what is new after a file",
        ),
        (
            "sqlite",
            send_two,
            plant_endless_asking,
            ask_for_a_gist_and_write_it,
            "Told: the texts that wait for a gist",
        ),
        ("sqlite", send_two, plant_tables_in_part, take_tables, "Words: the rows of"),
    ],
    ids=[
        "an address is told where nobody reads it",
        "what is there again is not called back",
        "a file that came to nothing counts",
        "a gist is asked for that is there",
        "a table of a damaged index lacks rows",
    ],
    indirect=["app"],
)
def test_a_fault_in_what_was_added_is_found(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    begin: Callable[[Walk, pytest.MonkeyPatch], None],
    plant: Callable[[pytest.MonkeyPatch], None],
    act: Callable[[Walk], None],
    promise: str,
) -> None:
    def go_wrong(walker: Walk) -> None:
        begin(walker, monkeypatch)
        plant(monkeypatch)
        act(walker)
        walker.promises_hold()

    with pytest.raises(BrokenPromise, match=promise):
        act_out(app, go_wrong)


@pytest.mark.either_database
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
