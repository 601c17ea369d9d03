"""Codes the desk gives out for lost ones: asked for by one colleague, confirmed by another, never the author.

Where the author can be warned such a code waits, and the author can refuse it; where something sealed was
given its holder sees text and thread alone, until they have typed one of these answers.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.admission import PROOFS_OF_AUTHOR
from portal.domain.deadlines import round_to_hour
from portal.domain.desk_codes import WAIT, CodeState, list_proofs, proves_author
from portal.domain.errors import CodeNotYetValid, IllegalTransition, MissingText, NotPermitted
from portal.domain.mail_notices import Notice
from portal.domain.permissions import REASON_LENGTH, Permission
from portal.domain.questions import parse_question
from portal.domain.receipt_code import hash_code, make_code
from portal.domain.ways_in import WayIn, is_author
from portal.models import AccessLink, ContributorSession, DeskCode, Event, Staff, Submission
from portal.models.submission import BY_DESK_CODE
from portal.operations.locking import lock_submission
from portal.operations.private.access import WITHOUT_CODE, open_private_page
from portal.operations.private.messages import begin_visit
from portal.operations.rate_limits import name_bucket, require_room
from portal.operations.transitions import queue_notice, record_event
from portal.queries.answers import open_sealed_answers
from portal.queries.desk.desk_codes import find_under_way, is_under_way
from portal.queries.visibility import may_read
from portal.sealing.keys import CannotOpen, KeyRing

_AT_ONCE = timedelta(0)


def may_give_code(person: Staff, submission: Submission) -> bool:
    """Say whether the person may ask for a code of this submission, or confirm one."""
    moderates = person.may(Permission.SUBMISSION_MODERATE) and may_read(person, submission)
    return moderates and submission.state not in WITHOUT_CODE


def may_confirm(person: Staff, submission: Submission, code: DeskCode) -> bool:
    """Say whether the person is a second one who can say yes to this code."""
    is_second = code.asked_by_id is not None and code.asked_by_id != person.id
    return code.state is CodeState.ASKED and is_second and may_give_code(person, submission)


def ask_for_code(
    session: Session, submission: Submission, *, by: Staff, reason: str, at: datetime
) -> DeskCode:
    """Ask colleagues to give the author a new code; nothing is opened by that.

    Raises NotPermitted, MissingText, and IllegalTransition for what was never sent or is erased, and while
    another code is under way.
    """
    _require(by, submission, HistoryAct.ASK_CODE)
    if not reason.strip():
        raise MissingText(HistoryAct.ASK_CODE)
    lock_submission(session, submission)
    if submission.state in WITHOUT_CODE or find_under_way(session, submission.id, at=at) is not None:
        raise IllegalTransition(submission.state, HistoryAct.ASK_CODE)
    code = DeskCode(
        submission_id=submission.id,
        state=CodeState.ASKED,
        asked_by_id=by.id,
        asked_at=at,
        reason=reason.strip()[:REASON_LENGTH],
    )
    session.add(code)
    record_event(session, submission, HistoryAct.ASK_CODE, by=by, at=at, detail={"reason": code.reason})
    session.flush()
    return code


def confirm_code(
    session: Session,
    submission: Submission,
    code: DeskCode,
    *,
    by: Staff,
    keys: KeyRing,
    receipt_secret: bytes,
    at: datetime,
) -> str:
    """Return the new receipt code (20 digits, not stored): show it once, when the transaction is kept.

    Nothing changes for the code before it until the new one is used. The address on file hears of it at once.
    Raises NotPermitted for who asked and who may not, IllegalTransition for what is not waiting for a yes.
    """
    _require(by, submission, HistoryAct.REPLACE_CODE)
    if code.asked_by_id == by.id:
        raise NotPermitted(HistoryAct.REPLACE_CODE)
    _lock_code(session, submission, code)
    if not (may_confirm(by, submission, code) and is_under_way(code, at=at)):
        raise IllegalTransition(submission.state, HistoryAct.REPLACE_CODE)
    digits = make_code()
    code.state = CodeState.ISSUED
    code.confirmed_by_id, code.confirmed_at = by.id, at
    code.code_hash = hash_code(receipt_secret, digits)
    code.opens_at = at + find_code_delay(submission, keys)
    event = record_event(
        session,
        submission,
        HistoryAct.REPLACE_CODE,
        by=by,
        at=at,
        detail={"asked_by": code.asked_by.name if code.asked_by else ""},
    )
    session.flush()  # the notice goes by the event's number
    # Somebody else may have passed for the author.
    queue_notice(session, submission, Notice.DESK_CODE, event_id=event.id, at=at, run_at=at)
    session.flush()
    return digits


def find_code_delay(submission: Submission, keys: KeyRing) -> timedelta:
    """Return how long a new code opens nothing: where the author left an address, or nothing to prove by."""
    has_proof = _find_way_in(submission, keys) is WayIn.DESK_CODE
    return _AT_ONCE if has_proof and submission.address_hash is None else WAIT


def call_off_code(
    session: Session, submission: Submission, code: DeskCode, *, by: Staff, at: datetime
) -> None:
    """Have a code open nothing that was not confirmed or not used yet. Twice is once.

    Raises NotPermitted, IllegalTransition.
    """
    _require(by, submission, HistoryAct.CALL_OFF_CODE)
    _lock_code(session, submission, code)
    if code.state is CodeState.CALLED_OFF:
        return
    if not is_under_way(code, at=at):
        raise IllegalTransition(submission.state, HistoryAct.CALL_OFF_CODE)
    code.state = CodeState.CALLED_OFF
    record_event(session, submission, HistoryAct.CALL_OFF_CODE, by=by, at=at)


def refuse_code(session: Session, submission: Submission, code: DeskCode, *, at: datetime) -> None:
    """Have a code open nothing because its author says that it was somebody else. Twice is once.

    Raises IllegalTransition for a code that is in use already.
    """
    _lock_code(session, submission, code)
    if code.state in (CodeState.REFUSED, CodeState.CALLED_OFF, CodeState.REPLACED):
        return
    if code.state is not CodeState.ISSUED:
        raise IllegalTransition(submission.state, HistoryAct.REFUSE_CODE)
    code.state = CodeState.REFUSED
    record_event(session, submission, HistoryAct.REFUSE_CODE, by=None, at=at)


def open_by_desk_code(session: Session, code: DeskCode, *, at: datetime, keys: KeyRing) -> str | None:
    """Return the token of the page a code of the desk opens; None for one that is over.

    With its first use the code before it stops working, and the pages and links of before are closed.
    Raises CodeNotYetValid while it waits.
    """
    submission = session.get_one(Submission, code.submission_id)
    _lock_code(session, submission, code)
    if submission.state in WITHOUT_CODE:
        return None
    if code.state is CodeState.ISSUED and code.opens_at is not None:
        if at < code.opens_at:
            raise CodeNotYetValid(code.opens_at)
        _take_into_use(session, submission, code)
    if code.state is not CodeState.IN_USE:
        return None
    way_in = _find_way_in(submission, keys)
    event = Event(
        submission_id=submission.id,
        act=HistoryAct.OPEN_BY_DESK_CODE,
        from_state=submission.state,
        to_state=submission.state,
        detail={BY_DESK_CODE: True},
        at=round_to_hour(at),
    )
    session.add(event)
    session.flush()
    # To who has proved nothing no message is new, and none of them counts as read by the author.
    unread_from = begin_visit(session, submission, at=at) if is_author(way_in) else None
    return open_private_page(session, submission, at=at, keys=keys, way_in=way_in, unread_from=unread_from)


def prove_author(
    session: Session,
    page: ContributorSession,
    given: str,
    *,
    at: datetime,
    keys: KeyRing,
    receipt_secret: bytes,
) -> str | None:
    """Return the token of the page that goes on in place of this one; None when nothing was proved.

    Raises TooBusy after a few tries, whatever was typed.
    """
    submission = page.submission
    name = name_bucket(receipt_secret, "author", submission.public_id)
    require_room(session, name, at=at, rule=PROOFS_OF_AUTHOR)
    if not proves_author(given, _list_proofs(submission, keys) or ()):
        return None
    lock_submission(session, submission)
    gone = delete(ContributorSession).where(ContributorSession.id == page.id)
    if session.execute(gone.returning(ContributorSession.id)).scalar() is None:
        return None  # another code has closed the page meanwhile
    record_event(session, submission, HistoryAct.PROVE_AUTHOR, by=None, at=at)
    unread_from = begin_visit(session, submission, at=at)
    return open_private_page(
        session, submission, at=at, keys=keys, way_in=WayIn.PROVED, unread_from=unread_from
    )


def _take_into_use(session: Session, submission: Submission, code: DeskCode) -> None:
    """Have the code be the only one; `receipt_hash` stays, so that an old form still finds its submission."""
    earlier = select(DeskCode).where(
        DeskCode.submission_id == submission.id, DeskCode.state == CodeState.IN_USE
    )
    for one in session.scalars(earlier):
        one.state = CodeState.REPLACED
    code.state = CodeState.IN_USE
    submission.replacement_hash = code.code_hash
    for table in (ContributorSession, AccessLink):
        session.execute(delete(table).where(table.submission_id == submission.id))
    session.flush()


def _find_way_in(submission: Submission, keys: KeyRing) -> WayIn:
    """Return what a page opened by a code of the desk is worth; without the keys nothing is given away."""
    return WayIn.NOTHING_SEALED if _list_proofs(submission, keys) == [] else WayIn.DESK_CODE


def _list_proofs(submission: Submission, keys: KeyRing) -> list[str] | None:
    """Return what proves the author, folded, of the newest version that holds any; None without the keys.

    What was taken back since stands in what the author takes along: nobody reads it there who proves nothing.
    """
    questions = [parse_question(row) for row in submission.call.questions]
    versions = reversed(submission.revisions)
    try:
        listed = (list_proofs(open_sealed_answers(submission, one, keys), questions) for one in versions)
        return next(filter(None, listed), [])
    except CannotOpen:
        return None


def _require(person: Staff, submission: Submission, act: HistoryAct) -> None:
    if not (person.may(Permission.SUBMISSION_MODERATE) and may_read(person, submission)):
        raise NotPermitted(act)


def _lock_code(session: Session, submission: Submission, code: DeskCode) -> None:
    """Hold the submission and read the code again: of two at once, one sees what the other has done."""
    lock_submission(session, submission)
    session.refresh(code)
