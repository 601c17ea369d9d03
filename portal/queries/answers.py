"""The answers of a submission as they are now: what its newest revision says, which is always whole.

Nobody puts answers together from several revisions: what an author has emptied stands in older ones only, and
those are read where history is meant.
"""

from collections.abc import Mapping
from typing import Any

from portal.domain.questions import AnswersByRole, QuestionRole, asked_after, needs_own_answer
from portal.models import Revision, Submission
from portal.sealing.keys import KeyRing, answers_place


def current_answers(submission: Submission) -> Mapping[str, Any]:
    """Return the open answers by field key; empty for a text that was never sent."""
    return submission.latest.answers if submission.revisions else {}


def answers_by_role(submission: Submission) -> AnswersByRole:
    """Return the open answers, to be read by what their questions are for."""
    return AnswersByRole(submission.call.questions, current_answers(submission))


def current_text(submission: Submission, role: QuestionRole) -> str:
    """Return one answer in words; empty when there is none, or when it is a list of choices."""
    return answers_by_role(submission).text(role)


def open_current_answers(submission: Submission, keys: KeyRing) -> dict[str, Any]:
    """Return the sealed answers by field key; empty for a text that was never sent. Raises CannotOpen."""
    return open_sealed_answers(submission, submission.latest, keys) if submission.revisions else {}


def open_sealed_answers(submission: Submission, revision: Revision, keys: KeyRing) -> dict[str, Any]:
    """Return the sealed answers of one revision by field key. Raises CannotOpen."""
    return keys.open_map(revision.sealed, answers_place(submission.public_id, revision.number))


def count_unanswered(submission: Submission) -> int:
    """Return how many questions after the receipt still wait; none once their author has sent that form."""
    asked = asked_after(submission.call.questions, submission.stage)
    return len(asked) if asked and not submission.answered_after else 0


def awaits_own_answer(submission: Submission) -> bool:
    """Say whether the author alone can approve the text, since they have not said yet what might keep it."""
    rows, stage = submission.call.questions, submission.stage
    return needs_own_answer(rows, stage) and not submission.answered_after
