"""The words for states, acts, kinds and roles: each in one place, in the reader's language."""

from collections.abc import Mapping
from datetime import date

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _pl
from flask_babel.speaklater import LazyString

from portal.domain.acts import Act, HistoryAct
from portal.domain.consent import BylineMode, ExportRefusal
from portal.domain.embargo import embargo_ends
from portal.domain.permissions import ReadingLevel, Role
from portal.domain.recommendations import Advice
from portal.domain.sides import Side, read_side
from portal.domain.states import PublicStatus, Stage, State
from portal.queries.desk.queue_statements import MOST_COUNTED
from portal.web.site.dates import write_deadline

STATE_LABELS: Mapping[State, LazyString] = {
    State.WRITING: _l("Being written"),
    State.SUBMITTED: _l("Submitted"),
    State.NEEDS_REPLY: _l("Waiting for a reply"),
    State.INVITED: _l("Invited to send the story"),
    State.ACCEPTED: _l("Accepted"),
    State.AUTHOR_CHECK: _l("With the author for approval"),
    State.APPROVED: _l("Approved"),
    State.PUBLISHED: _l("Published"),
    State.DECLINED: _l("Declined"),
    State.SPAM: _l("Spam"),
    State.DUPLICATE: _l("Duplicate"),
    State.WITHDRAWN: _l("Withdrawn"),
    State.ERASED: _l("Erased"),
}
_STATUSES: Mapping[PublicStatus, LazyString] = {
    PublicStatus.WRITING: _l("Not sent yet"),
    PublicStatus.RECEIVED: _l("Received"),
    PublicStatus.QUESTION: _l("Question for you"),
    PublicStatus.SEND_STORY: _l("Please send the full story"),
    PublicStatus.IN_EDITING: _l("Accepted, in editing"),
    PublicStatus.PLEASE_APPROVE: _l("Please approve"),
    PublicStatus.APPROVED: _l("Approved, waiting for publication"),
    PublicStatus.PUBLISHED: _l("Published, thank you"),
    PublicStatus.NOT_THIS_TIME: _l("Not this time"),
    PublicStatus.WITHDRAWN: _l("Withdrawn by you"),
}
ACT_LABELS: Mapping[Act, LazyString] = {
    Act.SAVE: _l("Save"),
    Act.SUBMIT: _l("Submit"),
    Act.ASK: _l("Ask the author"),
    Act.REPLY: _l("Reply"),
    Act.INVITE: _l("Invite the full story"),
    Act.SEND_STORY: _l("Send the full story"),
    Act.ACCEPT: _l("Accept into the coverage"),
    Act.SEND_FOR_APPROVAL: _l("Send for approval"),
    Act.APPROVE: _l("Approve"),
    Act.OBJECT: _l("Object"),
    Act.WAIVE_APPROVAL: _l("Go on without the author’s answer"),
    Act.REVISE: _l("Edit again"),
    Act.PUBLISH: _l("Mark as published"),
    Act.CORRECT: _l("Correct after publication"),
    Act.DECLINE: _l("Decline"),
    Act.MARK_SPAM: _l("Mark as spam"),
    Act.MARK_DUPLICATE: _l("Mark as duplicate"),
    Act.WITHDRAW: _l("Withdraw"),
    Act.ASK_TAKE_DOWN: _l("Withdraw and have it taken down"),
    Act.REOPEN: _l("Reopen"),
    Act.ERASE: _l("Erase"),
}
_SHORT_ACT_LABELS: Mapping[Act, LazyString] = {
    Act.ACCEPT: _pl("Act on a narrow button", "Accept"),
    Act.INVITE: _pl("Act on a narrow button", "Invite"),
    Act.ASK: _pl("Act on a narrow button", "Ask"),
}
DONE_LABELS: Mapping[HistoryAct, LazyString] = {
    HistoryAct.SAVE: _l("Save"),
    HistoryAct.SUBMIT: _l("Sent in"),
    HistoryAct.ASK: _l("Question asked"),
    HistoryAct.REPLY: _l("Replied"),
    HistoryAct.INVITE: _l("Invited to send the story"),
    HistoryAct.SEND_STORY: _l("Full story sent in"),
    HistoryAct.ACCEPT: _l("Accepted"),
    HistoryAct.SEND_FOR_APPROVAL: _l("Sent for approval"),
    HistoryAct.APPROVE: _l("Approved by the author"),
    HistoryAct.OBJECT: _l("Objection by the author"),
    HistoryAct.WAIVE_APPROVAL: _l("Went on without the author’s answer"),
    HistoryAct.REVISE: _l("Opened for editing again"),
    HistoryAct.PUBLISH: _l("Marked as published"),
    HistoryAct.CORRECT: _l("Opened for a correction"),
    HistoryAct.DECLINE: _l("Declined"),
    HistoryAct.MARK_SPAM: _l("Marked as spam"),
    HistoryAct.MARK_DUPLICATE: _l("Marked as duplicate"),
    HistoryAct.WITHDRAW: _l("Withdrawn"),
    HistoryAct.ASK_TAKE_DOWN: _l("Take-down requested"),
    HistoryAct.PUSH: _l("Sent to a newsroom’s site"),
    HistoryAct.ADD_ADDRESS: _l("Published at one more address"),
    HistoryAct.DROP_ADDRESS: _l("No longer published at this address"),
    HistoryAct.TAKE_DOWN: _l("Result of a take-down recorded"),
    HistoryAct.REOPEN: _l("Reopened"),
    HistoryAct.ERASE: _l("Erased"),
    HistoryAct.UNDO: _l("Decision undone"),
    HistoryAct.CLAIM: _l("Taken over"),
    HistoryAct.ASSIGN: _l("Responsibility changed"),
    HistoryAct.SET_GIST: _l("Gist changed"),
    HistoryAct.ASK_GIST: _l("Asked for a gist"),
    HistoryAct.TAG: _l("Tags changed"),
    HistoryAct.RECOMMEND: _l("Recommendation given"),
    HistoryAct.TAKE_BACK_ADVICE: _l("Recommendation withdrawn"),
    HistoryAct.TELL_APART: _l("Marked as a different story from another text"),
    HistoryAct.TAKE_BACK_APART: _l("No longer marked as a different story from another text"),
    HistoryAct.OPEN_IDENTITY: _l("Contact opened"),
    HistoryAct.CONFIRM_AVOIDED: _l(
        "Confirmed: words the author does not want printed mean something else here"
    ),
    HistoryAct.NEW_VERSION: _l("New version from the author"),
    HistoryAct.ANSWER_AFTER: _l("Questions after the receipt answered"),
    HistoryAct.FIX_LANGUAGE: _l("Language corrected"),
    HistoryAct.ADD_PICTURE: _l("Photo added"),
    HistoryAct.CHANGE_PICTURE: _l("Photo changed"),
    HistoryAct.REMOVE_PICTURE: _l("Photo removed"),
    HistoryAct.ADD_DOCUMENT: _l("Document added"),
    HistoryAct.REMOVE_DOCUMENT: _l("Document removed"),
    HistoryAct.CONFIRM_WORDS: _l("Text taken from a file confirmed by the author"),
    HistoryAct.ASK_CODE: _l("New code requested"),
    HistoryAct.REPLACE_CODE: _l("New code issued"),
    HistoryAct.CALL_OFF_CODE: _l("Request for a new code cancelled"),
    HistoryAct.REFUSE_CODE: _l("New code refused by the author: it was someone else"),
    HistoryAct.OPEN_BY_DESK_CODE: _l("Private page opened with the code from the desk"),
    HistoryAct.PROVE_AUTHOR: _l("Proved to be the author by a sealed answer"),
    HistoryAct.MESSAGE: _l("Message written"),
    HistoryAct.RENEW_CONSENT: _l("New terms agreed to"),
    HistoryAct.SWITCH_MAIL: _l("Notification e-mails switched on or off"),
}
ADVICE_LABELS: Mapping[Advice, LazyString] = {
    Advice.ACCEPT: _l("accept"),
    Advice.ASK: _l("ask first"),
    Advice.DECLINE: _l("decline"),
}
_STAGES: Mapping[Stage, LazyString] = {Stage.PITCH: _l("Pitch"), Stage.STORY: _l("Story")}
_ROLES: Mapping[Role, LazyString] = {
    Role.MODERATOR: _l("Moderator"),
    Role.EDITOR: _l("Editor"),
    Role.ADMIN: _l("Admin"),
}
_ROLE_SENTENCES: Mapping[Role, LazyString] = {
    Role.MODERATOR: _l("Moderator: reads, asks, notes, sorts out spam"),
    Role.EDITOR: _l("Editor: also decides, edits and exports"),
    Role.ADMIN: _l("Admin: also invites staff; sees every coverage"),
}
_READINGS: Mapping[ReadingLevel, LazyString] = {
    ReadingLevel.NATIVE: _l("Native"),
    ReadingLevel.READS: _l("Reads well"),
    ReadingLevel.GIST: _l("Gets the gist only"),
}
_BYLINES: Mapping[str, LazyString] = {
    BylineMode.REAL: _l("Real name"),
    BylineMode.PEN: _l("Pen name"),
    BylineMode.NONE: _l("No name"),
    BylineMode.LATER: _l("Not decided yet"),
}
_SIDES: Mapping[str, LazyString] = {
    "": _l("No mark"),
    Side.TAIWAN: _l("Taiwan"),
    Side.UKRAINE: _l("Ukraine"),
    Side.ELSEWHERE: _l("Elsewhere"),
}
_REFUSALS: Mapping[ExportRefusal, LazyString] = {
    ExportRefusal.NOT_APPROVED: _l("The author has not approved the edited text yet."),
    ExportRefusal.NO_PUBLICATION: _l("The author answered: for the editors only."),
    ExportRefusal.NO_LICENCE: _l("There is no consent to the licence of this coverage."),
    ExportRefusal.BYLINE_UNDECIDED: _l("The author has not decided which name to print."),
    ExportRefusal.CHANGED_AFTER_APPROVAL: _l("The text was changed after the author approved it."),
    ExportRefusal.WITHDRAWN: _l("The author has withdrawn it."),
    ExportRefusal.CONSENT_OUTDATED: _l(
        "The terms of the licence have changed since the author agreed. The private page asks "
        "for a new consent."
    ),
    ExportRefusal.EMBARGO: _l("The author wants it published later."),
    ExportRefusal.HOLDS_AVOIDED: _l("The text holds words the author asked us not to print."),
    ExportRefusal.MAY_HOLD_AVOIDED: _l(
        "The text may contain words the author asked us not to print, in another form. An editor has to "
        "check."
    ),
    ExportRefusal.CANNOT_OPEN: _l(
        "What the author wrote, or said about the photos, cannot be opened: a key is missing, "
        "or it is damaged. Tell whoever runs the portal."
    ),
}


