"""The states of a submission and the acts that move it.

One table, from which buttons, checks, mails and documentation follow.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.errors import IllegalTransition


class State(StrEnum):
    """Where a submission stands. Stored by value."""

    WRITING = "writing"
    SUBMITTED = "submitted"
    NEEDS_REPLY = "needs_reply"
    INVITED = "invited"
    ACCEPTED = "accepted"
    AUTHOR_CHECK = "author_check"
    APPROVED = "approved"
    PUBLISHED = "published"
    DECLINED = "declined"
    SPAM = "spam"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


class Stage(StrEnum):
    """What is wanted now. A submission's `kind` is the stage it began with."""

    PITCH = "pitch"
    STORY = "story"


class Act(StrEnum):
    """What a person can do to a submission."""

    SAVE = "save"
    SUBMIT = "submit"
    ASK = "ask"
    REPLY = "reply"
    INVITE = "invite"
    SEND_STORY = "send_story"
    ACCEPT = "accept"
    SEND_FOR_APPROVAL = "send_for_approval"
    APPROVE = "approve"
    OBJECT = "object"
    WAIVE_APPROVAL = "waive_approval"
    REVISE = "revise"
    PUBLISH = "publish"
    CORRECT = "correct"
    DECLINE = "decline"
    MARK_SPAM = "mark_spam"
    MARK_DUPLICATE = "mark_duplicate"
    WITHDRAW = "withdraw"
    ASK_TAKE_DOWN = "ask_take_down"
    REOPEN = "reopen"
    ERASE = "erase"


class HistoryAct(StrEnum):
    """What stands in the history of a submission. Stored by value.

    Every act of the table, and what was done besides and moved nothing.
    """

    SAVE = Act.SAVE
    SUBMIT = Act.SUBMIT
    ASK = Act.ASK
    REPLY = Act.REPLY
    INVITE = Act.INVITE
    SEND_STORY = Act.SEND_STORY
    ACCEPT = Act.ACCEPT
    SEND_FOR_APPROVAL = Act.SEND_FOR_APPROVAL
    APPROVE = Act.APPROVE
    OBJECT = Act.OBJECT
    WAIVE_APPROVAL = Act.WAIVE_APPROVAL
    REVISE = Act.REVISE
    PUBLISH = Act.PUBLISH
    CORRECT = Act.CORRECT
    DECLINE = Act.DECLINE
    MARK_SPAM = Act.MARK_SPAM
    MARK_DUPLICATE = Act.MARK_DUPLICATE
    WITHDRAW = Act.WITHDRAW
    ASK_TAKE_DOWN = Act.ASK_TAKE_DOWN
    REOPEN = Act.REOPEN
    ERASE = Act.ERASE

    UNDO = "undo"
    """Takes the newest act of the table back: the desk's inside its window, or the author's withdrawal."""
    CLAIM = "claim"
    ASSIGN = "assign"
    SET_GIST = "gist"
    OPEN_IDENTITY = "open_identity"
    CONFIRM_AVOIDED = "confirm_avoided"
    """An editor has said that a term in the text is meant otherwise."""
    TAKE_DOWN = "take_down"
    """Something was done about a place where the text stands in public."""
    NEW_VERSION = "new_version"
    FIX_LANGUAGE = "fix_language"
    ADD_PICTURE = "add_picture"
    CHANGE_PICTURE = "change_picture"
    REMOVE_PICTURE = "remove_picture"
    ADD_DOCUMENT = "add_document"
    REMOVE_DOCUMENT = "remove_document"
    CONFIRM_WORDS = "confirm_words"
    """The author has said that what was taken from a file is the text."""
    ASK_CODE = "ask_code"
    REPLACE_CODE = "replace_code"
    CALL_OFF_CODE = "call_off_code"
    REFUSE_CODE = "refuse_code"
    OPEN_BY_DESK_CODE = "open_by_desk_code"
    PROVE_AUTHOR = "prove_author"
    MESSAGE = "message"
    """A message that comes with no act of the table."""
    RENEW_CONSENT = "renew_consent"
    SWITCH_MAIL = "switch_mail"


