"""The contributor's private page: enter with the code, read, answer, approve, withdraw, leave."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, format_time
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.consent import printed_byline
from portal.domain.errors import IllegalTransition
from portal.domain.languages import best_text, language_name
from portal.domain.permissions import CONTRIBUTOR_ACTS
from portal.domain.pictures import takes_pictures
from portal.domain.questions import Audience, Question, QuestionType, parse_question
from portal.domain.schedule import round_to_hour
from portal.domain.states import Act, fits
from portal.extensions import current_portal, db
from portal.forms.my import (
    ANSWER_LIMIT,
    ApproveForm,
    CodeForm,
    EraseForm,
    LeaveForm,
    ObjectionForm,
    PageForm,
    ReplyForm,
    WithdrawForm,
)
from portal.models import Message, Submission
from portal.operations import answering
from portal.operations.erasing import erase as erase_piece
from portal.operations.visiting import (
    close_private_page,
    find_by_code,
    forget_expired_pages,
    open_private_page,
)
from portal.queries.identity import list_openings
from portal.queries.private_page import CheckedText, PrivatePage, load_checked_text, load_private_page
from portal.queries.submissions import find_draft
from portal.storage import remove_files
from portal.story.blocks import paragraphs
from portal.story.diff import DiffParagraph, diff_texts
from portal.story.html import to_html, to_plain
from portal.story.markdown import to_blocks
from portal.web import contributor_session
from portal.web.access import access
from portal.web.clock import now
from portal.web.locale import find_locale
from portal.web.next_steps import next_step, status_kind
from portal.web.words import byline_label, public_status_label, stage_label

room = Blueprint("my", __name__, url_prefix="/<lang:lang>/my")

_FIRST_WORDS = 90
_FREE_TEXT = frozenset({QuestionType.SHORT, QuestionType.LONG})
_FORGET_BROWSER = '"cache", "cookies", "storage"'


@room.route("", methods=["GET", "POST"], strict_slashes=False)
@access("open")
def enter() -> ResponseReturnValue:
    """Ask for the code, or show the page that is open: one address, so that a history tells nothing."""
    form = CodeForm()
    if request.method != "POST":
        page = _find_page()
        return _show_page(page) if page else render_template("my/enter.html", form=form)
    if not form.validate():
        return render_template("my/enter.html", form=form), 422
    token = _open_page(form.digits)
    if token is None:
        form.code.errors = [_("This code opens no page. Check every group of four digits and try again.")]
        return render_template("my/enter.html", form=form), 422
    contributor_session.remember(token)
    return redirect(url_for("my.enter"), 303)


@room.post("/reply")
@access("contributor")
def reply() -> ResponseReturnValue:
    """Answer the desk's question."""
    page = _load_page()
    form = ReplyForm()
    if not form.validate():
        return _show_page(page, form=form), 422
    with transaction() as session:
        answering.reply(session, page.piece, body=form.body.data, at=now())
    flash(_("Your answer is with us."), "success")
    return redirect(url_for("my.enter"), 303)


@room.route("/check", methods=["GET", "POST"])
@access("contributor")
def check() -> ResponseReturnValue:
    """Read the edited text, and say yes or what should change."""
    page = _load_page()
    text = load_checked_text(db.session(), page)
    if request.method != "POST":
        return _show_check(page, text) if text else redirect(url_for("my.enter"), 303)
    return _take_approval(page, text) if "approve" in request.form else _take_objection(page, text)


@room.route("/withdraw", methods=["GET", "POST"])
@access("contributor")
def withdraw() -> ResponseReturnValue:
    """Say what withdrawing means, and do it."""
    page = _load_page()
    form = WithdrawForm()
    if request.method != "POST" and not fits(page.shown, page.piece.stage, Act.WITHDRAW):
        return redirect(url_for("my.enter"), 303)
    if request.method != "POST" or not form.validate():
        shown = render_template("my/withdraw.html", form=form, days=page.piece.call.declined_kept_days)
        return (shown, 422) if request.method == "POST" else shown
    with transaction() as session:
        answering.withdraw(session, page.piece, at=now())
    return redirect(url_for("my.enter"), 303)


