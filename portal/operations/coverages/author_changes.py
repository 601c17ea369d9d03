"""Changes an author makes to name or permission after acceptance: they hold for the edited text too."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.consent import SIGNED, BylineMode, PublishWish, printed_byline
from portal.domain.embargo import find_embargo, is_embargoed, puts_off
from portal.domain.questions import AnswersByRole, QuestionRole
from portal.domain.take_downs import Recall
from portal.models import Draft, Submission
from portal.operations.coverages.draft_fields import BYLINE_LENGTH, add_save, fields_of
from portal.operations.recalls import end_name_recall, lift_recall, open_take_downs


def read_choices(questions: Sequence[Mapping[str, Any]], answers: Mapping[str, Any]) -> dict[str, str]:
    """Return what the author says about name and person, as the fields of a draft hold it."""
    given = AnswersByRole(questions, answers)
    mode = given.text(QuestionRole.BYLINE) or BylineMode.LATER
    name = given.words(QuestionRole.BYLINE)[:BYLINE_LENGTH]
    return {
        "byline_mode": mode,
        "byline": name if mode in SIGNED else "",
        "bio": given.text(QuestionRole.BIO),
    }


def take_over_choices(
    session: Session,
    submission: Submission,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    at: datetime,
) -> None:
    """Follow a changed permission or day, and bring a changed name, or words about the person, into the text.

    Only what the author changed: what an editor wrote down stays. The text needs a new approval then, and
    copies outside are outdated.
    """
    questions = submission.call.questions
    _follow_permission(session, submission, before, after, at=at)
    _follow_embargo(session, submission, before, after, at=at)
    then, now = read_choices(questions, before), read_choices(questions, after)
    named = ("byline_mode", "byline")
    changed = {key: now[key] for key in named} if any(then[key] != now[key] for key in named) else {}
    if then["bio"] != now["bio"]:
        changed["bio"] = now["bio"]
    draft = session.scalar(select(Draft).where(Draft.submission_id == submission.id)) if changed else None
    if draft is not None and _takes_name_back(draft, changed):
        open_take_downs(session, submission, Recall.NAME, at=at)
    if draft is not None and "byline_mode" in changed:
        name = printed_byline(changed["byline_mode"], changed["byline"])
        end_name_recall(session, submission, draft, name, at=at)
    if draft is None or all(getattr(draft, name) == value for name, value in changed.items()):
        return
    for name, value in changed.items():
        setattr(draft, name, value)
    draft.revision += 1
    draft.edited_at = at
    add_save(draft, fields_of(draft), by=None, at=at, by_author=True)


def _follow_permission(
    session: Session,
    submission: Submission,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    at: datetime,
) -> None:
    """Call back what has left when its author forbids to publish it, until that is allowed again."""
    given = (AnswersByRole(submission.call.questions, one) for one in (before, after))
    did_forbid, forbids = (one.text(QuestionRole.PUBLISHING) == PublishWish.NO for one in given)
    if forbids and not did_forbid:
        open_take_downs(session, submission, Recall.CONSENT, at=at)
    elif did_forbid and not forbids:
        lift_recall(session, submission, Recall.CONSENT, at=at)


def _follow_embargo(
    session: Session,
    submission: Submission,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    at: datetime,
) -> None:
    """Hold back what has left, until a day its author names now; who knows an earlier one hears of it."""
    questions = submission.call.questions
    then, day = (find_embargo(AnswersByRole(questions, one)) for one in (before, after))
    if puts_off(then, day, at=at):
        lift_recall(session, submission, Recall.EMBARGO, at=at)
        open_take_downs(session, submission, Recall.EMBARGO, at=at)
    elif then != day and not is_embargoed(day, at=at):
        lift_recall(session, submission, Recall.EMBARGO, at=at)


def _takes_name_back(draft: Draft, changed: Mapping[str, str]) -> bool:
    """Say whether a name that was printed is to be printed no more."""
    printed = printed_byline(draft.byline_mode, draft.byline)
    if not printed or "byline_mode" not in changed:
        return False
    return printed_byline(changed["byline_mode"], changed["byline"]) != printed