MOVES = frozenset(HistoryAct(act) for act in Act)
"""The acts of the history that are acts of the table."""
DECISIONS = MOVES | {HistoryAct.UNDO}
"""The acts of the history that change the state."""


class PublicStatus(StrEnum):
    """What a contributor is told. Several states can read the same."""

    WRITING = "writing"
    RECEIVED = "received"
    QUESTION = "question"
    SEND_STORY = "send_story"
    IN_EDITING = "in_editing"
    PLEASE_APPROVE = "please_approve"
    APPROVED = "approved"
    PUBLISHED = "published"
    NOT_THIS_TIME = "not_this_time"
    WITHDRAWN = "withdrawn"


class Notice(StrEnum):
    """The mail an act causes for the contributor, if there is an address and the mail is wanted."""

    UPDATE = "update"
    RECEIVED = "received"
    ACCESS_LINK = "access_link"
    """No act of the table: somebody has asked for a way in without the code."""
    DESK_CODE = "desk_code"
    """No act of the table either: the desk has given out another code, to whoever said to be the author."""
    ACCOUNT = "account"
    """To a member of staff: the own password, second factor, passkeys or recovery codes have changed."""
    SIGN_IN = "sign_in"
    """To a member of staff: somebody has tried in vain to sign in to the own account."""


@dataclass(frozen=True)
class Transition:
    """One row of the table.

    `target` None means: back to the state before (reopen). `stage` limits where the act fits.
    """

    sources: frozenset[State]
    target: State | None
    stage: Stage | None = None
    stage_after: Stage | None = None
    notice: Notice | None = None


_OPEN = frozenset({State.SUBMITTED, State.NEEDS_REPLY, State.INVITED})
# A text that was not sent is deleted, not withdrawn: nobody but its author has it.
_SENT_UNPUBLISHED = frozenset(
    {
        State.SUBMITTED,
        State.NEEDS_REPLY,
        State.INVITED,
        State.ACCEPTED,
        State.AUTHOR_CHECK,
        State.APPROVED,
        State.DECLINED,
        State.SPAM,
        State.DUPLICATE,
    }
)
_CLOSED = frozenset({State.DECLINED, State.SPAM, State.DUPLICATE, State.WITHDRAWN})


def _row(
    *sources: State,
    to: State | None,
    stage: Stage | None = None,
    then: Stage | None = None,
    mail: Notice | None = None,
) -> Transition:
    return Transition(frozenset(sources), to, stage, then, mail)


TRANSITIONS: Mapping[Act, Transition] = {
    Act.SAVE: _row(State.WRITING, to=State.WRITING),
    Act.SUBMIT: _row(State.WRITING, to=State.SUBMITTED, mail=Notice.RECEIVED),
    Act.ASK: _row(State.SUBMITTED, to=State.NEEDS_REPLY, mail=Notice.UPDATE),
    Act.REPLY: _row(State.NEEDS_REPLY, to=State.SUBMITTED),
    Act.INVITE: _row(State.SUBMITTED, to=State.INVITED, stage=Stage.PITCH, mail=Notice.UPDATE),
    Act.SEND_STORY: _row(
        State.INVITED, to=State.SUBMITTED, stage=Stage.PITCH, then=Stage.STORY, mail=Notice.RECEIVED
    ),
    Act.ACCEPT: _row(State.SUBMITTED, to=State.ACCEPTED, stage=Stage.STORY, mail=Notice.UPDATE),
    Act.SEND_FOR_APPROVAL: _row(State.ACCEPTED, to=State.AUTHOR_CHECK, mail=Notice.UPDATE),
    Act.APPROVE: _row(State.AUTHOR_CHECK, to=State.APPROVED),
    Act.OBJECT: _row(State.AUTHOR_CHECK, to=State.ACCEPTED),
    Act.WAIVE_APPROVAL: _row(State.ACCEPTED, State.AUTHOR_CHECK, to=State.APPROVED, mail=Notice.UPDATE),
    # An approved text stays as approved; editing again asks the author again.
    Act.REVISE: _row(State.AUTHOR_CHECK, State.APPROVED, to=State.ACCEPTED),
    Act.PUBLISH: _row(State.APPROVED, to=State.PUBLISHED, mail=Notice.UPDATE),
    Act.CORRECT: _row(State.PUBLISHED, to=State.ACCEPTED, mail=Notice.UPDATE),
    Act.DECLINE: _row(*_OPEN, to=State.DECLINED, mail=Notice.UPDATE),
    Act.MARK_SPAM: _row(State.SUBMITTED, to=State.SPAM),
    Act.MARK_DUPLICATE: _row(State.SUBMITTED, to=State.DUPLICATE),
    Act.WITHDRAW: _row(*_SENT_UNPUBLISHED, to=State.WITHDRAWN),
    # What is published cannot be unsaid here: the desk is asked to take it down where it stands.
    Act.ASK_TAKE_DOWN: _row(State.PUBLISHED, to=State.WITHDRAWN),
    Act.REOPEN: _row(*_CLOSED, to=None, mail=Notice.UPDATE),
    Act.ERASE: _row(*(frozenset(State) - {State.ERASED}), to=State.ERASED),
}

