"""One submission in words for the desk: answers with their questions, history, thread, consents."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.domain.acts import HistoryAct
from portal.domain.languages import best_text, language_name, written_name
from portal.domain.permissions import Permission, has_permission
from portal.domain.photos import AttachmentKind, PeopleAnswer, may_leave
from portal.domain.questions import Audience, ConsentText, fill_placeholders, parse_question
from portal.forms.photos import LICENCE_LABELS, PEOPLE_LABELS
from portal.models import Attachment, Draft, Event, GistVersion, Message, Note, Revision, Staff, Submission
from portal.models.submission import BROUGHT_BACK, BY_DESK_CODE, SET_ASIDE
from portal.operations.desk.triage import read_note
from portal.operations.private.photos import read_picture_words
from portal.queries.answers import current_answers
from portal.queries.calls import call_values
from portal.queries.desk.submission import list_originals
from portal.queries.drafts import list_saves
from portal.sealing.keys import CannotOpen, KeyRing
from portal.web.desk.advice_texts import describe_advice_change, describe_tag_change
from portal.web.site.answer_texts import WordedAnswer, copy_answers, word_answers
from portal.web.site.dates import write_both_clocks, write_moment
from portal.web.site.desk_addresses import versions_address
from portal.web.site.file_texts import word_format, word_missing_answers
from portal.web.site.labels import done_label, stage_label
from portal.web.site.locale import find_locale
from portal.web.site.original_files import describe_for_editors
from portal.web.site.take_down_texts import outcome_label


def choose_desk_text(texts: Mapping[str, str], tag: str, submission: Submission) -> tuple[str, str]:
    """Return (language tag, text) for a reader of `tag`; an empty text when there is none."""
    try:
        return best_text(texts, (tag, submission.call.coverage.primary_locale))
    except LookupError:
        return tag, ""


def describe_answers(submission: Submission, *, reader: Staff) -> list[WordedAnswer]:
    """Return what was answered last, as `answers_for` does; one line where no key opens it."""
    try:
        return answers_for(reader, submission, current_answers(submission))
    except CannotOpen:
        said = _("We cannot open what is stored here: our key is missing, or what is stored is damaged.")
        here = find_locale().tag
        return [WordedAnswer("", _("This cannot be opened now"), here, said, here)]


def answers_for(reader: Staff, submission: Submission, answers: Mapping[str, Any]) -> list[WordedAnswer]:
    """Return the answers this reader may see: sealed ones never, editors' ones only for editors."""
    seen = {Audience.DESK}
    if has_permission(reader.role, Permission.SUBMISSION_DECIDE):
        seen.add(Audience.EDITOR)
    return word_answers(submission, answers, shows=lambda audience: audience in seen)


def describe_sealed(submission: Submission, opened: Mapping[str, Any]) -> list[WordedAnswer]:
    """Return opened answers in words; of a question the call no longer asks, by its key."""
    asked = [parse_question(row) for row in submission.call.questions]
    known = {key for one in asked for key in (one.key, one.text_key)}
    unknown = [WordedAnswer(key, key, "en", str(opened[key]), "und") for key in opened if key not in known]
    return [*copy_answers(submission, opened, submission.lang), *unknown]


def describe_photos(submission: Submission) -> list[dict[str, Any]]:
    """Return the photos with what their contributor says about each."""
    return [
        {
            "src": url_for("desk.photo", public_id=submission.public_id, photo_id=one.public_id),
            **_measure(one),
            **_describe_caption(one),
            "people": PEOPLE_LABELS[one.people] if one.people else "",
            "licence": LICENCE_LABELS[one.licence] if one.licence else "",
            "may_leave": may_leave(one.people, one.licence),
            "lacks_people": one.people not in (PeopleAnswer.NOBODY, PeopleAnswer.AGREED),
        }
        for one in submission.attachments
        if one.kind is AttachmentKind.PHOTO
    ]


def _measure(photo: Attachment) -> dict[str, int]:
    """Return width and height of a photo, and whether a part of it is missing.

    All are 0 where they cannot be opened, and with them the photo.
    """
    try:
        return {"width": photo.width, "height": photo.height, "is_cut": photo.is_cut}
    except CannotOpen:
        return {"width": 0, "height": 0, "is_cut": 0}


