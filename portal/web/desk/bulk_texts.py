"""Acts on many texts in words: what is about to be done, what is left out and why, what can be taken back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from portal.domain.bulk_acts import BulkAct, BulkRefusal
from portal.domain.languages import language_name, written_name
from portal.domain.permissions import Permission
from portal.extensions import current_portal, db
from portal.forms.bulk import BulkUndoForm, ChosenForm
from portal.models import Staff, Submission
from portal.operations.desk.bulk import name_mail
from portal.queries.desk.bulk import sum_batches
from portal.queries.desk.queue import QueueFilter
from portal.queries.desk.queue_rows import QueueRow
from portal.web.site.claims import describe_claim
from portal.web.site.dates import write_moment
from portal.web.site.desk_addresses import submission_address, write_place
from portal.web.site.labels import done_label, stage_label, state_label
from portal.web.site.mail_preview import update_line

NEWEST_BATCH: Final = "bulk"
"""The name of the newest act on many texts in the session of whoever did it, by which its undo is found."""
_WHY: Mapping[BulkRefusal, LazyString] = {
    BulkRefusal.CHANGED: _l("It has changed since you opened the list."),
    BulkRefusal.CLAIMED: _l("A colleague is reading it."),
    BulkRefusal.RIGHTS: _l("In its call only editors decide."),
    BulkRefusal.LANGUAGE: _l("You do not read its language well enough to decline it."),
    BulkRefusal.REASON: _l("Its coverage has no such reason."),
    BulkRefusal.STRANGER: _l("The colleague does not work on its coverage."),
    BulkRefusal.COVERAGE: _l("Its coverage has no such tag."),
    BulkRefusal.FULL: _l("It has as many tags as a text can have."),
    BulkRefusal.LATE: _l("It is too late to undo this."),
    BulkRefusal.UNDONE: _l("This has been undone already."),
    BulkRefusal.WITHDRAWN: _l("Its author has withdrawn it since."),
    BulkRefusal.RETAGGED: _l("Its tags have changed since."),
    BulkRefusal.REASSIGNED: _l("Who is responsible for it has changed since."),
    BulkRefusal.ADVISED: _l("The recommendation has changed since."),
    BulkRefusal.ACCOUNT: _l("The account of whoever was responsible for it before is closed."),
}


_LABELS: Mapping[BulkAct, LazyString] = {
    BulkAct.TAG: _l("Tag"),
    BulkAct.ASSIGN: _l("Assign"),
    BulkAct.RECOMMEND: _l("Recommend"),
    BulkAct.MARK_SPAM: _l("Spam"),
    BulkAct.DECLINE: _l("Decline"),
}


def list_bulk_acts(actor: Staff, rows: Sequence[QueueRow]) -> list[tuple[str, str]]:
    """Return the acts that can be done with many of these rows: (value, label)."""
    declines = actor.may(Permission.SUBMISSION_DECIDE) or any(row.moderators_decide for row in rows)
    return [
        (act.value, str(label)) for act, label in _LABELS.items() if act is not BulkAct.DECLINE or declines
    ]


def make_bulk_form(rows: Sequence[QueueRow], wanted: QueueFilter) -> ChosenForm:
    """Return the form that ticks of the list belong to; it knows the rows for those who take all of them."""
    page = " ".join(f"{row.public_id}.{row.version}" for row in rows)
    return ChosenForm(formdata=None, data={"page": page, "queue": write_place(wanted)})


def bulk_title(act: BulkAct, number: int) -> str:
    """Return what is about to be done with so many texts: heading and button."""
    match act:
        case BulkAct.TAG:
            words = ngettext("Tag %(num)s text", "Tag %(num)s texts", number)
        case BulkAct.ASSIGN:
            words = ngettext(
                "Set who is responsible for %(num)s text", "Set who is responsible for %(num)s texts", number
            )
        case BulkAct.RECOMMEND:
            words = ngettext("Recommend about %(num)s text", "Recommend about %(num)s texts", number)
        case BulkAct.MARK_SPAM:
            words = ngettext("Mark %(num)s text as spam", "Mark %(num)s texts as spam", number)
        case BulkAct.DECLINE:
            words = ngettext("Decline %(num)s text", "Decline %(num)s texts", number)
    return str(words)


def describe_chosen(submission: Submission, wanted: QueueFilter, *, tag: str, ticked: bool) -> dict[str, Any]:
    """Return a text as a line that can be ticked."""
    return {
        "value": f"{submission.public_id}.{submission.version}",
        "id": submission.public_id,
        "href": submission_address(submission.public_id, wanted),
        "title": submission.heading,
        "lang": submission.lang,
        "meta": (language_name(submission.lang, tag), stage_label(submission.stage)),
        "ticked": ticked,
    }


def word_left_out(submission: Submission, reason: BulkRefusal, *, actor: Staff, at: datetime) -> str:
    """Return why a text stays as it is."""
    if reason is BulkRefusal.STATE:
        return str(_("It is now: %(state)s.", state=state_label(submission.state)))
    if reason is BulkRefusal.CLAIMED:
        return describe_claim(submission, actor=actor, at=at) or str(_WHY[reason])
    return str(_WHY[reason])


def label_mails(submissions: Sequence[Submission], *, tag: str) -> dict[str, str]:
    """Return the labels of the words a decline needs, by mail: one for each language authors read."""
    groups: dict[str, list[Submission]] = {}
    for submission in submissions:
        groups.setdefault(name_mail(submission), []).append(submission)
    return {
        mail: str(
            ngettext(
                "Your message in %(language)s, to %(num)s author",
                "Your message in %(language)s, to %(num)s authors",
                len(those),
                language=written_name(those[0].locale, tag),
            )
        )
        for mail, those in groups.items()
    }


def list_mail_lines(submissions: Sequence[Submission], *, tag: str) -> list[str]:
    """Return which mail goes to whom of those who get the same words, and who gets none."""
    window = current_portal().settings.undo_window
    lines = []
    for wants in (True, False):
        those = [one for one in submissions if one.wants_mail is wants]
        if those:
            authors = ngettext("%(num)s author", "%(num)s authors", len(those))
            line = update_line(those[0], window=window, tag=tag)
            lines.append(str(_("%(authors)s: %(line)s", authors=authors, line=line)))
    return lines


def list_batches(
    actor: Staff, batches: Collection[str], wanted: QueueFilter, at: datetime
) -> list[dict[str, Any]]:
    """Return what a page needs to take acts on many texts back, newest first; what is over is left out."""
    if not batches:
        return []
    window = current_portal().settings.undo_window
    found = sum_batches(db.session(), actor, batches, since=at - window)
    newest_first = sorted(found.items(), key=lambda one: one[1].at, reverse=True)
    return [
        {
            "form": BulkUndoForm(formdata=None, data={"batch": batch, "queue": write_place(wanted)}),
            "action": url_for("desk.undo_bulk"),
            "text": ngettext(
                "%(act)s: %(num)s text. It can be undone until %(time)s.",
                "%(act)s: %(num)s texts. All can be undone until %(time)s.",
                one.texts,
                act=done_label(one.act),
                time=write_moment(one.at + window),
            ),
        }
        for batch, one in newest_first
    ]