PUBLIC_STATUS: Mapping[State, PublicStatus] = {
    State.WRITING: PublicStatus.WRITING,
    State.SUBMITTED: PublicStatus.RECEIVED,
    State.NEEDS_REPLY: PublicStatus.QUESTION,
    State.INVITED: PublicStatus.SEND_STORY,
    State.ACCEPTED: PublicStatus.IN_EDITING,
    State.AUTHOR_CHECK: PublicStatus.PLEASE_APPROVE,
    State.APPROVED: PublicStatus.APPROVED,
    State.PUBLISHED: PublicStatus.PUBLISHED,
    State.DECLINED: PublicStatus.NOT_THIS_TIME,
    # A filter or a colleague can be wrong: neither word is put to the person's face,
    # and reopening stays possible.
    State.SPAM: PublicStatus.RECEIVED,
    State.DUPLICATE: PublicStatus.NOT_THIS_TIME,
    State.WITHDRAWN: PublicStatus.WITHDRAWN,
    State.ERASED: PublicStatus.WITHDRAWN,
}

WAITS_FOR_DESK = frozenset({State.SUBMITTED})
CAME_BACK_FROM = frozenset({State.NEEDS_REPLY, State.INVITED})
"""What waits for the desk and comes from here, its author has sent because the desk asked for it."""
WAITS_FOR_CONTRIBUTOR = frozenset({State.NEEDS_REPLY, State.INVITED, State.AUTHOR_CHECK})
UNDER_WAY = frozenset(
    {
        State.SUBMITTED,
        State.NEEDS_REPLY,
        State.INVITED,
        State.ACCEPTED,
        State.AUTHOR_CHECK,
        State.APPROVED,
        State.SPAM,
    }
)
"""What its contributor takes to be on its way.

Spam is among them: they are told "received", and must not find out by a refused file or a missing question.
"""
IN_COVERAGE = frozenset({State.ACCEPTED, State.AUTHOR_CHECK, State.APPROVED, State.PUBLISHED})


def fits(state: State, stage: Stage, act: Act) -> bool:
    """Say whether `act` is possible for a submission in `state` that wants `stage`."""
    row = TRANSITIONS[act]
    return state in row.sources and row.stage in (None, stage)


def next_state(state: State, act: Act, *, stage: Stage, before: State | None = None) -> State:
    """Return the state after `act`; `before` is where reopen returns to. Raises IllegalTransition."""
    if not fits(state, stage, act):
        raise IllegalTransition(state, act)
    target = TRANSITIONS[act].target or before
    if target is None:
        raise IllegalTransition(state, act)
    return target


def next_stage(stage: Stage, act: Act) -> Stage:
    """Return the stage after `act`."""
    return TRANSITIONS[act].stage_after or stage


def came_back(state: State, before: State | None) -> bool:
    """Say whether the author has done what the desk asked for, and it is the desk's turn again."""
    return state in WAITS_FOR_DESK and before in CAME_BACK_FROM


def acts_in(state: State, stage: Stage) -> tuple[Act, ...]:
    """Return every act that fits this state and stage, in the order of the table."""
    return tuple(act for act in TRANSITIONS if fits(state, stage, act))
