"""Editorial work on a draft, from the first save to the published address."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.acts import Act, HistoryAct
from portal.domain.consent import SIGNED, STOPS_PUBLISHING, BylineMode
from portal.domain.editing import CHANGE_REASON, EDITABLE, EditAct, Verdict, is_published_address
from portal.domain.errors import (
    AnswersAwaited,
    DomainError,
    ExportRefused,
    IllegalTransition,
    MissingText,
    NotPermitted,
    StaleEdit,
)
from portal.domain.mail_notices import Notice
from portal.domain.permissions import Permission
from portal.domain.states import IN_COVERAGE, State
from portal.models import AuthorCheck, Draft, DraftRevision, Event, Publication, Staff
from portal.operations.coverages.draft_fields import add_save, fields_of, keep_order
from portal.operations.coverages.slugs import settle_slug
from portal.operations.locking import lock_draft
from portal.operations.transitions import (
    add_desk_message,
    change_state,
    may_undo,
    queue_notice,
    record_event,
    record_seen,
    standing_decision,
    undo_decision,
)
from portal.queries.answers import answers_by_role, awaits_own_answer
from portal.queries.coverages.export import digest_mentions, find_avoided, read_source

LAST_HOUR = time(23, tzinfo=UTC)
_NEEDED = ("title", "body")
_NO_WINDOW = timedelta(0)


class BadAddress(DomainError):
    """A published story is named by a full https address."""


def save_draft(
    session: Session, draft: Draft, values: Mapping[str, Any], *, by: Staff, at: datetime, seen: int
) -> DraftRevision | None:
    """Keep an editor's changes as a new revision, or return None when nothing changed.

    CHANGE_REASON says why, to the author. Alone it explains the newest save, where an editor made that.

    `values` maps names of `EDITABLE` to texts (topics: slugs); missing names stay as they are. `byline_mode`
    is the author's alone: it is taken only while it is undecided, when an editor writes down what the author
    said. `seen` is Draft.version. Raises NotPermitted, IllegalTransition (only an accepted story is edited),
    StaleEdit, MissingText (no title or no text), SlugTaken.
    """
    if not by.may(Permission.DRAFT_EDIT):
        raise NotPermitted(EditAct.SAVE_DRAFT)
    lock_draft(session, draft)
    if draft.submission.state is not State.ACCEPTED:
        raise IllegalTransition(draft.submission.state, EditAct.SAVE_DRAFT)
    if seen != draft.version:
        raise StaleEdit(EditAct.SAVE_DRAFT)
    before = fields_of(draft)
    after = {**before, **_allowed_changes(draft, values)}
    after["slug"] = settle_slug(session, draft, after["title"], after["slug"])
    if any(not after[name].strip() for name in _NEEDED):
        raise MissingText(EditAct.SAVE_DRAFT)
    reason = values.get(CHANGE_REASON, "")
    if after == before:
        return _explain_newest(draft, reason) if reason else None
    for name, value in after.items():
        setattr(draft, name, value)
    draft.revision += 1
    draft.edited_at = at
    revision = add_save(draft, after, by=by, at=at, reason=reason)
    session.flush()
    return revision


def _explain_newest(draft: Draft, reason: str) -> DraftRevision | None:
    """Add a reason to the newest save; None where that is no editor's."""
    newest = draft.revisions[-1]
    if newest.by_author or newest.sent_number is not None:
        return None
    newest.reason = "\n".join(filter(None, (newest.reason, reason)))
    return newest


def _allowed_changes(draft: Draft, values: Mapping[str, Any]) -> dict[str, Any]:
    changes = keep_order(draft, {name: values[name] for name in EDITABLE if name in values})
    mode = draft.byline_mode
    if mode == BylineMode.LATER and values.get("byline_mode") in set(BylineMode):
        mode = changes["byline_mode"] = BylineMode(values["byline_mode"]).value
    if mode not in SIGNED:
        # Whoever chose no name gets none, whatever was typed.
        changes["byline"] = ""
    return changes