def _describe_caption(photo: Attachment) -> dict[str, str]:
    """Return what its contributor says of a photo, and what is still to be said."""
    try:
        words = read_picture_words(photo)
    except CannotOpen:
        return {
            "description": _("This cannot be opened now"),
            "caption": "",
            "credit": "",
            "missing": "",
        }
    return {
        "description": words.description,
        "caption": words.caption,
        "credit": words.credit,
        "missing": word_missing_answers(words),
    }


def describe_documents(submission: Submission, *, reader: Staff) -> list[dict[str, str]]:
    """Return the documents for the editors: what is kept of each, and to an editor its page."""
    may_open = has_permission(reader.role, Permission.SUBMISSION_DECIDE)
    originals = list_originals(submission)
    return [
        {
            "href": url_for("desk.document", public_id=submission.public_id, file_id=one.public_id)
            if may_open
            else "",
            "format": word_format(one),
            "told": describe_for_editors([kept for kept in originals if kept.attachment_id == one.id]),
        }
        for one in submission.attachments
        if one.kind is AttachmentKind.DOCUMENT
    ]


def has_sealed_answer(submission: Submission) -> bool:
    """Say whether something was answered that only named people can open."""
    return bool(submission.revisions) and submission.latest.sealed is not None


def describe_revisions(submission: Submission) -> list[dict[str, str]]:
    """Return what was sent when, the newest first, with the address of what it changed."""
    return [_describe_revision(revision, submission) for revision in reversed(submission.revisions)]


def describe_consents(
    submission: Submission, asked: Sequence[ConsentText], tag: str
) -> list[tuple[str, str]]:
    """Return consents in the words of the call now, as (language, text)."""
    values = call_values(submission.call)
    chosen = [choose_desk_text(consent.text, tag, submission) for consent in asked]
    return [(lang, fill_placeholders(text, values, lang)) for lang, text in chosen]


def describe_reasons(submission: Submission, tag: str) -> list[tuple[str, str]]:
    """Return the coverage's reasons for declining as (code, label)."""
    return [
        (row["code"], choose_desk_text(row["label"], tag, submission)[1])
        for row in submission.call.coverage.decline_reasons
    ]


def prepared_message(submission: Submission, reason: str) -> str:
    """Return the prepared words for a reason in the author's language, or nothing."""
    for row in submission.call.coverage.decline_reasons:
        if row["code"] == reason:
            lang, words = choose_desk_text(row.get("message", {}), submission.locale, submission)
            return fill_placeholders(words, {"days": str(submission.call.declined_kept_days)}, lang)
    return ""


def describe_event(event: Event, submission: Submission, tag: str) -> dict[str, str]:
    """Return a line of the history."""
    person = event.staff.name if event.staff else ""
    if (event.detail or {}).get(BY_DESK_CODE):
        person = _("someone with a code from the desk")
    return {
        "when": write_moment(event.at),
        "iso": event.at.isoformat(),
        "text": done_label(event.act),
        "by": _("the author") if event.by_author else person,
        "note": _note_of(event, submission, tag),
    }


def describe_set_aside_draft(saves: int) -> str:
    """Say what undoing an acceptance did with what was saved in its draft."""
    return str(
        ngettext(
            "The draft with %(num)s saved edit is set aside. It returns when the story is accepted again.",
            "The draft with %(num)s saved edits is set aside. It returns when the story is accepted again.",
            saves,
        )
    )


def warn_of_undo(saves: int) -> str:
    """Say what undoing an acceptance would do with what is saved in its draft."""
    return str(
        ngettext(
            "Undo sets the draft with %(num)s saved edit aside. It comes back when the story is accepted "
            "again.",
            "Undo sets the draft with %(num)s saved edits aside. It comes back when the story is accepted "
            "again.",
            saves,
        )
    )


def describe_waiting_draft(draft: Draft, *, has_unsaved: bool) -> str:
    """Say that a draft waits for the next acceptance, and what is saved in it, or typed by the reader."""
    saves = len(list_saves(draft))
    if saves:
        return describe_set_aside_draft(saves)
    if has_unsaved:
        return str(
            _(
                "Its draft is set aside. It comes back when the story is accepted again, together with your "
                "unsaved changes."
            )
        )
    return str(
        _("Its draft is set aside. It comes back when the story is accepted again. Nobody has edited it.")
    )


