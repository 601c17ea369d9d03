"""Which of the consents of a call a contributor has to give anew."""

from collections.abc import Mapping, Sequence
from typing import Any

from portal.domain.questions import ConsentRole, ConsentText, list_with_role, parse_consent
from portal.models import Consent, Coverage, Submission
from portal.queries.answers import current_answers


def outdated_consents(submission: Submission) -> tuple[ConsentText, ...]:
    """Return the consents that are not given in their current words, in the order of the call.

    Asked for are those of the forms that were sent, but for what an answer excuses (required_unless). One is
    outdated when the text agreed to has a lower version, or names another licence than the coverage's. The
    state is not looked at: who asks decides whether it still matters.
    """
    return _find_outdated(submission, submission.call.consents, current_answers(submission))


def is_licence_current(submission: Submission, answers: Mapping[str, Any]) -> bool:
    """Say whether the consent to the licence is none of those; `answers` are the current ones."""
    return not _find_outdated(
        submission, list_with_role(submission.call.consents, ConsentRole.LICENCE), answers
    )


def _find_outdated(
    submission: Submission, asked: Sequence[Mapping[str, Any]], answers: Mapping[str, Any]
) -> tuple[ConsentText, ...]:
    sent = {revision.stage for revision in submission.revisions}
    return tuple(
        consent
        for consent in map(parse_consent, asked)
        if consent.forms & sent
        and not any(answers.get(key) == value for key, value in consent.required_unless.items())
        and not _is_given(submission, consent)
    )


def _is_given(submission: Submission, asked: ConsentText) -> bool:
    given = [one for one in submission.consents if one.key == asked.key]
    return any(
        one.text_version >= asked.version and _names_licence(one, asked, submission.call.coverage)
        for one in given
    )


def _names_licence(given: Consent, asked: ConsentText, coverage: Coverage) -> bool:
    """Say whether the agreed text names the licence; other consents name none."""
    if asked.role is not ConsentRole.LICENCE:
        return True
    return coverage.licence_uri in given.text or coverage.licence in given.text