def send_for_approval(
    session: Session,
    draft: Draft,
    *,
    by: Staff,
    at: datetime,
    seen: int,
    revision: int | None = None,
    answer_by: date | None = None,
    message: str = "",
    window: timedelta = _NO_WINDOW,
) -> AuthorCheck:
    """Show the edited text to its author and ask for a yes.

    `seen` is Submission.version, `revision` the text the editor looked at, `answer_by` the day the answer is
    wanted. Raises what `change_state` raises, and StaleEdit when a colleague saved another text meanwhile.
    """
    lock_draft(session, draft)
    _check_revision(draft, revision)
    submission = draft.submission
    event = change_state(
        session,
        submission,
        Act.SEND_FOR_APPROVAL,
        by=by,
        at=at,
        seen=seen,
        window=window,
        due=datetime.combine(answer_by, LAST_HOUR) if answer_by else None,
        detail={"revision": draft.revision},
    )
    _drop_open_checks(draft)
    draft.approved_revision = None
    check = AuthorCheck(revision=draft.revision, answer_by=answer_by, sent_at=at)
    draft.checks.append(check)
    add_desk_message(session, submission, event, by=by, body=message, window=window)
    session.flush()
    return check


def waive_approval(
    session: Session,
    draft: Draft,
    *,
    by: Staff,
    at: datetime,
    seen: int,
    reason: str,
    revision: int | None = None,
    window: timedelta = _NO_WINDOW,
) -> AuthorCheck:
    """Go on without the author's answer; `reason` says what allows it and is kept.

    Raises MissingText, and AnswersAwaited while the author has not said what might keep the text.
    """
    if not reason.strip():
        raise MissingText(Act.WAIVE_APPROVAL)
    lock_draft(session, draft)
    if awaits_own_answer(draft.submission):
        raise AnswersAwaited
    _check_revision(draft, revision)
    change_state(
        session,
        draft.submission,
        Act.WAIVE_APPROVAL,
        by=by,
        at=at,
        seen=seen,
        window=window,
        detail={"reason": reason, "revision": draft.revision},
    )
    check = next((one for one in draft.checks if one.verdict is None), None)
    if check is None:
        check = AuthorCheck(revision=draft.revision, sent_at=at)
        draft.checks.append(check)
    check.verdict, check.reason, check.answered_at = Verdict.WAIVED, reason, at
    draft.approved_revision = draft.revision
    session.flush()
    return check


def revise(session: Session, draft: Draft, *, by: Staff, at: datetime, seen: int) -> Event:
    """Take a text that is with its author, or approved, back to editing; it needs a new approval then.

    A request that has not reached the author yet is taken back, so that no mail goes out for nothing.
    """
    submission = draft.submission
    last = standing_decision(session, submission)
    if last and last.from_state is State.ACCEPTED and may_undo(submission, last, by=by, at=at):
        return undo_decision(session, submission, by=by, at=at, seen=seen)
    event = change_state(session, submission, Act.REVISE, by=by, at=at, seen=seen)
    _drop_open_checks(draft)
    draft.approved_revision = None
    session.flush()
    return event


def publish(
    session: Session,
    draft: Draft,
    addresses: Mapping[str, str],
    *,
    by: Staff,
    at: datetime,
    seen: int,
    window: timedelta = _NO_WINDOW,
) -> Sequence[Publication]:
    """Record where the story was published: language tag to https address, at least one.

    An address in a language that had one takes its place; the earlier one is kept, as something may still
    stand there. Raises MissingText without an address, BadAddress, and
    ExportRefused when its author wants it published later, or not with these words, or not at all.
    """
    given = {lang: url.strip() for lang, url in addresses.items() if url.strip()}
    if not given:
        raise MissingText(Act.PUBLISH)
    for url in given.values():
        if not is_published_address(url):
            raise BadAddress(url)
    _require_publishable(session, draft, at=at)
    change_state(session, draft.submission, Act.PUBLISH, by=by, at=at, seen=seen, window=window)
    known = {(one.lang, one.url) for one in draft.addresses}
    for lang, url in given.items():
        if (lang, url) not in known:
            draft.publications.append(Publication(lang=lang, url=url, recorded_at=at, visible_at=at + window))
    session.flush()
    return draft.addresses


