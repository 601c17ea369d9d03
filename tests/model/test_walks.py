"""People use a portal in any order, and the promises hold after every step."""

import pytest
from flask import Flask

from tests.model.opening import walk

WALKS, STEPS = 1, 30
FULL_WALKS, FULL_STEPS = 500, 40
"""20,000 steps on each database."""
_OF_MANY = {
    "act_on_many": 6,
    "take_back_many": 4,
    "undo": 3,
    "send_a_new_text": 3,
    "decide": 2,
    "work": 2,
    "save_a_view": 1,
    "look_at_a_saved_view": 2,
    "pass_time": 1,
}
_OF_TAGS = {
    "act_on_many": 9,
    "take_back_many": 4,
    "rename_a_tag": 2,
    "merge_two_tags": 2,
    "remove_a_tag": 2,
    "save_a_view_of_a_tag": 1,
    "look_at_a_saved_view": 2,
    "withdraw": 1,
    "erase": 1,
    "send_a_new_text": 3,
}
_OF_ACCOUNTS = {
    "close_an_account_for_a_while": 3,
    "act_on_many": 3,
    "take_back_many": 3,
    "work": 4,
    "accept_a_story": 2,
    "type_into_a_draft": 3,
    "comment_on_a_draft": 2,
    "save_an_open_draft": 2,
    "save_a_view": 1,
    "look_at_a_saved_view": 1,
    "send_a_new_text": 2,
}


def test_the_promises_hold_in_any_order(app: Flask, pytestconfig: pytest.Config) -> None:
    begin = pytestconfig.getoption("walk")
    if pytestconfig.getoption("full"):
        walk(app, walks=FULL_WALKS, steps=FULL_STEPS, begin=begin)
    else:
        walk(app, walks=WALKS, steps=STEPS, begin=begin)


@pytest.mark.long_run
def test_many_texts_are_done_and_taken_back_in_any_order(app: Flask) -> None:
    """What people do in the queue, with little between."""
    walk(app, walks=12, steps=15, begin=1, only=_OF_MANY)


@pytest.mark.long_run
def test_accounts_are_closed_in_the_middle_of_work(app: Flask) -> None:
    walk(app, walks=12, steps=15, begin=1, only=_OF_ACCOUNTS)


@pytest.mark.long_run
def test_tags_are_changed_under_those_who_use_them_in_any_order(app: Flask) -> None:
    walk(app, walks=12, steps=15, begin=1, only=_OF_TAGS)
