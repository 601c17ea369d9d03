"""Approval of the edited text: its author answers each change on the private page, and sees it as printed."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any
from unicodedata import east_asian_width

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.author_checks import AnsweredChange, CheckAnswer, is_agreement, read_answers, read_compared
from portal.domain.consent import printed_byline
from portal.domain.errors import IllegalTransition
from portal.domain.photo_edits import PhotoEdits
from portal.domain.unsent_words import CHOSEN, UnsentPlace, UnsentWords
from portal.domain.ways_in import PageRight
from portal.extensions import db, now
from portal.forms.private import ANSWER_LIMIT, ApprovalForm, approval_form
from portal.operations.private import author_acts
from portal.queries.private.page import CheckedText, PrivatePage, load_checked_text
from portal.story.changes import split_stretches, write_words
from portal.story.diff import DiffParagraph, diff_texts
from portal.story.html import to_html
from portal.web.private.page import load_page
from portal.web.private.unsent import delete_posted_words, find_typed, note_sent
from portal.web.site.access import access
from portal.web.site.checked_changes import (
    ANSWERS,
    CheckedChange,
    list_changes,
    list_printed,
    word_restore,
)
from portal.web.site.form_faults import answer_faults, wants_script
from portal.web.site.labels import byline_label, side_label
from portal.web.site.locale import find_locale
from portal.web.site.story_photos import IllustratedText, illustrate

room = Blueprint("private_approval", __name__, url_prefix="/<lang:lang>/my")

_PAGE, _SENDING = "private_approval.show", "private_approval.send"
_FOLD_WIDTH = 26
"""Latin letters; a Han character is as wide as two."""
_ANSWER, _WORDS = f"-{CHOSEN}", "-words"


@room.route("/check", methods=["GET", "POST"])
@access(PageRight.CHECK)
def show() -> ResponseReturnValue:
    """Read the changes and the text as it will be printed, and answer."""
    if request.method == "POST":
        return _take_answers()
    page = load_page()
    text = load_checked_text(db.session(), page)
    return _show_check(page, text) if text else redirect(url_for("private.enter"), 303)


@room.route("/check/send", methods=["GET", "POST"])
@access(PageRight.CHECK)
def send() -> ResponseReturnValue:
    """Keep the answers; who loads the address again is led to the text."""
    return _take_answers() if request.method == "POST" else redirect(url_for("private_approval.show"), 303)


def _take_answers() -> ResponseReturnValue:
    """Keep what was answered: a yes to the whole text, or what the desk is to look at again.

    Without a text that waits for an answer, the operation tells a repeated one from one that comes too late.
    """
    page = load_page()
    text = load_checked_text(db.session(), page)
    changes = _list_asked(page)
    sent = _list_keys(request.form)
    if text is not None and _is_about_another(text, changes, sent):
        return _show_newer(page, text, changes), 409
    form = _make_form(changes, sent)()
    is_yes = is_agreement(form.answers, form.objections.data or "")
    letter = _write_letter(changes, form)
    # Answers to changes nobody knows any more are about a text that waits for none.
    if not form.validate() or (text is None and not is_yes and not letter):
        if text is None:
            raise IllegalTransition(page.shown, Act.APPROVE if is_yes else Act.OBJECT)
        return answer_faults(form) if wants_script() else (_show_check(page, text, form=form), 422)
    with transaction() as session:
        if is_yes:
            author_acts.approve(session, page.submission, revision=form.revision.data, at=now())
        else:
            author_acts.object_to(
                session,
                page.submission,
                revision=form.revision.data,
                body=form.objections.data,
                answers=list(_read_answers(changes, form)),
                letter=letter,
                at=now(),
            )
        delete_posted_words(session, page.submission, UnsentPlace.CHECK)
    note_sent(page.submission, UnsentPlace.CHECK)
    if is_yes:
        flash(_("Thank you. You have approved the text."), "success")
    else:
        flash(_("Your answers are with us. You will see the text again before it is published."), "success")
    return redirect(url_for("private.enter"), 303)


def _list_asked(page: PrivatePage, revision: int | None = None) -> list[CheckedChange]:
    """Return the changes of the text that was sent for approval last, or of this earlier one."""
    draft, latest = page.draft, page.latest
    if draft is None or latest is None or not draft.checks:
        return []
    return list_changes(draft, revision or draft.checks[-1].revision, latest)


def _list_keys(sent: Mapping[str, str]) -> list[str]:
    """Return the keys of the changes something was chosen or written about, in the order of the form."""
    found = (
        name.rpartition("-")[0]
        for name, value in sent.items()
        if name.endswith((_ANSWER, _WORDS)) and value.strip()
    )
    return list(dict.fromkeys(found))


def _is_about_another(text: CheckedText, changes: Sequence[CheckedChange], sent: Sequence[str]) -> bool:
    """Say whether answers are to another text than the one that waits now, or to changes it does not have."""
    known = {one.key for one in changes}
    return request.form.get("revision") != str(text.check.revision) or not known.issuperset(sent)


def _make_form(changes: Sequence[CheckedChange], sent: Sequence[str] = ()) -> type[ApprovalForm]:
    """Return the form for these changes; for what was sent, where none are known any more."""
    return approval_form([(one.key, one.label) for one in changes] or [(key, "") for key in sent])


def _read_answers(changes: Sequence[CheckedChange], form: ApprovalForm) -> Sequence[AnsweredChange]:
    answered = ((one, form.answer_to(one.key)) for one in changes)
    return [
        AnsweredChange(one.key, one.place, one.number, answer, form.words_about(one.key))
        for one, answer in answered
        if answer is not None
    ]


def _write_letter(changes: Sequence[CheckedChange], form: ApprovalForm) -> str:
    """Return the answers as the thread tells them: places that were not accepted, then what else was said."""
    parts = []
    for one, answer in ((one, form.answer_to(one.key)) for one in changes):
        if answer in (None, CheckAnswer.ACCEPT):
            continue
        said = word_restore(one) if answer is CheckAnswer.RESTORE else ANSWERS[answer]
        head = _("%(place)s: %(answer)s", place=one.label, answer=said)
        parts.append("\n".join(filter(None, (head, form.words_about(one.key)))))
    return "\n\n".join(filter(None, (*parts, form.objections.data)))


def _show_newer(page: PrivatePage, text: CheckedText, changes: Sequence[CheckedChange]) -> str:
    """Show the text that came meanwhile, with every answer that still fits and every word that was typed."""
    given = request.form.get("revision", "")
    read = int(given) if given.isdecimal() and len(given) < 9 else 0
    typed = {
        name: value
        for name, value in request.form.items()
        if value.strip() and (name.endswith((_ANSWER, _WORDS)) or name == "objections")
    }
    form = _fill_in(page, changes, UnsentWords(UnsentPlace.CHECK, typed, revision=read))
    for name in ("writing", "sequence"):
        form[name].data = request.form.get(name, "")
    return _show_check(page, text, form=form, read=read)


def _fill_in(page: PrivatePage, changes: Sequence[CheckedChange], typed: UnsentWords | None) -> ApprovalForm:
    """Return the form with what was typed and not sent: words about a change that is gone join the others."""
    draft = page.draft
    form = _make_form(changes)(formdata=None, revision=draft.checks[-1].revision if draft else 0)
    if typed is None:
        return form
    lost = {name: words for name, words in typed.spoken.items() if name not in form}
    for name, value in typed.words.items():
        if name in form:
            form[name].data = value
    if lost:
        before = {one.key: one.label for one in _list_read(page, typed.revision)}
        told = [
            f"{before.get(name.removesuffix(_WORDS), '')} {words}".strip() for name, words in lost.items()
        ]
        form.objections.data = "\n\n".join(filter(None, (form.objections.data, *told)))
    form.writing.data, form.sequence.data = typed.public_id, str(typed.sequence or "")
    return form


def _list_read(page: PrivatePage, revision: int) -> list[CheckedChange]:
    """Return the changes of an earlier text the author was asked about; none where this was not one."""
    asked = {one.revision for one in page.draft.checks} if page.draft else set()
    return _list_asked(page, revision) if revision in asked else []


def _show_check(
    page: PrivatePage, text: CheckedText, *, form: ApprovalForm | None = None, read: int = 0
) -> str:
    """Render the changes and the text as printed; a form that was refused keeps what was typed.

    `read` is the earlier text that answers were begun for.
    """
    before = find_typed(page.submission, UnsentPlace.CHECK)
    changes, shown = _list_asked(page), _illustrate(page, text)
    filled = form or _fill_in(page, changes, before.newest)
    read = read or (before.newest.revision if before.newest else 0)
    is_newer = bool(read) and read != text.check.revision
    known = {one.key for one in _list_read(page, read)} if is_newer else {one.key for one in changes}
    said = _read_said_before(page)
    cards = [
        _describe_card(one, filled, shown, is_new=one.key not in known, said=said.get(one.spot))
        for one in changes
    ]
    changed_photos = {one.photo for one in changes if one.photo}
    printed = list_printed(page.submission.attachments, PhotoEdits.read(text.photos))
    return render_template(
        "private/approval.html",
        form=filled,
        names=[
            *(name for key in filled.changes for name in (f"{key}{_WORDS}", f"{key}{_ANSWER}")),
            "objections",
        ],
        submission=page.submission,
        text=text,
        cards=cards,
        is_newer=is_newer,
        new_count=sum(card["is_new"] for card in cards),
        untouched=_count_untouched(text, changes),
        photos=[shown.figures[key] for key in printed if key not in changed_photos and key in shown.figures],
        body=to_html(
            shown.blocks,
            figures=shown.figures,
            back_label=_("Back to the text"),
            back_lang=find_locale().tag,
        ),
        featured=shown.featured,
        byline=printed_byline(text.byline_mode, text.byline),
        byline_mode=byline_label(text.byline_mode),
        answer_by=format_date(text.check.answer_by, "long") if text.check.answer_by else "",
        licence=page.submission.call.coverage.licence,
        side=side_label(text.side) if text.side else "",
        limit=ANSWER_LIMIT,
        before=before,
        answers={answer.value: str(label) for answer, label in ANSWERS.items()},
        # Not the address the page stands at: what is typed is there again for who goes back from a failure.
        send_url=url_for(_PAGE if request.endpoint == _SENDING else _SENDING),
    )


def _describe_card(
    change: CheckedChange,
    form: ApprovalForm,
    shown: IllustratedText,
    *,
    is_new: bool,
    said: AnsweredChange | None,
) -> dict[str, Any]:
    """Return what the page says about one change."""
    compared = diff_texts(change.old, change.new)
    around = (change.text.after, change.text.before) if change.text else ("", "")
    answer = form.answer_to(change.key)
    return {
        "change": change,
        "old": _keep(compared, "removed"),
        "new": _keep(compared, "added"),
        "is_rough": any(one.is_rough for one in compared),
        "before": _fold(around[0]),
        "after": _fold(around[1]),
        "figure": shown.figures.get(change.photo),
        "restore": word_restore(change),
        "choice": form[f"{change.key}{_ANSWER}"],
        "words": form[f"{change.key}{_WORDS}"],
        "answer": answer.value if answer else "",
        "is_new": is_new,
        "said": str(ANSWERS[said.answer]) if said else "",
        "said_words": said.words if said else "",
    }


def _read_said_before(page: PrivatePage) -> dict[tuple[str, str, str], AnsweredChange]:
    """Return what the author answered to the text before, by the place of each change; no plain yes."""
    draft = page.draft
    check = next((one for one in reversed(draft.checks[:-1]) if one.answers), None) if draft else None
    if draft is None or check is None:
        return {}
    compared = read_compared(check.answers)
    original = next((one for one in page.submission.revisions if one.number == compared), None)
    spots = {one.key: one.spot for one in list_changes(draft, check.revision, original)} if original else {}
    answered = (one for one in read_answers(check.answers) if one.answer is not CheckAnswer.ACCEPT)
    return {spots[one.key]: one for one in answered if one.key in spots}


def _fold(source: str) -> tuple[str, str] | None:
    """Return how an untouched paragraph begins, as wide as a line of a phone takes, and all of it."""
    if not source:
        return None
    words = write_words(source)
    widths = accumulate(2 if east_asian_width(char) in "WF" else 1 for char in words)
    shown = words[: sum(width <= _FOLD_WIDTH for width in widths)]
    return (words if shown == words else f"{shown.rstrip()}…"), words


def _keep(compared: Sequence[DiffParagraph], op: str) -> list[list[tuple[bool, str]]]:
    """Return one side of a comparison: of each paragraph its pieces, and whether each is there alone."""
    sides = [
        [(piece.op == op, piece.text) for piece in one.pieces if piece.op in ("same", op)] for one in compared
    ]
    return [side for side in sides if side]


def _count_untouched(text: CheckedText, changes: Sequence[CheckedChange]) -> int:
    """Return how many paragraphs stand as their author wrote them."""
    touched = sum(one.text is not None and bool(one.text.new) for one in changes)
    return len(split_stretches(text.body)) - touched


def _illustrate(page: PrivatePage, text: CheckedText) -> IllustratedText:
    """Return the edited text with its photos, as they will be printed: the author agrees to both."""
    return illustrate(
        {"body": text.body, "photos": text.photos},
        page.submission.attachments,
        lang=text.lang,
        licence=page.submission.call.coverage.licence,
        address=lambda photo: url_for("private_photos.picture", public_id=photo.public_id),
    )