def add_address(
    session: Session, draft: Draft, lang: str, url: str, *, by: Staff | None, at: datetime
) -> None:
    """Record one more place where a published story is read; its author hears of it. Known ones are none.

    `by` None is the portal, which has seen it there.

    What is still to be undone takes it along: it is told of no earlier than the rest. Raises ExportRefused
    as `publish` does.
    """
    if any(one.url == url for one in draft.publications):
        return
    _require_publishable(session, draft, at=at)
    submission = draft.submission
    told = max(submission.announce_at or at, at)
    draft.publications.append(Publication(lang=lang, url=url, recorded_at=at, visible_at=told))
    event = record_seen(
        session, submission, HistoryAct.ADD_ADDRESS, by=by, at=at, detail={"lang": lang, "url": url}
    )
    if told == at:  # else the mail about the rest is still to go
        queue_notice(session, submission, Notice.UPDATE, at=at, run_at=at, event_id=event.id)
        session.flush()


def _require_publishable(session: Session, draft: Draft, *, at: datetime) -> None:
    """Raise ExportRefused when its author wants it published later, not with these words, or not at all."""
    source = read_source(session, draft, draft.submission.call.coverage, at=at)
    for refusal in source.refusals:
        if refusal in STOPS_PUBLISHING:
            raise ExportRefused(refusal, day=source.embargo)


def confirm_avoided(
    session: Session, draft: Draft, *, by: Staff, at: datetime, seen: int, reason: str, revision: int
) -> Event:
    """Write down that terms the author does not want printed are meant otherwise in this very text.

    Raises NotPermitted, StaleEdit when the text or the submission moved on, MissingText without a reason,
    IllegalTransition when the text holds no such term or is not in the coverage.
    """
    submission = draft.submission
    if not by.may(Permission.DRAFT_EDIT):
        raise NotPermitted(HistoryAct.CONFIRM_AVOIDED)
    if seen != submission.version:
        raise StaleEdit(HistoryAct.CONFIRM_AVOIDED)
    _check_revision(draft, revision)
    avoided = find_avoided(draft, draft.person, answers_by_role(draft.submission))
    if submission.state not in IN_COVERAGE or not avoided:
        raise IllegalTransition(submission.state, HistoryAct.CONFIRM_AVOIDED)
    if not reason.strip():
        raise MissingText(HistoryAct.CONFIRM_AVOIDED)
    detail = {"reason": reason, "revision": draft.revision, "terms": digest_mentions(avoided)}
    event = record_event(session, submission, HistoryAct.CONFIRM_AVOIDED, by=by, at=at, detail=detail)
    session.flush()
    return event


def correct(
    session: Session,
    draft: Draft,
    *,
    by: Staff,
    at: datetime,
    seen: int,
    reason: str,
    window: timedelta = _NO_WINDOW,
) -> Event:
    """Open a published story again; `reason` says what is wrong. The corrected text needs a new approval.

    Raises MissingText without a reason.
    """
    if not reason.strip():
        raise MissingText(Act.CORRECT)
    event = change_state(
        session,
        draft.submission,
        Act.CORRECT,
        by=by,
        at=at,
        seen=seen,
        window=window,
        detail={"reason": reason, "approved_revision": draft.approved_revision},
    )
    draft.approved_revision = None
    session.flush()
    return event


def _check_revision(draft: Draft, revision: int | None) -> None:
    if revision is not None and revision != draft.revision:
        raise StaleEdit("revision")


def _drop_open_checks(draft: Draft) -> None:
    """Leave only answered checks: one nobody can answer any more would read as a question still open."""
    draft.checks[:] = [check for check in draft.checks if check.verdict is not None]
