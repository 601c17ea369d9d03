"""The table of states: every act where it is wanted, and nowhere else."""

from typing import Final

import pytest

from portal.domain.acts import Act
from portal.domain.errors import IllegalTransition
from portal.domain.mail_notices import Notice
from portal.domain.states import PUBLIC_STATUS, Stage, State
from portal.domain.transitions import TRANSITIONS, fits, next_stage, next_state

BEFORE: Final = State.SUBMITTED
"""Where reopening goes back to in these tests."""

# The table once more, by hand: the act, the states it starts from, the state it ends in.
ROWS: Final[tuple[tuple[Act, str, str], ...]] = (
    (Act.SAVE, "writing", "writing"),
    (Act.SUBMIT, "writing", "submitted"),
    (Act.ASK, "submitted", "needs_reply"),
    (Act.REPLY, "needs_reply", "submitted"),
    (Act.INVITE, "submitted", "invited"),
    (Act.SEND_STORY, "invited", "submitted"),
    (Act.ACCEPT, "submitted", "accepted"),
    (Act.SEND_FOR_APPROVAL, "accepted", "author_check"),
    (Act.APPROVE, "author_check", "approved"),
    (Act.OBJECT, "author_check", "accepted"),
    (Act.WAIVE_APPROVAL, "accepted author_check", "approved"),
    (Act.REVISE, "author_check approved", "accepted"),
    (Act.PUBLISH, "approved", "published"),
    (Act.CORRECT, "published", "accepted"),
    (Act.DECLINE, "submitted needs_reply invited", "declined"),
    (Act.MARK_SPAM, "submitted", "spam"),
    (Act.MARK_DUPLICATE, "submitted", "duplicate"),
    (
        Act.WITHDRAW,
        "submitted needs_reply invited accepted author_check approved declined spam duplicate",
        "withdrawn",
    ),
    (Act.ASK_TAKE_DOWN, "published", "withdrawn"),
    (Act.REOPEN, "declined spam duplicate withdrawn", BEFORE),
    (Act.ERASE, " ".join(state for state in State if state is not State.ERASED), "erased"),
)
ONLY_FOR: Final = {Act.INVITE: Stage.PITCH, Act.SEND_STORY: Stage.PITCH, Act.ACCEPT: Stage.STORY}

POSSIBLE: Final = {
    (State(source), stage, act): State(target)
    for act, sources, target in ROWS
    for source in sources.split()
    for stage in Stage
    if ONLY_FOR.get(act, stage) is stage
}
IMPOSSIBLE: Final = [
    (state, stage, act)
    for state in State
    for stage in Stage
    for act in Act
    if (state, stage, act) not in POSSIBLE
]


@pytest.mark.parametrize(("state", "stage", "act"), POSSIBLE)
def test_an_act_of_the_table_leads_where_the_table_says(state: State, stage: Stage, act: Act) -> None:
    assert next_state(state, act, stage=stage, before=BEFORE) is POSSIBLE[state, stage, act]


@pytest.mark.parametrize(("state", "stage", "act"), IMPOSSIBLE)
def test_any_other_act_is_refused(state: State, stage: Stage, act: Act) -> None:
    with pytest.raises(IllegalTransition):
        next_state(state, act, stage=stage, before=BEFORE)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("stage", Stage)
def test_the_acts_offered_are_those_of_the_table(state: State, stage: Stage) -> None:
    expected = [act for act, *_ in ROWS if (state, stage, act) in POSSIBLE]
    assert [act for act in TRANSITIONS if fits(state, stage, act)] == expected


def test_every_act_has_a_row() -> None:
    assert list(TRANSITIONS) == [act for act, *_ in ROWS]


def test_a_refusal_names_state_and_act() -> None:
    with pytest.raises(IllegalTransition) as refused:
        next_state(State.PUBLISHED, Act.DECLINE, stage=Stage.STORY)
    assert (refused.value.state, refused.value.act) == (State.PUBLISHED, Act.DECLINE)


def test_nothing_is_reopened_to_nowhere() -> None:
    with pytest.raises(IllegalTransition):
        next_state(State.DECLINED, Act.REOPEN, stage=Stage.STORY, before=None)


def test_nothing_leaves_the_erased_state() -> None:
    assert [act for act in Act for stage in Stage if fits(State.ERASED, stage, act)] == []


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("stage", Stage)
def test_only_the_full_story_changes_what_is_wanted(stage: Stage, act: Act) -> None:
    assert next_stage(stage, act) is (Stage.STORY if act is Act.SEND_STORY else stage)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.WRITING, "writing"),
        (State.SUBMITTED, "received"),
        (State.NEEDS_REPLY, "question"),
        (State.INVITED, "send_story"),
        (State.ACCEPTED, "in_editing"),
        (State.AUTHOR_CHECK, "please_approve"),
        (State.APPROVED, "approved"),
        (State.PUBLISHED, "published"),
        (State.DECLINED, "not_this_time"),
        (State.SPAM, "received"),
        (State.DUPLICATE, "not_this_time"),
        (State.WITHDRAWN, "withdrawn"),
        (State.ERASED, "withdrawn"),
    ],
)
def test_the_contributor_is_told(state: State, words: str) -> None:
    assert PUBLIC_STATUS[state] == words


def test_every_state_has_words_for_the_contributor() -> None:
    assert set(PUBLIC_STATUS) == set(State)


@pytest.mark.parametrize("act", Act)
def test_a_mail_goes_out_when_the_desk_says_something_or_a_text_arrived(act: Act) -> None:
    received = {Act.SUBMIT, Act.SEND_STORY}
    update = {
        Act.ASK,
        Act.INVITE,
        Act.ACCEPT,
        Act.SEND_FOR_APPROVAL,
        Act.WAIVE_APPROVAL,
        Act.PUBLISH,
        Act.CORRECT,
        Act.DECLINE,
        Act.REOPEN,
    }
    expected = Notice.RECEIVED if act in received else Notice.UPDATE if act in update else None
    assert TRANSITIONS[act].notice is expected


def test_a_refused_act_is_named_with_its_state_in_the_log() -> None:
    assert str(IllegalTransition(State.PUBLISHED, Act.ACCEPT)) == "accept is not possible in state published"