@room.route("/erase", methods=["GET", "POST"])
@access("contributor")
def erase() -> ResponseReturnValue:
    """Say what erasing means, and do it: the answer closes the page, so nothing is left to lead to."""
    page = _load_page()
    form = EraseForm()
    draft = find_draft(db.session(), page.piece)
    has_left = draft is not None and (bool(draft.publications) or draft.exported_at is not None)
    if request.method != "POST" or not form.validate():
        shown = render_template("my/erase.html", form=form, has_left=has_left)
        return (shown, 422) if request.method == "POST" else shown
    with transaction() as session:
        files = erase_piece(session, page.piece, by=None, at=now())
    remove_files(current_portal().instance.files_folder, files)
    return _forget_browser(render_template("my/erased.html", has_left=has_left))


@room.post("/leave")
@access("open")
def leave() -> ResponseReturnValue:
    """Close the private page and have the browser forget this site: that works without a page, too."""
    form = LeaveForm()
    if not form.validate():
        page = _find_page()
        shown = _show_page(page, form=form) if page else render_template("my/enter.html", form=CodeForm())
        return shown, 422
    token = contributor_session.current_token()
    if token:
        with transaction() as session:
            close_private_page(session, token)
    return _forget_browser(redirect(url_for("public.coverages"), 303))


def _forget_browser(answer: ResponseReturnValue) -> ResponseReturnValue:
    """Empty the cookie, and have the browser forget what this site kept in it."""
    contributor_session.forget()
    response = make_response(answer)
    response.headers["Clear-Site-Data"] = _FORGET_BROWSER
    return response


def _open_page(code: str) -> str | None:
    """Open the private page of a code; None whatever was wrong with it."""
    instance = current_portal().instance
    at = now()
    with transaction() as session:
        forget_expired_pages(session, at=at)
        piece = find_by_code(session, code, receipt_secret=instance.receipt_secret)
        if piece is None:
            return None
        return open_private_page(session, piece, at=at, keys=instance.keys)


def _find_page() -> PrivatePage | None:
    piece_id = g.get("piece_id")
    return load_private_page(db.session(), piece_id, at=now()) if piece_id is not None else None


def _load_page() -> PrivatePage:
    return _find_page() or abort(401)


def _show_page(page: PrivatePage, *, form: PageForm | None = None) -> str:
    """Render the private page; `form` is the one that was refused."""
    tag, piece = find_locale().tag, page.piece
    coverage_tag, coverage = _choose_text(piece.call.coverage.title, piece)
    return render_template(
        "my/page.html",
        form=form,
        piece=piece,
        coverage=coverage,
        coverage_tag=coverage_tag,
        kind=stage_label(piece.stage),
        language=language_name(piece.lang, tag),
        received=format_date(piece.received_at, "long"),
        status=public_status_label(page.status),
        status_kind=status_kind(page.status),
        next_step=next_step(page, now()),
        publications=[(language_name(one.lang, tag), one.lang, one.url) for one in page.publications],
        acts={act.value for act in CONTRIBUTOR_ACTS if fits(page.shown, piece.stage, act)},
        takes_photos=takes_pictures(page.shown, piece.stage),
        photos=len(piece.attachments),
        messages=[_describe_message(message) for message in page.messages],
        answers=list(_describe_answers(piece)),
        has_sealed=piece.latest.sealed is not None,
        openings=[_word_opening(one) for one in list_openings(db.session(), piece.id)],
        knows_code=contributor_session.open_page().sealed_form_key is not None,
        reply_form=form if isinstance(form, ReplyForm) else ReplyForm(formdata=None),
        leave_form=form if isinstance(form, LeaveForm) else LeaveForm(formdata=None),
        limit=ANSWER_LIMIT,
    )


def _word_opening(at: datetime) -> str:
    """Say when sealed answers were opened: to the hour, and never by whom."""
    hour = round_to_hour(at)
    return str(
        _(
            "Your contact was opened on %(date)s at %(time)s UTC, "
            "by a person who is named for that and gave a reason.",
            date=format_date(hour, "long"),
            time=format_time(hour, "short"),
        )
    )


def _describe_message(message: Message) -> Mapping[str, Any]:
    return {
        "author": _("From the desk") if message.from_desk else _("From you"),
        "when": format_date(message.visible_at, "long"),
        "iso": message.visible_at.date().isoformat(),
        "text": message.body,
        "lang": message.lang,
        "own": not message.from_desk,
    }


