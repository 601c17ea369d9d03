"""One submission in words for the desk: answers with their questions, history, thread, consents."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from portal.domain.identity import OPEN_IDENTITY
from portal.domain.languages import best_text, language_name
from portal.domain.permissions import Permission, holds
from portal.domain.pictures import may_leave
from portal.domain.questions import Audience, Question, QuestionType, parse_question
from portal.domain.states import Act
from portal.forms.picturing import PEOPLE_LABELS
from portal.models import Event, Message, Note, Revision, Staff, Submission
from portal.operations.deciding import gather_answers
from portal.operations.triaging import CLAIM
from portal.web.dates import write_moment
from portal.web.words import done_label, stage_label

_FREE_TEXT = frozenset({QuestionType.SHORT, QuestionType.LONG})


def choose_text(texts: Mapping[str, str], tag: str, piece: Submission) -> tuple[str, str]:
    """Return (language tag, text) for a reader of `tag`; an empty text when there is none."""
    try:
        return best_text(texts, (tag, piece.call.coverage.primary_locale))
    except LookupError:
        return tag, ""


def describe_answers(piece: Submission, *, reader: Staff, tag: str) -> list[dict[str, str]]:
    """Return the answers this reader may see, in the order of the form.

    Each: label, label_lang, text, lang. Sealed ones are never among them, editors' ones only for editors.
    """
    answers = gather_answers(piece)
    sees_all = holds(reader.role, Permission.SUBMISSION_DECIDE)
    shown: list[dict[str, str]] = []
    for row in piece.call.questions:
        question = parse_question(row)
        if question.type is not QuestionType.LANGUAGE and _may_see(question.audience, sees_all=sees_all):
            shown.extend(_describe_answer(question, answers.get(question.key), piece, tag))
        companion = answers.get(question.text_key)
        if companion and _may_see(question.text_audience or question.audience, sees_all=sees_all):
            label_lang, label = choose_text(question.text_label or question.label, tag, piece)
            shown.append(
                {"label": label, "label_lang": label_lang, "text": str(companion), "lang": piece.lang}
            )
    return shown


def describe_sealed(piece: Submission, opened: Mapping[str, Any], tag: str) -> list[dict[str, str]]:
    """Return opened answers as describe_answers does; of a question the call no longer asks, by its key."""
    left = dict(opened)
    shown: list[dict[str, str]] = []
    for row in piece.call.questions:
        question = parse_question(row)
        shown.extend(_describe_answer(question, left.pop(question.key, None), piece, tag))
        if words := left.pop(question.text_key, ""):
            label_lang, label = choose_text(question.text_label or question.label, tag, piece)
            shown.append({"label": label, "label_lang": label_lang, "text": str(words), "lang": piece.lang})
    shown.extend({"label": key, "label_lang": "en", "text": str(left[key]), "lang": "und"} for key in left)
    return shown


def describe_photos(piece: Submission) -> list[dict[str, Any]]:
    """Return the photos with what their contributor says about each."""
    return [
        {
            "src": url_for("desk.photo", public_id=piece.public_id, photo_id=one.public_id),
            "width": one.width,
            "height": one.height,
            "description": one.description,
            "credit": one.credit,
            "people": PEOPLE_LABELS[one.people] if one.people else "",
            "may_leave": may_leave(one.people),
        }
        for one in piece.attachments
    ]


def has_sealed_answer(piece: Submission) -> bool:
    """Say whether something was answered that only named people can open."""
    return any(revision.sealed is not None for revision in piece.revisions)


def describe_revisions(piece: Submission) -> list[dict[str, str]]:
    """Return what was sent when, the newest first."""
    return [_describe_revision(revision, piece.latest) for revision in reversed(piece.revisions)]


def describe_reasons(piece: Submission, tag: str) -> list[tuple[str, str]]:
    """Return the coverage's reasons for declining as (code, label)."""
    return [
        (row["code"], choose_text(row["label"], tag, piece)[1]) for row in piece.call.coverage.decline_reasons
    ]


