"""The states of a submission, and the acts of people on it: two tables, a row each.

Buttons, rights, mails, undo windows, views of the queue and README's table follow from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.errors import IllegalTransition
from portal.domain.permissions import Permission, Role, has_permission


class State(StrEnum):
    """The state of a submission. Stored by value."""

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
    """The stage of a submission: what is wanted now. Its `kind` is the stage it began with."""

    PITCH = "pitch"
    STORY = "story"


class Act(StrEnum):
    """Acts of a person on a submission."""

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
    """Acts in the history of a submission. Stored by value.

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
    ASK_GIST = "ask_gist"
    """Who reads the text was asked for a gist in a language of the desk."""
    TAG = "tag"
    """Tags were put on it, or taken off."""
    RECOMMEND = "recommend"
    TAKE_BACK_ADVICE = "take_back_advice"
    """A colleague has taken the own recommendation back."""
    TELL_APART = "tell_apart"
    """Somebody has said that it is another story than one it was taken for."""
    TAKE_BACK_APART = "take_back_apart"
    OPEN_IDENTITY = "open_identity"
    CONFIRM_AVOIDED = "confirm_avoided"
    """An editor has said that a term in the text is meant otherwise."""
    PUSH = "push"
    """The text has left for a target."""
    TAKE_DOWN = "take_down"
    """Something was done about a place where the text stands in public."""
    NEW_VERSION = "new_version"
    ANSWER_AFTER = "answer_after"
    """The author has answered what is asked after the receipt, or said that there is nothing to add."""
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
    """The status a contributor is told. Several states can read the same."""

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
    DESK = "desk"
    """To a member of staff: how much waits on the desk, of which kinds."""


class QueuePlace(StrEnum):
    """Places of submissions of a state in the queue: its views are made of these."""

    HIDDEN = "hidden"
    DESK = "desk"
    """The next step is the desk's."""
    CONTRIBUTOR = "contributor"
    """The next step is the author's."""
    OPEN = "open"
    """Nobody waits for it, and it is not over."""
    CLOSED = "closed"


@dataclass(frozen=True)
class Standing:
    """One row of the table of states: its place in the queue, and what the contributor is told.

    `reads_as` is the state that its contributor takes it for, where that is another one.
    """

    queue: QueuePlace
    status: PublicStatus
    reads_as: State | None = None


STANDINGS: Mapping[State, Standing] = {
    State.WRITING: Standing(QueuePlace.HIDDEN, PublicStatus.WRITING),
    State.SUBMITTED: Standing(QueuePlace.DESK, PublicStatus.RECEIVED),
    State.NEEDS_REPLY: Standing(QueuePlace.CONTRIBUTOR, PublicStatus.QUESTION),
    State.INVITED: Standing(QueuePlace.CONTRIBUTOR, PublicStatus.SEND_STORY),
    State.ACCEPTED: Standing(QueuePlace.OPEN, PublicStatus.IN_EDITING),
    State.AUTHOR_CHECK: Standing(QueuePlace.CONTRIBUTOR, PublicStatus.PLEASE_APPROVE),
    State.APPROVED: Standing(QueuePlace.OPEN, PublicStatus.APPROVED),
    State.PUBLISHED: Standing(QueuePlace.CLOSED, PublicStatus.PUBLISHED),
    State.DECLINED: Standing(QueuePlace.CLOSED, PublicStatus.NOT_THIS_TIME),
    # A filter or a colleague can be wrong: neither word is put to the person's face, and reopening stays
    # possible. Who sent spam must not find out by a refused file or a missing question either.
    State.SPAM: Standing(QueuePlace.CLOSED, PublicStatus.RECEIVED, reads_as=State.SUBMITTED),
    State.DUPLICATE: Standing(QueuePlace.CLOSED, PublicStatus.NOT_THIS_TIME),
    State.WITHDRAWN: Standing(QueuePlace.CLOSED, PublicStatus.WITHDRAWN),
    State.ERASED: Standing(QueuePlace.HIDDEN, PublicStatus.WITHDRAWN),
}
PUBLIC_STATUS: Mapping[State, PublicStatus] = {state: row.status for state, row in STANDINGS.items()}


def reads_as(state: State) -> State:
    """Return the state its contributor takes it for."""
    return STANDINGS[state].reads_as or state


def _stand_in(*places: QueuePlace) -> frozenset[State]:
    return frozenset(state for state, row in STANDINGS.items() if row.queue in places)


HIDDEN = _stand_in(QueuePlace.HIDDEN)
"""What the desk never lists: a text its author has not sent, and the tombstone of an erased one."""
WAITS_FOR_DESK = _stand_in(QueuePlace.DESK)
WAITS_FOR_CONTRIBUTOR = _stand_in(QueuePlace.CONTRIBUTOR)
CLOSED = _stand_in(QueuePlace.CLOSED)
OPEN = frozenset(State) - HIDDEN - CLOSED
UNDER_WAY = frozenset(state for state in State if reads_as(state) in OPEN)
"""What its contributor takes to be on its way."""
IN_COVERAGE = frozenset({State.ACCEPTED, State.AUTHOR_CHECK, State.APPROVED, State.PUBLISHED})
UNDECIDED = OPEN - IN_COVERAGE
CAME_BACK_FROM = frozenset({State.NEEDS_REPLY, State.INVITED})
"""What waits for the desk and comes from here, its author has sent because the desk asked for it."""