def _describe_answers(piece: Submission) -> Iterator[Mapping[str, str]]:
    """Give what was sent in the order of the form: label, label_lang, text, lang. Nothing sealed."""
    answers = piece.latest.answers
    for row in piece.call.questions:
        question = parse_question(row)
        if question.type is QuestionType.LANGUAGE:
            continue
        if answers.get(question.key) and question.audience is not Audience.SEALED:
            label_lang, label = _choose_text(question.label, piece)
            lang, text = _word_answer(question, answers[question.key], piece)
            yield {"label": label, "label_lang": label_lang, "text": text, "lang": lang}
        if answers.get(question.text_key):
            label_lang, label = _choose_text(question.text_label or question.label, piece)
            text = str(answers[question.text_key])
            yield {"label": label, "label_lang": label_lang, "text": text, "lang": piece.lang}


def _word_answer(question: Question, answer: str | Sequence[str], piece: Submission) -> tuple[str, str]:
    """Return an answer's language and words: as typed, or the labels of what was chosen, one a line."""
    if question.type in _FREE_TEXT:
        return piece.lang, str(answer)
    chosen = [answer] if isinstance(answer, str) else list(answer)
    labels = {option.value: _choose_text(option.label, piece) for option in question.options}
    found = [labels.get(value, ("und", value)) for value in chosen]
    return found[0][0], "\n".join(text for _tag, text in found)


def _choose_text(texts: Mapping[str, str], piece: Submission) -> tuple[str, str]:
    try:
        return best_text(texts, (find_locale().tag, piece.call.coverage.primary_locale))
    except LookupError:
        return "und", ""


def _show_check(
    page: PrivatePage,
    text: CheckedText,
    *,
    approve_form: ApproveForm | None = None,
    objection_form: ObjectionForm | None = None,
) -> str:
    """Render the edited text with its changes; a form that was refused keeps what was typed."""
    revision = text.check.revision
    sent = page.piece.latest.answers
    body_changes = diff_texts(_read_plain(sent.get("story", "")), _read_plain(text.body))
    title_changes = diff_texts(sent.get("title") or page.piece.heading, text.title)
    return render_template(
        "my/check.html",
        form=approve_form or objection_form,
        text=text,
        body=to_html(to_blocks(text.body), back_label=_("Back to the text")),
        byline=printed_byline(text.byline_mode, text.byline),
        byline_mode=byline_label(text.byline_mode),
        answer_by=format_date(text.check.answer_by, "long") if text.check.answer_by else "",
        title_changes=title_changes if _is_changed(title_changes) else (),
        body_changes=body_changes if _is_changed(body_changes) else (),
        licence=page.piece.call.coverage.licence,
        approve_form=approve_form or ApproveForm(formdata=None, revision=revision),
        objection_form=objection_form
        or ObjectionForm(formdata=None, revision=revision, paragraphs=_number_paragraphs(text)),
        limit=ANSWER_LIMIT,
    )


def _read_plain(source: str) -> str:
    """Return the text as people read it: marks of the markup are no changes of theirs."""
    return to_plain(to_blocks(source))


def _is_changed(found: Sequence[DiffParagraph]) -> bool:
    return any(paragraph.is_changed for paragraph in found)


def _number_paragraphs(text: CheckedText) -> list[tuple[int, str]]:
    return [(number, _shorten(words)) for number, words in enumerate(paragraphs(to_blocks(text.body)), 1)]


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
        answering.approve(session, page.piece, revision=form.revision.data, at=now())
    flash(_("Thank you. You have approved the text."), "success")
    return redirect(url_for("my.enter"), 303)


def _take_objection(page: PrivatePage, text: CheckedText | None) -> ResponseReturnValue:
    """Keep objections; without a text to show, as in `_take_approval`."""
    numbered = _number_paragraphs(text) if text else []
    form = ObjectionForm(paragraphs=numbered)
    if not form.validate():
        if text is None:
            raise IllegalTransition(page.shown, Act.OBJECT)
        return _show_check(page, text, objection_form=form), 422
    known = {number for number, _words in numbered}
    with transaction() as session:
        answering.object_to(
            session,
            page.piece,
            revision=form.revision.data,
            body=form.objections.data,
            paragraphs=[number for number in form.paragraphs.data if number in known],
            at=now(),
        )
    flash(_("Your objections are with us. You see the text again before it is published."), "success")
    return redirect(url_for("my.enter"), 303)
