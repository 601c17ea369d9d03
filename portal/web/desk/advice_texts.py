"""Recommendations and tags in words: on a row of the queue, on the page of a text, in its history."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from portal.domain.recommendations import Advice, list_confirmations, takes_recommendations, waits_for_reader
from portal.domain.tags import MOST_IN_COVERAGE, MOST_ON_TEXT, NAME_LENGTH
from portal.models import Recommendation, Staff, Submission
from portal.operations.coverages.tags import BadName, CoverageFull
from portal.operations.desk.decisions import may_judge
from portal.operations.desk.recommendations import read_reason
from portal.operations.desk.tags import NoSuchTag, TextFull
from portal.queries.desk.queue_rows import AdviceOnRow
from portal.sealing.keys import CannotOpen, KeyRing
from portal.web.site.dates import write_moment
from portal.web.site.joined_words import join_words
from portal.web.site.labels import advice_label

_KINDS: Mapping[Advice, str] = {Advice.ACCEPT: "ok", Advice.ASK: "warn", Advice.DECLINE: "neutral"}


def mark_advice(given: Sequence[AdviceOnRow]) -> list[tuple[str, str]]:
    """Return what colleagues recommend as marks of a row: (words, kind); equal ones are counted.

    Who reads the text speaks for those who went by the gist and say the same.
    """
    counted = Counter((one.advice, one.is_outdated) for one in given)
    read = {(one.advice, one.is_outdated) for one in given if one.is_read}
    return [_mark(AdviceOnRow(*one, is_read=one in read), number) for one, number in counted.items()]


def _mark(one: AdviceOnRow, number: int) -> tuple[str, str]:
    words = advice_label(one.advice)
    if number > 1:
        words = _("%(advice)s × %(number)s", advice=words, number=number)
    if one.is_outdated:
        return _("recommended for an earlier version: %(advice)s", advice=words), "neutral"
    if not one.is_read:
        return _("recommended from the gist: %(advice)s", advice=words), "neutral"
    return _("recommended: %(advice)s", advice=words), _KINDS[one.advice]


def describe_recommendations(
    given: Sequence[Recommendation], submission: Submission, *, reader: Staff, keys: KeyRing
) -> list[dict[str, Any]]:
    """Return those that stand, oldest first, as the page shows them.

    One that was given from the gist says who of those who read the text recommends the same; while nobody
    does, a `reader` who reads it can confirm it.
    """
    standing = [one for one in given if one.ended_at is None]
    may_confirm = may_judge(reader, submission) and takes_recommendations(submission.state)
    return [
        {
            "public_id": one.public_id,
            "by": one.staff.name if one.staff else _("a former colleague"),
            "own": one.staff_id == reader.id,
            "advice": advice_label(one.advice),
            "kind": _KINDS[one.advice],
            "when": write_moment(one.given_at),
            "iso": one.given_at.isoformat(),
            "reason": _open_reason(one, keys),
            "limits": _list_limits(one, submission),
            "confirmed": _word_confirmation(one, standing) if not one.reads else "",
            "may_confirm": may_confirm and _is_of_newest(one, submission) and waits_for_reader(one, standing),
        }
        for one in standing
    ]


def _word_confirmation(given: Recommendation, standing: Sequence[Recommendation]) -> str:
    names = [
        one.staff.name if one.staff else str(_("a former colleague"))
        for one in list_confirmations(given, standing)
    ]
    if not names:
        return str(_("Waits for somebody who reads the language."))
    return str(_("Confirmed by somebody who reads the language: %(names)s.", names=join_words(names)))


def describe_advice_change(detail: Mapping[str, Any]) -> str:
    """Return what a line of the history says of a recommendation."""
    return advice_label(Advice(detail["advice"])) if detail.get("advice") in set(Advice) else ""


def describe_tag_change(detail: Mapping[str, Any]) -> str:
    """Return which tags a line of the history put on and took off."""
    put_on, taken_off = (join_words(list((detail.get(end) or {}).values())) for end in ("on", "off"))
    if put_on and taken_off:
        return str(_("added: %(on)s; removed: %(off)s", on=put_on, off=taken_off))
    if put_on:
        return str(_("added: %(tags)s", tags=put_on))
    return str(_("removed: %(tags)s", tags=taken_off)) if taken_off else ""


def word_tag_problem(problem: NoSuchTag | BadName | CoverageFull | TextFull) -> str:
    """Return why tags were not put on."""
    match problem:
        case NoSuchTag():
            return str(
                _(
                    "This coverage has no tag “%(name)s”. Choose one it has; an editor can add others.",
                    name=problem,
                )
            )
        case BadName():
            return str(
                _(
                    "“%(name)s” cannot be a tag: a name has letters or numbers, and at most %(number)s "
                    "characters.",
                    name=problem,
                    number=NAME_LENGTH,
                )
            )
        case CoverageFull():
            return str(
                _("This coverage already has %(number)s tags and cannot have more.", number=MOST_IN_COVERAGE)
            )
    return str(_("A text can have at most %(number)s tags. Remove some first.", number=MOST_ON_TEXT))


def _open_reason(given: Recommendation, keys: KeyRing) -> str:
    try:
        return read_reason(given, keys)
    except CannotOpen:
        return str(_("The reason cannot be opened: its key is missing. Tell whoever runs the portal."))


def _is_of_newest(given: Recommendation, submission: Submission) -> bool:
    return given.sent_number == submission.latest.number


def _list_limits(given: Recommendation, submission: Submission) -> list[str]:
    """Return what whoever decides should know besides the reason."""
    limits = (
        (not _is_of_newest(given, submission), _("given for an earlier version")),
        (not given.reads, _("from the gist: does not read the language")),
    )
    return [words for is_so, words in limits if is_so]