def describe_message(
    message: Message, submission: Submission, reader: Staff, at: datetime, *, withheld: Collection[int]
) -> dict[str, Any]:
    """Return a message of the thread with its files.

    One the desk has not read is new; one still inside the undo window says so, and one of the decisions
    `withheld` because their author has withdrawn.
    """
    person = message.staff.name if message.staff else _("the desk")
    author = person if message.from_desk else _("the author")
    if message.by_desk_code:
        author = _("someone with a code from the desk, not proved to be the author")
    when = write_both_clocks(message.sent_at, submission.lang)
    if message.event_id in withheld:
        when = _("%(when)s, not shown to the author, because the text was withdrawn", when=when)
    elif message.visible_at > at:
        when = _("%(when)s, not shown to the author yet", when=when)
    return {
        "author": author,
        "when": when,
        "iso": message.sent_at.isoformat(),
        "text": message.body,
        "lang": message.lang,
        "own": message.staff_id == reader.id,
        "is_new": not message.from_desk and message.id > (submission.desk_read_id or 0),
        "files": _describe_files(message, submission, reader),
    }


def _describe_files(message: Message, submission: Submission, reader: Staff) -> list[tuple[str, str]]:
    """Return (name, address) of what came with a message, named as in the list of photos or documents."""
    photos = [one for one in submission.attachments if one.kind is AttachmentKind.PHOTO]
    documents = [one for one in submission.attachments if one.kind is AttachmentKind.DOCUMENT]
    named = [
        (one, _("Photo %(number)s", number=number), describe)
        for number, (one, describe) in enumerate(zip(photos, describe_photos(submission), strict=True), 1)
    ]
    shown = describe_documents(submission, reader=reader)
    named += [
        (one, _("Document %(number)s", number=number), describe)
        for number, (one, describe) in enumerate(zip(documents, shown, strict=True), 1)
    ]
    return [
        (name, describe.get("href") or describe.get("src", ""))
        for one, name, describe in named
        if one.message_id == message.id
    ]


def describe_note(note: Note, reader: Staff, keys: KeyRing) -> dict[str, Any]:
    """Return a colleague's note as a line of a thread."""
    return {
        "author": note.staff.name if note.staff else _("a former colleague"),
        "when": write_moment(note.written_at),
        "iso": note.written_at.isoformat(),
        "text": _open_note(note, keys),
        "lang": "und",
        "own": note.staff_id == reader.id,
    }


def _open_note(note: Note, keys: KeyRing) -> str:
    try:
        return read_note(note, keys)
    except CannotOpen:
        sentence: str = _("This note cannot be opened: its key is missing. Tell whoever runs the portal.")
        return sentence


def describe_gist(gist: GistVersion, tag: str) -> dict[str, str]:
    """Return a gist with who wrote it, when, and in which language."""
    given = {"language": written_name(gist.lang, tag), "date": write_moment(gist.written_at)}
    by = (
        _("Gist in %(language)s, %(date)s. Not for publication.", **given)
        if gist.staff is None
        else _(
            "Gist in %(language)s by %(name)s, %(date)s. Not for publication.", name=gist.staff.name, **given
        )
    )
    return {"by": str(by), "body": gist.body, "lang": gist.lang}


def describe_gists(versions: Sequence[GistVersion], submission: Submission) -> list[dict[str, str]]:
    """Return the gists that were overwritten, newest first, each with where it is brought back."""
    standing = {(one.lang, one.body) for one in versions if one.is_current}
    return [
        {
            "when": write_moment(one.written_at),
            "iso": one.written_at.isoformat(),
            "by": one.staff.name if one.staff else _("a former colleague"),
            "body": one.body,
            "lang": one.lang,
            "action": url_for("desk.restore_gist", public_id=submission.public_id, gist_id=one.public_id),
        }
        for one in reversed(versions)
        if one.body and (one.lang, one.body) not in standing
    ]