def count_label(number: int) -> str:
    """Return a count as it stands beside a view: exact as far as anybody counts, then `999+`."""
    return f"{MOST_COUNTED - 1}+" if number >= MOST_COUNTED else str(number)


def state_label(state: State) -> str:
    """Return a state in the words of the desk."""
    return str(STATE_LABELS[state])


def public_status_label(status: PublicStatus) -> str:
    """Return a status in the words a contributor reads."""
    return str(_STATUSES[status])


def act_label(act: Act) -> str:
    """Return an act as a button names it."""
    return str(ACT_LABELS[act])


def short_act_label(act: Act) -> str:
    """Return an act as a narrow button names it, a part of its whole name; empty where that is short."""
    return str(_SHORT_ACT_LABELS.get(act, ""))


def done_label(act: HistoryAct) -> str:
    """Return an act as something that has happened."""
    return str(DONE_LABELS[act])


def advice_label(advice: Advice) -> str:
    """Return what is recommended, as it stands after a colon."""
    return str(ADVICE_LABELS[advice])


def stage_label(stage: Stage) -> str:
    """Return pitch or story."""
    return str(_STAGES[stage])


def role_label(role: Role) -> str:
    """Return a role's name."""
    return str(_ROLES[role])


def role_sentence(role: Role) -> str:
    """Return the name of a role and what it may do, for those who give it."""
    return str(_ROLE_SENTENCES[role])


def reading_label(reading: ReadingLevel) -> str:
    """Return how well somebody reads a language."""
    return str(_READINGS[reading])


def byline_label(mode: str) -> str:
    """Return which name is to be printed."""
    return str(_BYLINES.get(mode, _BYLINES[BylineMode.LATER]))


def side_label(side: str) -> str:
    """Return the word that stands beside the mark of a side."""
    return str(_SIDES[read_side(side) or ""])


def no_place_label() -> str:
    """Return what is said of a text whose author has named no side."""
    return str(_("No place given"))


def refusal_sentence(reason: str, day: date | None = None) -> str:
    """Return why a draft must not be exported; `day` is the first day the author allows, if there is one."""
    if reason == ExportRefusal.EMBARGO and day is not None:
        return embargo_sentence(day)
    return str(_REFUSALS[ExportRefusal(reason)])


def embargo_sentence(day: date) -> str:
    """Return the day the author waits for, and the hour at which it has begun everywhere."""
    return str(
        _(
            "The author does not want it published before %(date)s. It can be exported from "
            "%(moment)s: by then that day has begun everywhere.",
            date=format_date(day, "long"),
            moment=write_deadline(embargo_ends(day)),
        )
    )
