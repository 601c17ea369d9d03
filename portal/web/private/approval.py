"""Approval of the edited text: its author reads it on the private page, agrees or says what should change."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.consent import printed_byline
from portal.domain.errors import IllegalTransition
from portal.domain.photo_edits import PhotoEdits
from portal.domain.states import Act
from portal.domain.unsent_words import UnsentPlace, UnsentWords
from portal.domain.ways_in import PageRight
from portal.export.photos import sort_photos
from portal.extensions import db, now
from portal.forms.private import ANSWER_LIMIT, ApproveForm, ObjectionForm
from portal.operations.private import author_acts
from portal.operations.private.photos import read_picture_words
from portal.queries.coverages.overview import read_original
from portal.queries.private.page import CheckedText, PrivatePage, load_checked_text, read_checked_body
from portal.story.blocks import Block, paragraphs
from portal.story.diff import DiffParagraph, diff_texts
from portal.story.html import to_html, to_plain
from portal.story.markdown import to_blocks
from portal.web.private.page import load_page
from portal.web.private.unsent import delete_posted_words, find_typed, note_sent
from portal.web.site.access import access
from portal.web.site.form_faults import answer_faults, wants_script
from portal.web.site.labels import byline_label, side_label
from portal.web.site.locale import find_locale
from portal.web.site.story_photos import IllustratedText, illustrate

room = Blueprint("private_approval", __name__, url_prefix="/<lang:lang>/my")

_FIRST_WORDS = 90
_PAGE, _SENDING = "private_approval.show", "private_approval.send"


@room.route("/check", methods=["GET", "POST"])
@access(PageRight.CHECK)
def show() -> ResponseReturnValue:
    """Read the edited text, and say yes or what should change."""
    if request.method == "POST":
        return _take_answer()
    page = load_page()
    text = load_checked_text(db.session(), page)
    return _show_check(page, text) if text else redirect(url_for("private.enter"), 303)


@room.route("/check/send", methods=["GET", "POST"])
@access(PageRight.CHECK)
def send() -> ResponseReturnValue:
    """Keep the answer; who loads the address again is led to the text."""
    return _take_answer() if request.method == "POST" else redirect(url_for("private_approval.show"), 303)


def _take_answer() -> ResponseReturnValue:
    page = load_page()
    text = load_checked_text(db.session(), page)
    return _take_approval(page, text) if "approve" in request.form else _take_objection(page, text)


def _show_check(
    page: PrivatePage,
    text: CheckedText,
    *,
    approve_form: ApproveForm | None = None,
    objection_form: ObjectionForm | None = None,
) -> str:
    """Render the edited text with its changes; a form that was refused keeps what was typed."""
    revision, before = text.check.revision, find_typed(page.submission, UnsentPlace.CHECK)
    sent, shown = read_original(page.submission), _illustrate(page, text)
    body_changes = diff_texts(
        to_plain(to_blocks(sent.source)), to_plain(_read_body(text.body), figures=shown.figures)
    )
    photo_changes = diff_texts(*_list_photo_words(page, text, shown))
    title_changes = diff_texts(sent.title, text.title)
    return render_template(
        "private/approval.html",
        form=approve_form or objection_form,
        submission=page.submission,
        text=text,
        body=to_html(
            shown.blocks,
            figures=shown.figures,
            back_label=_("Back to the text"),
            back_lang=find_locale().tag,
        ),
        featured=shown.featured,
        has_photos=bool(shown.figures),
        byline=printed_byline(text.byline_mode, text.byline),
        byline_mode=byline_label(text.byline_mode),
        answer_by=format_date(text.check.answer_by, "long") if text.check.answer_by else "",
        title_changes=title_changes if _is_changed(title_changes) else (),
        body_changes=body_changes if _is_changed(body_changes) else (),
        photo_changes=photo_changes if _is_changed(photo_changes) else (),
        licence=page.submission.call.coverage.licence,
        side=side_label(text.side) if text.side else "",
        approve_form=approve_form or ApproveForm(formdata=None, revision=revision),
        objection_form=objection_form
        or ObjectionForm(
            formdata=None,
            revision=revision,
            paragraphs=_number_paragraphs(text),
            data={"paragraphs": _tick_again(page, text, before.newest)},
            **before.words,
            **before.hidden,
        ),
        limit=ANSWER_LIMIT,
        before=before,
        # Not the address the page stands at: what is typed is there again for who goes back from a failure.
        send_url=url_for(_PAGE if request.endpoint == _SENDING else _SENDING),
    )


def _read_body(source: str) -> Sequence[Block]:
    return to_blocks(source, has_pictures=True)


def _illustrate(page: PrivatePage, text: CheckedText) -> IllustratedText:
    """Return the edited text with its photos, as they will be printed: the author agrees to both."""
    return illustrate(
        {"body": text.body, "photos": text.photos},
        page.submission.attachments,
        lang=text.lang,
        licence=page.submission.call.coverage.licence,
        address=lambda photo: url_for("private_photos.picture", public_id=photo.public_id),
    )


def _list_photo_words(page: PrivatePage, text: CheckedText, shown: IllustratedText) -> tuple[str, str]:
    """Return what stands with the photos in the author's own words, and as it will be printed."""
    edits = PhotoEdits.read(text.photos)
    found = sort_photos(page.submission.attachments, edits)
    photos = {key: read_picture_words(found[key]) for key in shown.figures}
    before = (PhotoEdits().print_words(key, said).list_texts() for key, said in photos.items())
    after = (edits.print_words(key, said).list_texts() for key, said in photos.items())
    return "\n".join(" · ".join(one) for one in before), "\n".join(" · ".join(one) for one in after)


