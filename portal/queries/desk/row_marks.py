"""Marks on a row of the queue: its gist, its tags, what colleagues recommend, told with the row itself."""

from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, String, bindparam, case, cast, func, select

from portal.domain.photos import AttachmentKind
from portal.domain.recommendations import Advice
from portal.models import Attachment, GistVersion, Recommendation, Revision, Submission, SubmissionTag, Tag
from portal.queries.desk.constants import constant


class AdviceOnRow(NamedTuple):
    """What a colleague recommends now."""

    advice: Advice
    is_outdated: bool
    """Its author has sent a newer version since."""


def find_gist_to_read() -> ScalarSelect[int]:
    """Return the number of a submission's gist in the language `desk_lang`, else of the newest in any."""
    is_own = GistVersion.lang == bindparam("desk_lang", type_=String)
    return (
        select(GistVersion.id)
        .where(GistVersion.submission_id == Submission.id, GistVersion.is_current, GistVersion.body != "")
        .order_by(case((is_own, constant(0)), else_=constant(1)), GistVersion.id.desc())
        .limit(constant(1))
        .correlate(Submission)
        .scalar_subquery()
    )


def count_photos() -> ScalarSelect[int]:
    """Return, as a column beside Submission, how many photos came with it."""
    own = Attachment.submission_id == Submission.id, Attachment.kind == constant(AttachmentKind.PHOTO)
    return select(func.count(Attachment.id)).where(*own).correlate(Submission).scalar_subquery()


def name_tags() -> Any:
    """Return, as a column beside Submission, the names of its tags, a line each."""
    names = select(func.aggregate_strings(Tag.name, "\n"))
    on_it = SubmissionTag.submission_id == Submission.id
    named = names.select_from(SubmissionTag).join(Tag, Tag.id == SubmissionTag.tag_id).where(on_it)
    return named.correlate(Submission).scalar_subquery()


def read_tag_names(told: str | None) -> tuple[str, ...]:
    """Return the names that `name_tags` tells, in their order."""
    return tuple(sorted((told or "").splitlines(), key=str.casefold))


def tell_advice() -> Any:
    """Return, as a column beside Submission, what colleagues recommend now: a word each."""
    newest = select(func.max(Revision.number)).where(Revision.submission_id == Submission.id)
    mark = case((Recommendation.sent_number < newest.correlate(Submission).scalar_subquery(), "-"), else_="+")
    word = cast(Recommendation.advice, String) + mark
    told = select(func.aggregate_strings(word, " ")).where(
        Recommendation.submission_id == Submission.id, Recommendation.ended_at.is_(None)
    )
    return told.correlate(Submission).scalar_subquery()


def read_advice(told: str | None) -> tuple[AdviceOnRow, ...]:
    """Return what `tell_advice` tells, in the order of Advice."""
    found = [AdviceOnRow(Advice(word[:-1]), word[-1] == "-") for word in (told or "").split()]
    order = list(Advice)
    return tuple(sorted(found, key=lambda one: (order.index(one.advice), one.is_outdated)))
