"""Acts of people on a submission: those that move it, and what is done besides, as its history tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


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
    ADD_ADDRESS = "add_address"
    """A published story is read on one more site."""
    DROP_ADDRESS = "drop_address"
    """A site says that a published story is on its pages no more."""
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


@dataclass(frozen=True)
class SideAct:
    """An act of the history that moves nothing: whether its contributor does it, and reads of it."""

    by_author: bool = False
    is_told: bool = False
    """Whether its contributor reads of it when it was somebody else's."""


BESIDES: Mapping[HistoryAct, SideAct] = {
    HistoryAct.UNDO: SideAct(by_author=True),
    HistoryAct.CLAIM: SideAct(),
    HistoryAct.ASSIGN: SideAct(),
    HistoryAct.SET_GIST: SideAct(),
    HistoryAct.ASK_GIST: SideAct(),
    HistoryAct.TAG: SideAct(),
    HistoryAct.RECOMMEND: SideAct(),
    HistoryAct.TAKE_BACK_ADVICE: SideAct(),
    HistoryAct.TELL_APART: SideAct(),
    HistoryAct.TAKE_BACK_APART: SideAct(),
    HistoryAct.OPEN_IDENTITY: SideAct(is_told=True),
    HistoryAct.CONFIRM_AVOIDED: SideAct(),
    HistoryAct.PUSH: SideAct(),
    HistoryAct.ADD_ADDRESS: SideAct(),
    HistoryAct.DROP_ADDRESS: SideAct(),
    HistoryAct.TAKE_DOWN: SideAct(),
    HistoryAct.NEW_VERSION: SideAct(by_author=True),
    HistoryAct.ANSWER_AFTER: SideAct(by_author=True),
    HistoryAct.FIX_LANGUAGE: SideAct(by_author=True, is_told=True),
    HistoryAct.ADD_PICTURE: SideAct(by_author=True),
    HistoryAct.CHANGE_PICTURE: SideAct(by_author=True),
    HistoryAct.REMOVE_PICTURE: SideAct(by_author=True),
    HistoryAct.ADD_DOCUMENT: SideAct(by_author=True),
    HistoryAct.REMOVE_DOCUMENT: SideAct(by_author=True),
    HistoryAct.CONFIRM_WORDS: SideAct(by_author=True),
    HistoryAct.ASK_CODE: SideAct(),
    HistoryAct.REPLACE_CODE: SideAct(by_author=True, is_told=True),
    HistoryAct.CALL_OFF_CODE: SideAct(),
    HistoryAct.REFUSE_CODE: SideAct(by_author=True),
    HistoryAct.OPEN_BY_DESK_CODE: SideAct(is_told=True),
    HistoryAct.PROVE_AUTHOR: SideAct(by_author=True),
    # Of the desk's messages those that have reached the author (queries.private.own_data).
    HistoryAct.MESSAGE: SideAct(by_author=True),
    HistoryAct.RENEW_CONSENT: SideAct(by_author=True),
    HistoryAct.SWITCH_MAIL: SideAct(by_author=True),
}
TOLD_BESIDES = frozenset(act for act, row in BESIDES.items() if row.is_told)