def _is_changed(found: Sequence[DiffParagraph]) -> bool:
    return any(paragraph.is_changed for paragraph in found)


def _number_paragraphs(text: CheckedText) -> list[tuple[int, str]]:
    return [(number, _shorten(words)) for number, words in enumerate(paragraphs(_read_body(text.body)), 1)]


def _tick_again(page: PrivatePage, text: CheckedText, kept: UnsentWords | None) -> list[int]:
    """Return the paragraphs ticked and not sent: where the text was edited since, those of the same words."""
    if kept is None or not kept.paragraphs:
        return []
    now_there = paragraphs(_read_body(text.body))
    if kept.revision == text.check.revision:
        meant = set(kept.paragraphs)
    else:
        before = paragraphs(_read_body(read_checked_body(db.session(), page, kept.revision)))
        words = {before[number - 1] for number in kept.paragraphs if number <= len(before)}
        meant = {number for number, one in enumerate(now_there, 1) if one in words}
    return sorted(number for number in meant if number <= len(now_there))


def _shorten(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _FIRST_WORDS else line[:_FIRST_WORDS].rstrip() + "…"


def _take_approval(page: PrivatePage, text: CheckedText | None) -> ResponseReturnValue:
    """Keep a yes. Without a text to show, the operation tells a repeated yes from one that comes too late."""
    form = ApproveForm()
    if not form.validate():
        if text is None:
            raise IllegalTransition(page.shown, Act.APPROVE)
        return _show_check(page, text, approve_form=form), 422
    with transaction() as session:
        author_acts.approve(session, page.submission, revision=form.revision.data, at=now())
    flash(_("Thank you. You have approved the text."), "success")
    return redirect(url_for("private.enter"), 303)


def _take_objection(page: PrivatePage, text: CheckedText | None) -> ResponseReturnValue:
    """Keep objections; without a text to show, as in `_take_approval`."""
    numbered = _number_paragraphs(text) if text else []
    form = ObjectionForm(paragraphs=numbered)
    if not form.validate():
        if text is None:
            raise IllegalTransition(page.shown, Act.OBJECT)
        return answer_faults(form) if wants_script() else (_show_check(page, text, objection_form=form), 422)
    known = {number for number, _words in numbered}
    with transaction() as session:
        author_acts.object_to(
            session,
            page.submission,
            revision=form.revision.data,
            body=form.objections.data,
            paragraphs=[number for number in form.paragraphs.data if number in known],
            at=now(),
        )
        delete_posted_words(session, page.submission, UnsentPlace.CHECK)
    note_sent(page.submission, UnsentPlace.CHECK)
    flash(_("Your objections are with us. You see the text again before it is published."), "success")
    return redirect(url_for("private.enter"), 303)
