"""Changing what was sent: another text, answers after the receipt, the language it is in."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.answers import (
    EnteredAnswers,
    SubmittedAnswers,
    may_answer_after,
    may_change,
    may_name_language,
)
from portal.domain.errors import IllegalTransition, NotPermitted, StaleEdit
from portal.domain.languages import is_language_tag
from portal.domain.permissions import Permission
from portal.models import ContributorSession, Draft, Staff, Submission
from portal.operations.contribute.submit import (
    FormSecrets,
    SubmitOutcome,
    find_repeat,
    keep_version,
    says_more,
    store_revision,
)
from portal.operations.contribute.unsent import delete_sent_versions
from portal.operations.locking import lock_submission
from portal.operations.transitions import record_event


def change(
    session: Session,
    submission: Submission,
    sending: SubmittedAnswers,
    secrets: FormSecrets,
    *,
    at: datetime,
    typed: EnteredAnswers | None = None,
    page: ContributorSession | None = None,
) -> SubmitOutcome:
    """Keep a changed text beside the one sent before; return what it was to that.

    `typed` and `page` as in `submit`. Raises IllegalTransition when the state the contributor sees takes no
    changes.
    """

    def keep(locked: Submission) -> SubmitOutcome:
        shown = locked.state_shown(at)
        if not may_change(shown):
            raise IllegalTransition(shown, HistoryAct.NEW_VERSION)
        if not says_more(locked, sending, secrets.keys):
            return SubmitOutcome.UNCHANGED
        keep_version(session, locked, sending, secrets, at=at, page=page)
        return SubmitOutcome.AS_VERSION

    return _keep_once(session, submission, sending, secrets, keep, typed=typed)


def answer_after(
    session: Session,
    submission: Submission,
    sending: SubmittedAnswers,
    secrets: FormSecrets,
    *,
    at: datetime,
    typed: EnteredAnswers | None = None,
    page: ContributorSession | None = None,
) -> SubmitOutcome:
    """Keep answers to the questions after the receipt, beside everything else that was sent.

    A form that is left empty is an answer, too: there is nothing to add. `typed` and `page` as in `submit`.
    Raises IllegalTransition when the state the contributor sees takes none.
    """

    def keep(locked: Submission) -> SubmitOutcome:
        shown = locked.state_shown(at)
        if not may_answer_after(shown):
            raise IllegalTransition(shown, HistoryAct.ANSWER_AFTER)
        outcome, detail = SubmitOutcome.UNCHANGED, dict[str, str | int](stage=sending.stage.value)
        if says_more(locked, sending, secrets.keys):
            before = locked.latest.number
            revision = store_revision(session, locked, sending, secrets, at=at, page=page)
            detail["revision"] = revision.number
            _carry_on_draft(session, locked, before)
            outcome = SubmitOutcome.AS_VERSION
        if outcome is SubmitOutcome.AS_VERSION or not locked.answered_after:
            record_event(session, locked, HistoryAct.ANSWER_AFTER, by=None, at=at, detail=detail)
            session.expire(locked, ["answered_after"])
        return outcome

    return _keep_once(session, submission, sending, secrets, keep, typed=typed)


def _keep_once(
    session: Session,
    submission: Submission,
    sending: SubmittedAnswers,
    secrets: FormSecrets,
    keep: Callable[[Submission], SubmitOutcome],
    *,
    typed: EnteredAnswers | None,
) -> SubmitOutcome:
    """Keep what this form has not sent before, and delete the unsent versions that hold nothing else."""
    locked = lock_submission(session, submission)
    outcome = find_repeat(session, locked, secrets.form_key, sending) or keep(locked)
    if outcome is not SubmitOutcome.OVERTAKEN:
        delete_sent_versions(locked, typed, keys=secrets.keys)
    session.flush()
    return outcome


def _carry_on_draft(session: Session, submission: Submission, before: int) -> None:
    """Let the draft go on from the newest revision: its text is that of the one before.

    Past the version counter: who edits the draft has it open as it still is.
    """
    its = update(Draft).where(Draft.submission_id == submission.id, Draft.source_revision == before)
    session.execute(its.values(source_revision=submission.latest.number))


def fix_language(
    session: Session,
    submission: Submission,
    lang: str,
    *,
    by: Staff | None,
    at: datetime,
    seen: int | None = None,
) -> None:
    """Correct the language a text is in; what was stated with each sending stays as it was stated.

    `by` None is the author. Raises ValueError for what is no tag of ours, NotPermitted, StaleEdit when the
    submission is not in the version `seen`, IllegalTransition when it is the author's to change no more.
    """
    if not is_language_tag(lang):
        raise ValueError(lang)
    if by is not None and not by.may(Permission.SUBMISSION_MODERATE):
        raise NotPermitted(HistoryAct.FIX_LANGUAGE)
    locked = lock_submission(session, submission)
    if seen is not None and seen != locked.version:
        raise StaleEdit(HistoryAct.FIX_LANGUAGE)
    shown = locked.state_shown(at)
    if by is None and not may_name_language(shown):
        raise IllegalTransition(shown, HistoryAct.FIX_LANGUAGE)
    if lang == locked.lang:
        return
    record_event(
        session, locked, HistoryAct.FIX_LANGUAGE, by=by, at=at, detail={"from": locked.lang, "to": lang}
    )
    locked.lang = lang
    for draft in session.scalars(select(Draft).where(Draft.submission_id == locked.id)):
        draft.lang = lang
    session.flush()
