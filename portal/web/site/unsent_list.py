"""Unsent versions of a text, as pages list them."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import format_date
from flask_babel import gettext as _

from portal.domain.answers import may_answer_after, may_change
from portal.domain.deadlines import is_call_open, kept_until
from portal.domain.questions import AnswersByRole, AskedWhen, QuestionRole
from portal.domain.states import Stage, State
from portal.extensions import now
from portal.models import Submission, UnsentVersion
from portal.operations.contribute.summary import choose_heading
from portal.queries.retention import erased_on
from portal.sealing.keys import CannotOpen
from portal.web.site.dates import write_deadline
from portal.web.site.locale import find_locale
from portal.web.site.text_length import write_length


@dataclass(frozen=True)
class ListedVersion:
    """One unsent version: how it begins, when it was saved, and where it leads to."""

    public_id: str
    words: str
    """How it begins; empty when nothing of what begins a text is written yet, or no key opens it."""
    lang: str
    length: str
    """How much is written: two of one moment begin alike. Empty like `words`."""
    saved: str
    go_url: str
    """Where it goes on; empty when nothing can be sent any more."""
    is_over: bool
    """Whether it can be read there and no longer be sent: its call has closed."""
    file_url: str
    delete_url: str


@dataclass(frozen=True)
class Unsent:
    """All unsent versions of a submission, the one saved last first, and the day they are kept until."""

    versions: Sequence[ListedVersion]
    until: str
    """Empty while the author is invited to write: then they are kept as long as the invitation stands."""


def describe_unsent(submission: Submission, rows: Sequence[UnsentVersion], *, shown: State) -> Unsent | None:
    """Return what contribute/_unsent.html shows as `unsent`; None when everything was sent.

    `rows` as list_unsent_versions gives them, `shown` the state the contributor sees.
    """
    if not rows:
        return None
    return Unsent(
        versions=[describe_version(submission, row, shown=shown) for row in rows],
        until="" if shown is State.INVITED else write_end(submission, rows, shown=shown),
    )


def write_end(submission: Submission, rows: Sequence[UnsentVersion], *, shown: State) -> str:
    """Return until which day unsent versions are kept at least: `rows`, one or more, are all there are."""
    last = kept_until(max(row.saved_at for row in rows), submission.call.unfinished_kept_days)
    ends = erased_on(submission, shown=shown) if shown is State.WRITING else None
    return str(format_date(ends or last, "long"))


def describe_version(submission: Submission, row: UnsentVersion, *, shown: State) -> ListedVersion:
    """Return one unsent version as a list shows it."""
    is_after = row.when is AskedWhen.AFTER
    return ListedVersion(
        public_id=row.public_id,
        words=_("A few more questions") if is_after else _begin(submission, row),
        lang=find_locale().tag if is_after else row.lang,
        length="" if is_after else _measure(submission, row),
        saved=write_deadline(row.saved_at),
        go_url=_find_way_on(submission, row, shown),
        is_over=shown is State.WRITING and not _is_taken(submission, row),
        file_url=url_for("contribute_save.download_version", public_id=row.public_id),
        delete_url=url_for("contribute_save.delete_version", public_id=row.public_id),
    )


def _is_taken(submission: Submission, row: UnsentVersion) -> bool:
    """Say whether the call still takes what was begun when it was saved last."""
    call = submission.call
    return is_call_open(opens=call.opens_at, closes=call.closes_at, at=now(), begun=row.saved_at)


def _begin(submission: Submission, row: UnsentVersion) -> str:
    try:
        return choose_heading(submission.call.questions, row.answers)
    except CannotOpen:
        return ""


def _measure(submission: Submission, row: UnsentVersion) -> str:
    try:
        given = AnswersByRole(submission.call.questions, row.answers)
    except CannotOpen:
        return ""
    text = given.text(QuestionRole.BODY) or given.text(QuestionRole.GIST)
    return write_length(text) if text else ""


def _find_way_on(submission: Submission, row: UnsentVersion, shown: State) -> str:
    if row.when is AskedWhen.AFTER:
        is_open = may_answer_after(shown) and row.stage is submission.latest.stage
        return url_for("contribute_after.edit", version=row.public_id) if is_open else ""
    if shown is State.WRITING:
        return url_for("contribute_save.resume", version=row.public_id)
    if shown is State.INVITED and row.stage is Stage.STORY:
        return url_for("contribute.full_story", version=row.public_id)
    if may_change(shown) and row.stage is submission.latest.stage:
        return url_for("contribute_change.edit", version=row.public_id)
    return ""