def word_gist_change(event: Event, versions: Sequence[GistVersion]) -> str:
    """Return which gist stood there before and which after; nothing for another act."""
    ids = [one.public_id for one in versions]
    if event.act != HistoryAct.SET_GIST or event.detail.get("gist") not in ids:
        return ""
    place = ids.index(event.detail["gist"])
    after = versions[place]
    # Of before there were several languages: the text of another one was overwritten, too, or taken away.
    earlier = [one for one in versions[:place] if not (after.lang and one.lang) or one.lang == after.lang]
    before = earlier[-1].body if earlier else ""
    ends = [_("“%(words)s”", words=words) if words else _("nothing") for words in (before, after.body)]
    return str(_("from %(old)s to %(new)s", old=ends[0], new=ends[1]))


def _describe_revision(revision: Revision, submission: Submission) -> dict[str, str]:
    number = revision.number
    return {
        "kind": stage_label(revision.stage),
        "when": write_moment(revision.received_at),
        "iso": revision.received_at.isoformat(),
        "note": _("newest, shown on this page") if revision is submission.latest else "",
        "href": versions_address(submission.public_id, number - 1, number) if number > 1 else "",
    }


def _note_of(event: Event, submission: Submission, tag: str) -> str:
    detail = event.detail or {}
    match event.act:
        case HistoryAct.DECLINE:
            return dict(describe_reasons(submission, tag)).get(detail.get("reason", ""), "")
        case HistoryAct.WITHDRAW | HistoryAct.ASK_TAKE_DOWN:
            return str(detail.get("note", ""))
        case HistoryAct.MARK_DUPLICATE:
            return str(_("Original: %(id)s", id=detail.get("original", "")))
        case HistoryAct.OPEN_IDENTITY | HistoryAct.ASK_CODE | HistoryAct.CONFIRM_AVOIDED:
            return str(detail.get("reason", ""))
        case HistoryAct.REPLACE_CODE if "asked_by" in detail:
            return str(_("requested by %(name)s", name=detail["asked_by"] or _("a former colleague")))
        case HistoryAct.REPLACE_CODE:
            return str(detail.get("reason", ""))
        case HistoryAct.FIX_LANGUAGE:
            names = [language_name(detail.get(end, ""), tag) for end in ("from", "to")]
            return str(_("from %(old)s to %(new)s", old=names[0], new=names[1]))
        case HistoryAct.ACCEPT if saves := detail.get(BROUGHT_BACK, 0):
            return str(
                ngettext(
                    "The draft came back with %(num)s saved edit.",
                    "The draft came back with %(num)s saved edits.",
                    saves,
                )
            )
        case HistoryAct.UNDO:
            undone, saves = done_label(HistoryAct(detail["undone"])), detail.get(SET_ASIDE, 0)
            return (
                str(_("%(act)s. %(note)s", act=undone, note=describe_set_aside_draft(saves)))
                if saves
                else undone
            )
        case _:
            return _note_of_work(event.act, detail)


def _note_of_work(act: HistoryAct, detail: Mapping[str, Any]) -> str:
    """Return what is noted of an act that decides nothing."""
    if act is HistoryAct.ASSIGN:
        names = [detail.get(end) or _("nobody") for end in ("from", "to")]
        return str(_("from %(old)s to %(new)s", old=names[0], new=names[1]))
    if act is HistoryAct.ASK_GIST:
        return str(_("in %(language)s", language=written_name(detail.get("lang", ""), find_locale().tag)))
    if act is HistoryAct.TAKE_DOWN:
        outcome = outcome_label(detail.get("outcome", ""), detail.get("reason", ""))
        return f"{outcome} {detail.get('url', '')}".strip()
    if act is HistoryAct.PUSH:
        return str(detail.get("target", ""))
    if act in (HistoryAct.ADD_ADDRESS, HistoryAct.DROP_ADDRESS):
        return str(detail.get("url", ""))
    if act is HistoryAct.TAG:
        return describe_tag_change(detail)
    if act in (HistoryAct.RECOMMEND, HistoryAct.TAKE_BACK_ADVICE):
        return describe_advice_change(detail)
    if act is HistoryAct.CLAIM:
        return str(_("taken over from %(name)s", name=detail.get("taken_from", "")))
    return ""