class MessageRule(StrEnum):
    """The words that go with an act."""

    NONE = "none"
    MESSAGE = "message"
    """To the author, if wanted."""
    NEEDED_MESSAGE = "needed_message"
    """From the desk to the author, or the other way: without it the act is none."""
    REASON = "reason"
    """For the history, and needed from staff; the author does not read it."""


@dataclass(frozen=True)
class Transition:
    """One row of the table of acts: who, from where, to where, with which words and which mail.

    `target` None means: back to the state before (reopen). `stage` limits where the act fits.
    """

    sources: frozenset[State]
    target: State | None
    stage: Stage | None
    stage_after: Stage | None
    by_author: bool
    """Whether its contributor does it."""
    needs: Permission | None
    """What it asks of staff; None of an act that only contributors do."""
    is_delegable: bool
    """Whether a call can leave it to moderators."""
    has_window: bool
    """Whether it stays inside the desk for some minutes, to be undone; else it is told at once."""
    note: MessageRule
    notice: Notice | None


_MODERATE = Permission.SUBMISSION_MODERATE
_DECIDE = Permission.SUBMISSION_DECIDE


def _row(
    *sources: State,
    to: State | None,
    who: Permission | None = None,
    author: bool = False,
    delegable: bool = False,
    window: bool = False,
    stage: Stage | None = None,
    then: Stage | None = None,
    note: MessageRule = MessageRule.NONE,
    mail: Notice | None = None,
) -> Transition:
    return Transition(frozenset(sources), to, stage, then, author, who, delegable, window, note, mail)


# A text that was not sent is deleted, not withdrawn: nobody but its author has it.
_SENT_UNPUBLISHED = frozenset(State) - {State.WRITING, State.PUBLISHED, State.WITHDRAWN, State.ERASED}
_REOPENED = CLOSED - {State.PUBLISHED}

TRANSITIONS: Mapping[Act, Transition] = {
    Act.SAVE: _row(State.WRITING, to=State.WRITING, author=True),
    Act.SUBMIT: _row(State.WRITING, to=State.SUBMITTED, author=True, mail=Notice.RECEIVED),
    Act.ASK: _row(
        State.SUBMITTED,
        to=State.NEEDS_REPLY,
        who=_MODERATE,
        window=True,
        note=MessageRule.NEEDED_MESSAGE,
        mail=Notice.UPDATE,
    ),
    Act.REPLY: _row(State.NEEDS_REPLY, to=State.SUBMITTED, author=True, note=MessageRule.NEEDED_MESSAGE),
    Act.INVITE: _row(
        State.SUBMITTED,
        to=State.INVITED,
        who=_DECIDE,
        delegable=True,
        window=True,
        stage=Stage.PITCH,
        note=MessageRule.MESSAGE,
        mail=Notice.UPDATE,
    ),
    Act.SEND_STORY: _row(
        State.INVITED,
        to=State.SUBMITTED,
        author=True,
        stage=Stage.PITCH,
        then=Stage.STORY,
        mail=Notice.RECEIVED,
    ),
    Act.ACCEPT: _row(
        State.SUBMITTED,
        to=State.ACCEPTED,
        who=_DECIDE,
        window=True,
        stage=Stage.STORY,
        note=MessageRule.MESSAGE,
        mail=Notice.UPDATE,
    ),
    Act.SEND_FOR_APPROVAL: _row(
        State.ACCEPTED,
        to=State.AUTHOR_CHECK,
        who=_DECIDE,
        window=True,
        note=MessageRule.MESSAGE,
        mail=Notice.UPDATE,
    ),
    Act.APPROVE: _row(State.AUTHOR_CHECK, to=State.APPROVED, author=True),
    Act.OBJECT: _row(State.AUTHOR_CHECK, to=State.ACCEPTED, author=True, note=MessageRule.NEEDED_MESSAGE),
    Act.WAIVE_APPROVAL: _row(
        State.ACCEPTED,
        State.AUTHOR_CHECK,
        to=State.APPROVED,
        who=_DECIDE,
        window=True,
        note=MessageRule.REASON,
        mail=Notice.UPDATE,
    ),
    # An approved text stays as approved; editing again asks the author again.
    Act.REVISE: _row(State.AUTHOR_CHECK, State.APPROVED, to=State.ACCEPTED, who=_DECIDE),
    Act.PUBLISH: _row(State.APPROVED, to=State.PUBLISHED, who=_DECIDE, window=True, mail=Notice.UPDATE),
    Act.CORRECT: _row(
        State.PUBLISHED,
        to=State.ACCEPTED,
        who=_DECIDE,
        window=True,
        note=MessageRule.REASON,
        mail=Notice.UPDATE,
    ),
    # For spam alone the message may be missing (operations.desk.decisions.decline).
    Act.DECLINE: _row(
        State.SUBMITTED,
        State.NEEDS_REPLY,
        State.INVITED,
        to=State.DECLINED,
        who=_DECIDE,
        delegable=True,
        window=True,
        note=MessageRule.NEEDED_MESSAGE,
        mail=Notice.UPDATE,
    ),
    Act.MARK_SPAM: _row(State.SUBMITTED, to=State.SPAM, who=_MODERATE, window=True),
    Act.MARK_DUPLICATE: _row(State.SUBMITTED, to=State.DUPLICATE, who=_MODERATE, window=True),
    # What the desk withdraws or reopens another act takes back: there is no window.
    Act.WITHDRAW: _row(
        *_SENT_UNPUBLISHED, to=State.WITHDRAWN, who=_DECIDE, author=True, note=MessageRule.REASON
    ),
    # What is published cannot be unsaid here: the desk is asked to take it down where it stands.
    Act.ASK_TAKE_DOWN: _row(
        State.PUBLISHED, to=State.WITHDRAWN, who=_DECIDE, author=True, note=MessageRule.REASON
    ),
    Act.REOPEN: _row(*_REOPENED, to=None, who=_DECIDE, mail=Notice.UPDATE),
    Act.ERASE: _row(
        *(frozenset(State) - {State.ERASED}), to=State.ERASED, who=Permission.SUBMISSION_ERASE, author=True
    ),
}


