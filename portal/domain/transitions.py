"""The table of acts: who may do each, from which state to which one, with which words and which mail.

Buttons, rights, mails, undo windows and the table of README follow from its rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.acts import Act
from portal.domain.errors import IllegalTransition
from portal.domain.mail_notices import Notice
from portal.domain.permissions import Permission, Role, has_permission
from portal.domain.states import CLOSED, Stage, State


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
