"""Summary of a sending for the desk's lists and mail: heading, length, sides, risk."""

from collections.abc import Mapping, Sequence
from typing import Any

from portal.domain.consent import RiskAnswer
from portal.domain.questions import AnswersByRole, QuestionRole, read_address
from portal.domain.receipt_code import hash_address
from portal.domain.sides import read_rooted, write_sides
from portal.models import Submission
from portal.sealing.keys import KeyRing, risk_place
from portal.story.count import count_units
from portal.story.heading import make_heading as heading_of
from portal.story.heading import shorten_heading


def set_summary(
    submission: Submission,
    answers: Mapping[str, Any],
    sealed: Mapping[str, Any],
    *,
    keys: KeyRing,
    receipt_secret: bytes,
) -> None:
    """Set the columns that lists and mail work with; `sealed` are the sealed answers, opened."""
    questions = submission.call.questions
    given = AnswersByRole(questions, answers)
    story = given.texts(QuestionRole.BODY)
    counted = count_units("\n".join(story or given.texts(QuestionRole.GIST, QuestionRole.GIST_MORE)))
    submission.heading = choose_heading(questions, answers)
    submission.words, submission.characters = counted.words, counted.characters
    submission.sides = write_sides(read_rooted(given.chosen(QuestionRole.SIDE)))
    # Only a plain "no" is no risk; "not sure" is for people to look at.
    at_risk = given.text(QuestionRole.RISK) not in ("", RiskAnswer.NO)
    submission.sealed_risk = keys.seal_map({"at_risk": at_risk}, risk_place(submission.public_id))
    address = read_address(questions, sealed)
    hashed = hash_address(receipt_secret, address) if address else None
    if (
        hashed != submission.address_hash
    ):  # the same address once more switches nothing on that was switched off
        submission.wants_mail = bool(address)
    submission.address_hash = hashed


def choose_heading(questions: Sequence[Mapping[str, Any]], answers: Mapping[str, Any]) -> str:
    """Return the title, else the first sentence of the story or of the pitch; at most 120 characters."""
    given = AnswersByRole(questions, answers)
    if title := given.text(QuestionRole.TITLE).strip():
        return shorten_heading(title.splitlines()[0].strip())
    return heading_of(given.text(QuestionRole.BODY) or given.text(QuestionRole.GIST))