@dataclass(frozen=True)
class Besides:
    """An act of the history that moves nothing: whether its contributor does it, and reads of it."""

    by_author: bool = False
    is_told: bool = False
    """Whether its contributor reads of it when it was somebody else's."""


BESIDES: Mapping[HistoryAct, Besides] = {
    HistoryAct.UNDO: Besides(by_author=True),
    HistoryAct.CLAIM: Besides(),
    HistoryAct.ASSIGN: Besides(),
    HistoryAct.SET_GIST: Besides(),
    HistoryAct.ASK_GIST: Besides(),
    HistoryAct.TAG: Besides(),
    HistoryAct.RECOMMEND: Besides(),
    HistoryAct.TAKE_BACK_ADVICE: Besides(),
    HistoryAct.TELL_APART: Besides(),
    HistoryAct.TAKE_BACK_APART: Besides(),
    HistoryAct.OPEN_IDENTITY: Besides(is_told=True),
    HistoryAct.CONFIRM_AVOIDED: Besides(),
    HistoryAct.PUSH: Besides(),
    HistoryAct.TAKE_DOWN: Besides(),
    HistoryAct.NEW_VERSION: Besides(by_author=True),
    HistoryAct.ANSWER_AFTER: Besides(by_author=True),
    HistoryAct.FIX_LANGUAGE: Besides(by_author=True, is_told=True),
    HistoryAct.ADD_PICTURE: Besides(by_author=True),
    HistoryAct.CHANGE_PICTURE: Besides(by_author=True),
    HistoryAct.REMOVE_PICTURE: Besides(by_author=True),
    HistoryAct.ADD_DOCUMENT: Besides(by_author=True),
    HistoryAct.REMOVE_DOCUMENT: Besides(by_author=True),
    HistoryAct.CONFIRM_WORDS: Besides(by_author=True),
    HistoryAct.ASK_CODE: Besides(),
    HistoryAct.REPLACE_CODE: Besides(by_author=True, is_told=True),
    HistoryAct.CALL_OFF_CODE: Besides(),
    HistoryAct.REFUSE_CODE: Besides(by_author=True),
    HistoryAct.OPEN_BY_DESK_CODE: Besides(is_told=True),
    HistoryAct.PROVE_AUTHOR: Besides(by_author=True),
    # Of the desk's messages those that have reached the author (queries.private.own_data).
    HistoryAct.MESSAGE: Besides(by_author=True),
    HistoryAct.RENEW_CONSENT: Besides(by_author=True),
    HistoryAct.SWITCH_MAIL: Besides(by_author=True),
}
TOLD_BESIDES = frozenset(act for act, row in BESIDES.items() if row.is_told)
CONTRIBUTOR_ACTS = frozenset(act for act, row in TRANSITIONS.items() if row.by_author)


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


def may_ever(act: Act, *, role: Role | None, is_author: bool, moderators_decide: bool = False) -> bool:
    """Say whether this person may do the act in some state; `role` None is a person without an account."""
    row = TRANSITIONS[act]
    if is_author and row.by_author:
        return True
    if role is None or row.needs is None:
        return False
    if moderators_decide and row.is_delegable and has_permission(role, _MODERATE):
        return True
    return has_permission(role, row.needs)


def may_now(
    act: Act,
    state: State,
    stage: Stage,
    *,
    role: Role | None,
    is_author: bool,
    moderators_decide: bool = False,
) -> bool:
    """Say whether this person may do the act in this state and stage."""
    return fits(state, stage, act) and may_ever(
        act, role=role, is_author=is_author, moderators_decide=moderators_decide
    )


def permission_for(act: Act) -> Permission:
    """Return the least that staff need for the act, in whatever call; ValueError for a contributor's."""
    row = TRANSITIONS[act]
    if row.needs is None:
        raise ValueError(act)
    return _MODERATE if row.is_delegable else row.needs