def prepared_message(piece: Submission, reason: str) -> str:
    """Return the prepared words for a reason in the author's language, or nothing."""
    for row in piece.call.coverage.decline_reasons:
        if row["code"] == reason:
            words = choose_text(row.get("message", {}), piece.locale, piece)[1]
            return words.replace("{days}", str(piece.call.declined_kept_days))
    return ""


def describe_event(event: Event, piece: Submission, tag: str) -> dict[str, str]:
    """Return a line of the history."""
    person = event.staff.name if event.staff else ""
    return {
        "when": write_moment(event.at),
        "iso": event.at.isoformat(),
        "text": done_label(event.act),
        "by": _("the author") if event.by_author else person,
        "note": _note_of(event, piece, tag),
    }


def describe_message(message: Message, reader: Staff, at: datetime) -> dict[str, Any]:
    """Return a message of the thread; one still inside the undo window says so."""
    person = message.staff.name if message.staff else _("the desk")
    author = person if message.from_desk else _("the author")
    when = write_moment(message.sent_at)
    if message.visible_at > at:
        when = _("%(when)s, not shown to the author yet", when=when)
    return {
        "author": author,
        "when": when,
        "iso": message.sent_at.isoformat(),
        "text": message.body,
        "lang": message.lang,
        "own": message.staff_id == reader.id,
    }


def describe_note(note: Note, reader: Staff) -> dict[str, Any]:
    """Return a colleague's note as a line of a thread."""
    return {
        "author": note.staff.name if note.staff else _("a former colleague"),
        "when": write_moment(note.written_at),
        "iso": note.written_at.isoformat(),
        "text": note.body,
        "lang": "und",
        "own": note.staff_id == reader.id,
    }


def describe_gist(piece: Submission, tag: str) -> str:
    """Return who summed up the text, and in which language."""
    if piece.gist_by is None:
        return str(
            _("Gist in %(language)s. Not for publication.", language=language_name(piece.gist_lang, tag))
        )
    return str(
        _(
            "Gist in %(language)s by %(name)s. Not for publication.",
            language=language_name(piece.gist_lang, tag),
            name=piece.gist_by.name,
        )
    )


def _may_see(audience: Audience, *, sees_all: bool) -> bool:
    return audience is Audience.DESK or (audience is Audience.EDITOR and sees_all)


def _describe_answer(question: Question, value: Any, piece: Submission, tag: str) -> Iterator[dict[str, str]]:
    if not value:
        return
    label_lang, label = choose_text(question.label, tag, piece)
    if question.type in _FREE_TEXT:
        text, lang = str(value), piece.lang
    else:
        values = [value] if isinstance(value, str) else list(value)
        text, lang = _join_options(question, values, piece, tag)
    yield {"label": label, "label_lang": label_lang, "text": text, "lang": lang}


def _join_options(question: Question, values: Sequence[str], piece: Submission, tag: str) -> tuple[str, str]:
    """Return the chosen options in the reader's language, one a line; an unknown one by its value."""
    labels = {option.value: choose_text(option.label, tag, piece) for option in question.options}
    found = [labels.get(value, (tag, value)) for value in values]
    return "\n".join(text for _lang, text in found), found[0][0]


def _describe_revision(revision: Revision, latest: Revision) -> dict[str, str]:
    return {
        "kind": stage_label(revision.stage),
        "when": write_moment(revision.received_at),
        "iso": revision.received_at.isoformat(),
        "note": _("newest, shown on this page") if revision is latest else "",
    }


def _note_of(event: Event, piece: Submission, tag: str) -> str:
    detail = event.detail or {}
    match event.act:
        case Act.DECLINE:
            return dict(describe_reasons(piece, tag)).get(detail.get("reason", ""), "")
        case Act.WITHDRAW:
            return str(detail.get("note", ""))
        case Act.MARK_DUPLICATE:
            return str(_("Original: %(id)s", id=detail.get("original", "")))
        case _ if event.act == OPEN_IDENTITY:
            return str(detail.get("reason", ""))
        case "undo":
            return done_label(str(detail.get("undone", "")))
        case _ if event.act == CLAIM:
            return str(_("taken over from %(name)s", name=detail.get("taken_from", "")))
        case _:
            return ""
