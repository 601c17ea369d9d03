"""Acts of an author on the private page: a reply, a verdict on the edited text, a withdrawal.

Each act arrives as often as an unsure line sends it: the second time changes nothing and fails nobody.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from portal.domain.acts import Act, HistoryAct
from portal.domain.author_checks import AnsweredChange, store_answers
from portal.domain.deadlines import round_to_hour
from portal.domain.editing import Verdict
from portal.domain.errors import IllegalTransition, MissingText, StaleEdit
from portal.domain.states import State
from portal.domain.take_downs import Recall
from portal.domain.transitions import fits
from portal.models import AuthorCheck, Draft, Message, Submission
from portal.operations.locking import lock_submission
from portal.operations.recalls import close_as_moot, open_take_downs
from portal.operations.transitions import change_state, last_decision, revert_decision
from portal.queries.drafts import is_standing

ENDING = (HistoryAct.WITHDRAW, HistoryAct.ASK_TAKE_DOWN)
"""What ends a text for its contributor; after publication as a request."""
_NO_WINDOW = timedelta(0)


def reply(session: Session, submission: Submission, *, body: str, at: datetime) -> Message:
    """Answer the desk's question. Raises MissingText, and IllegalTransition when no answer is awaited."""
    _require_text(body, Act.REPLY)
    lock_submission(session, submission)
    last = session.scalar(
        select(Message).where(Message.submission_id == submission.id).order_by(Message.id.desc()).limit(1)
    )
    if last is not None and not last.from_desk and last.act is HistoryAct.REPLY and last.body == body:
        return last
    _require_shown(submission, Act.REPLY, at)
    change_state(session, submission, Act.REPLY, by=None, at=at)
    return add_message(session, submission, HistoryAct.REPLY, body=body, at=at)


def approve(session: Session, submission: Submission, *, revision: int, at: datetime) -> AuthorCheck:
    """Agree that the edited text is published as it stands.

    `revision` is the text the author read. Raises StaleEdit when it is not the newest one sent for approval,
    IllegalTransition when no answer is awaited.
    """
    lock_submission(session, submission)
    draft = _load_draft(session, submission, Act.APPROVE)
    check = draft.checks[-1]
    if check.revision != revision:
        raise StaleEdit(Act.APPROVE)
    if check.verdict is Verdict.APPROVED and submission.state is State.APPROVED:
        return check
    _require_shown(submission, Act.APPROVE, at)
    change_state(session, submission, Act.APPROVE, by=None, at=at, detail={"revision": revision})
    check.verdict = Verdict.APPROVED
    check.answered_at = round_to_hour(at)
    draft.approved_revision = revision
    session.flush()
    return check


def object_to(
    session: Session,
    submission: Submission,
    *,
    revision: int,
    body: str,
    at: datetime,
    answers: Sequence[AnsweredChange] = (),
    letter: str = "",
) -> AuthorCheck:
    """Say what must change before the text is published.

    `body` is about the whole text, `answers` are those to its changes; `letter` tells all of it in the
    thread, `body` alone where it is not given. Raises MissingText, and what `approve` raises.
    """
    _require_text(letter or body, Act.OBJECT)
    lock_submission(session, submission)
    draft = _load_draft(session, submission, Act.OBJECT)
    check = draft.checks[-1]
    if check.revision != revision:
        raise StaleEdit(Act.OBJECT)
    answered = store_answers(answers, compared=submission.latest.number)
    if check.verdict is Verdict.OBJECTED and (check.objections, check.answers) == (body, answered):
        return check
    _require_shown(submission, Act.OBJECT, at)
    change_state(session, submission, Act.OBJECT, by=None, at=at, detail={"revision": revision})
    check.verdict = Verdict.OBJECTED
    check.objections = body
    check.answers = answered
    check.answered_at = round_to_hour(at)
    add_message(session, submission, HistoryAct.OBJECT, body=letter or body, at=at)
    return check


def withdraw(
    session: Session, submission: Submission, *, at: datetime, window: timedelta = _NO_WINDOW
) -> None:
    """Take the text back; what has left already the desk is asked to take down.

    Within `window` `undo_withdrawal` puts everything back. Raises IllegalTransition when the state the
    contributor sees does not allow it.
    """
    lock_submission(session, submission)
    if submission.state is State.WITHDRAWN:
        return
    shown = submission.state_shown(at)
    if not any(fits(shown, submission.stage, Act(act)) for act in ENDING):
        raise IllegalTransition(shown, Act.WITHDRAW)
    # What was published a minute ago the contributor still reads as approved.
    act = Act.ASK_TAKE_DOWN if submission.state is State.PUBLISHED else Act.WITHDRAW
    change_state(session, submission, act, by=None, at=at)
    submission.undo_until = at + window if window else None
    open_take_downs(session, submission, Recall.WITHDRAWN, at=at)


def may_undo_withdrawal(submission: Submission, *, at: datetime) -> bool:
    """Say whether the contributor can still take the withdrawal back."""
    return (
        submission.state is State.WITHDRAWN
        and submission.undo_until is not None
        and at < submission.undo_until
    )


def undo_withdrawal(session: Session, submission: Submission, *, at: datetime) -> None:
    """Put everything back to before the withdrawal: state, dates, what waits to be told, and no task.

    Twice is once. Raises IllegalTransition when the time is over, or the desk has acted since.
    """
    lock_submission(session, submission)
    last = last_decision(session, submission)
    if last is not None and last.act == HistoryAct.UNDO and last.by_author:
        return
    if last is None or last.act not in ENDING or not may_undo_withdrawal(submission, at=at):
        raise IllegalTransition(submission.state, HistoryAct.UNDO)
    revert_decision(session, submission, last, by=None, at=at)
    submission.undo_until = None
    close_as_moot(session, submission, Recall.WITHDRAWN, at=at)


def _require_shown(submission: Submission, act: Act, at: datetime) -> None:
    """Refuse what does not fit the state the contributor sees; `change_state` looks at the real one."""
    shown = submission.state_shown(at)
    if not fits(shown, submission.stage, act):
        raise IllegalTransition(shown, act)


def _require_text(body: str, act: Act) -> None:
    if not body.strip():
        raise MissingText(act)


def _load_draft(session: Session, submission: Submission, act: Act) -> Draft:
    """Read the draft and its checks again: the page that was answered may have read them before."""
    draft = session.scalar(
        select(Draft)
        .where(Draft.submission_id == submission.id, is_standing())
        .options(selectinload(Draft.checks))
        .execution_options(populate_existing=True)
    )
    if draft is None or not draft.checks:
        raise IllegalTransition(submission.state, act)
    return draft


def add_message(
    session: Session,
    submission: Submission,
    act: HistoryAct,
    *,
    body: str,
    at: datetime,
    by_desk_code: bool = False,
) -> Message:
    """Add the contributor's words to the thread, or those of whoever came with a code of the desk."""
    hour = round_to_hour(at)
    message = Message(
        submission_id=submission.id,
        from_desk=False,
        act=act,
        body=body,
        lang=submission.lang,
        sent_at=hour,
        visible_at=hour,
        by_desk_code=by_desk_code,
    )
    session.add(message)
    session.flush()
    # Past the version counter: what brought the message has counted it already.
    own = Submission.id == submission.id
    session.execute(update(Submission).where(own).values(unread_letter_id=message.id))
    return message
