"""Faults that are planted are found by the rules and promises of the walk."""

from collections.abc import Callable, Mapping

import pytest
from flask import Flask

from tests.model.machine import Walk
from tests.model.opening import act_out, walk
from tests.model.planted import (
    plant_bare_acts,
    plant_counted_departure,
    plant_deleting,
    plant_endless_asking,
    plant_erasing_holder,
    plant_forgotten_return,
    plant_forgotten_site,
    plant_gathering,
    plant_hidden_text,
    plant_kept_address,
    plant_kept_originals,
    plant_left_words,
    plant_no_wait,
    plant_one_place,
    plant_tables_in_part,
    plant_two_codes,
    plant_unseen_change,
    plant_writing_over,
)
from tests.model.room import BrokenPromise
from tests.model.searching import hold_waits_for_a_reader
from tests.model.ways import approve_two, publish_at_a_site, send_two, withdraw_and_put_back

_SHORT = 10
"""Steps that lead to a fault when few rules are tried: many short walks come there sooner than a long one."""
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


def unpublish(walker: Walk) -> None:
    walker.change_a_published_address(which=0, what="leaves")


def export_beside_withdrawing(walker: Walk) -> None:
    walker.export_in_vain(which=0, who=0)


def export_as_one_is_withdrawn(walker: Walk) -> None:
    walker.export_while_an_author_withdraws(which=0, who=0)


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
            approve_two,
            plant_unseen_change,
            export_as_one_is_withdrawn,
            "Now: .* is not in the file",
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
        "what is withdrawn as it leaves is in the file",
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
