"""The private page as its rooms show it: found for this browser, rendered, and left without a trace."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import abort, g, render_template
from flask_babel import format_date
from flask_babel import gettext as _

from portal.domain.acts import Act
from portal.domain.answers import may_answer_after, may_change, may_name_language, takes_messages
from portal.domain.deadlines import round_to_hour
from portal.domain.documents import takes_documents
from portal.domain.languages import language_name
from portal.domain.photos import AttachmentKind, takes_pictures
from portal.domain.questions import Audience, asked_after
from portal.domain.states import State
from portal.domain.transitions import CONTRIBUTOR_ACTS, fits
from portal.domain.unsent_words import UnsentPlace
from portal.extensions import current_portal, db, now
from portal.forms.desk_codes import ProofForm, RefuseCodeForm
from portal.forms.private import ANSWER_LIMIT, LeaveForm, MailForm, MessageForm, PageForm, UndoForm
from portal.models import Message, Revision, Submission
from portal.models.editorial import name_site
from portal.operations.private.author_acts import may_undo_withdrawal
from portal.operations.private.consents import find_address
from portal.queries.answers import count_unanswered, current_answers
from portal.queries.contribute.unsent import list_unsent_versions
from portal.queries.desk.desk_codes import find_newest, list_entries
from portal.queries.private.page import PrivatePage, list_openings, load_private_page
from portal.web.private.next_step import list_asked, next_step, status_kind
from portal.web.private.same_browser import describe_beside
from portal.web.private.unsent import find_typed, take_sent_copy
from portal.web.site import contributor_session
from portal.web.site.answer_texts import word_answers
from portal.web.site.contributor_session import is_author_here
from portal.web.site.dates import write_deadline, write_time
from portal.web.site.desk_code_texts import describe_waiting_code, word_entries, word_writer
from portal.web.site.file_texts import label_files
from portal.web.site.labels import public_status_label, stage_label
from portal.web.site.locale import find_locale
from portal.web.site.localized import choose_text
from portal.web.site.take_down_texts import describe_for_author
from portal.web.site.unsent_list import describe_unsent


def find_private_page() -> PrivatePage | None:
    """Return the page this browser has open, or None."""
    submission_id = g.get("submission_id")
    return load_private_page(db.session(), submission_id, at=now()) if submission_id is not None else None


def load_page() -> PrivatePage:
    """Return the page this browser has open; only for views that ask for a right of it."""
    return find_private_page() or abort(401)


def asks_question(page: PrivatePage) -> bool:
    """Say whether the author sees a question that waits for an answer: nobody else can give one."""
    return is_author_here() and fits(page.shown, page.submission.stage, Act.REPLY)


def read_message_form(page: PrivatePage, **more: Any) -> MessageForm:
    """Return the box to write in as it stands on this page, with what was sent in it."""
    takes_photos = takes_pictures(page.shown, page.submission.stage)
    return MessageForm(is_answer=asks_question(page), takes_photos=takes_photos, **more)


def show_page(page: PrivatePage, *, form: PageForm | None = None) -> str:
    """Render the private page as far as it is open here; `form` is the one that was refused."""
    return _show_whole(page, form) if is_author_here() else _show_unproved(page, form)


def _show_unproved(page: PrivatePage, form: PageForm | None) -> str:
    """Render text and thread alone, and the form that opens the rest to the author.

    Of the answers those that stand open in the database: no name, and nothing about a risk or other people.
    """
    submission = page.submission
    message_form = form if isinstance(form, MessageForm) else read_message_form(page, formdata=None)
    return render_template(
        "private/unproved.html",
        form=form,
        submission=submission,
        status=public_status_label(page.status),
        status_kind=status_kind(page.status),
        next_step=next_step(page, now()),
        publications=_describe_publications(page),
        asked=(),
        messages=[_describe_message(one) for one in page.messages],
        message_form=message_form if takes_messages(page.shown) else None,
        sent=_describe_sent(submission, page.latest, page.latest.open_answers) if page.latest else None,
        proof_form=form if isinstance(form, ProofForm) else ProofForm(formdata=None),
        leave_form=form if isinstance(form, LeaveForm) else LeaveForm(formdata=None),
        limit=ANSWER_LIMIT,
    )


def _show_whole(page: PrivatePage, form: PageForm | None) -> str:
    submission = page.submission
    messages = _describe_messages(page)
    return render_template(
        "private/page.html",
        form=form,
        submission=submission,
        status=public_status_label(page.status),
        status_kind=status_kind(page.status),
        next_step=next_step(page, now()),
        publications=_describe_publications(page),
        called_back=describe_for_author(page.take_downs, find_locale().tag),
        undo_until=write_deadline(submission.undo_until)
        if submission.undo_until and may_undo_withdrawal(submission, at=now())
        else "",
        undo_form=form if isinstance(form, UndoForm) else UndoForm(formdata=None),
        acts={act.value for act in CONTRIBUTOR_ACTS if fits(page.shown, submission.stage, act)},
        is_unsent=page.shown is State.WRITING,
        kept_until=_word_end(page),
        unsent=describe_unsent(submission, list_unsent_versions(db.session(), submission), shown=page.shown),
        beside=describe_beside(submission),
        asked=list_asked(page),
        messages=messages,
        new_messages=sum(one["is_new"] for one in messages),
        message_form=(form if isinstance(form, MessageForm) else fill_in_message_form(page))
        if takes_messages(page.shown)
        else None,
        sent=_describe_sent(submission, page.latest, current_answers(submission)) if page.latest else None,
        may_change=may_change(page.shown),
        asks_after=may_answer_after(page.shown)
        and bool(asked_after(submission.call.questions, submission.stage)),
        unanswered=count_unanswered(submission) if may_answer_after(page.shown) else 0,
        may_name_language=may_name_language(page.shown),
        takes_photos=takes_pictures(page.shown, submission.stage),
        photos=sum(one.kind is AttachmentKind.PHOTO for one in submission.attachments),
        takes_documents=takes_documents(page.shown),
        documents=sum(one.kind is AttachmentKind.DOCUMENT for one in submission.attachments),
        openings=[_word_opening(one) for one in list_openings(db.session(), submission.id)],
        entries=list(word_entries(list_entries(db.session(), submission.id))),
        new_code=describe_waiting_code(find_newest(db.session(), submission.id), at=now()),
        refuse_form=form if isinstance(form, RefuseCodeForm) else RefuseCodeForm(formdata=None),
        knows_code=contributor_session.open_page().sealed_form_key is not None,
        has_address=bool(find_address(submission, current_portal().instance.keys)),
        mail_form=form if isinstance(form, MailForm) else MailForm(formdata=None),
        leave_form=form if isinstance(form, LeaveForm) else LeaveForm(formdata=None),
        limit=ANSWER_LIMIT,
        before=find_typed(submission, UnsentPlace.THREAD),
        sent_copy=take_sent_copy(),
    )


def fill_in_message_form(page: PrivatePage) -> MessageForm:
    """Return the box with what was typed on this page before and not sent."""
    newest = page.messages[-1].public_id if page.messages else ""
    before = find_typed(page.submission, UnsentPlace.THREAD)
    return read_message_form(page, formdata=None, after=newest, **before.words, **before.hidden)


def _describe_publications(page: PrivatePage) -> list[tuple[str, str, str]]:
    own, counted = find_locale().tag, Counter(one.lang for one in page.publications)
    sites = page.draft.sites if page.draft and max(counted.values(), default=0) > 1 else {}
    named = {one.url: name_site(one.url, sites) for one in page.publications if counted[one.lang] > 1}
    return [
        (" · ".join(filter(None, (language_name(one.lang, own), named.get(one.url)))), one.lang, one.url)
        for one in page.publications
    ]


def _describe_messages(page: PrivatePage) -> list[Mapping[str, Any]]:
    """Return the thread, oldest first; what the desk wrote since the last visit is new."""
    read = contributor_session.open_page().unread_from or 0
    labels = label_files(page.submission.attachments)
    return [
        {
            **_describe_message(message),
            "is_new": message.from_desk and message.id > read,
            "files": [labels[one.id] for one in page.files_of(message)],
        }
        for message in page.messages
    ]


def _describe_message(message: Message) -> Mapping[str, Any]:
    return {
        "author": word_writer(message),
        "when": format_date(message.visible_at, "long"),
        "iso": message.visible_at.date().isoformat(),
        "text": message.body,
        "lang": message.lang,
        "own": not message.from_desk and not message.by_desk_code,
    }


def _describe_sent(submission: Submission, latest: Revision, answers: Mapping[str, Any]) -> Mapping[str, Any]:
    coverage_lang, coverage = choose_text(
        submission.call.coverage.title, submission.call.coverage.primary_locale
    )
    return {
        "coverage": coverage,
        "coverage_lang": coverage_lang,
        "kind": stage_label(submission.stage),
        "language": language_name(submission.lang, find_locale().tag),
        "received": format_date(submission.received_at, "long"),
        "answers": word_answers(
            submission, answers, shows=lambda audience: audience is not Audience.SEALED, all_words=True
        ),
        "has_sealed": latest.sealed is not None,
    }


def _word_end(page: PrivatePage) -> str:
    """Return when everything goes, where the line about what happens next does not say it."""
    is_said = page.shown is State.WRITING or page.closed_at is not None
    return format_date(page.erased_on, "long") if page.erased_on and not is_said else ""


def _word_opening(at: datetime) -> str:
    """Say when sealed answers were opened: to the hour, and never by whom."""
    hour = round_to_hour(at)
    return str(
        _(
            "Your contact details were opened on %(date)s at %(time)s by someone who is authorised "
            "to do so and gave a reason.",
            date=format_date(hour, "long"),
            time=write_time(hour),
        )
    )
