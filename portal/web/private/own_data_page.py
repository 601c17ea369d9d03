"""Own data in words: the page that describes it, README.txt and data.html."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import render_template
from flask_babel import format_date, format_time
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.domain.acts import HistoryAct
from portal.domain.author_checks import read_answers
from portal.domain.deadlines import round_to_hour
from portal.domain.editing import Verdict
from portal.domain.photos import AttachmentKind
from portal.domain.states import PUBLIC_STATUS
from portal.export.own_data import name_files, name_originals
from portal.models import Event
from portal.models.submission import BY_DESK_CODE
from portal.operations.contribute.unsent import read_typed
from portal.operations.private.unsent import open_words
from portal.queries.answers import open_sealed_answers
from portal.queries.private.own_data import OwnData, SentForApproval
from portal.sealing.keys import KeyRing
from portal.story.html import to_html
from portal.web.private.next_step import next_step
from portal.web.site.answer_texts import copy_answers
from portal.web.site.checked_changes import ANSWERS, word_place
from portal.web.site.desk_code_texts import word_writer
from portal.web.site.labels import public_status_label, stage_label
from portal.web.site.story_photos import illustrate

README = "README.txt"
DOCUMENT = "data.json"
PAGE = "data.html"

YOUR_ACTS: Mapping[HistoryAct, LazyString] = {
    HistoryAct.SAVE: _l("You saved a text without sending it."),
    HistoryAct.SUBMIT: _l("You sent your text."),
    HistoryAct.REPLY: _l("You answered our question."),
    HistoryAct.SEND_STORY: _l("You sent the full story."),
    HistoryAct.APPROVE: _l("You agreed to the edited text."),
    HistoryAct.OBJECT: _l("You said what should change in the edited text."),
    HistoryAct.WITHDRAW: _l("You withdrew your text."),
    HistoryAct.ASK_TAKE_DOWN: _l("You asked us to take your published text down."),
    HistoryAct.NEW_VERSION: _l("You sent a new version."),
    HistoryAct.ANSWER_AFTER: _l("You answered the questions after the receipt."),
    HistoryAct.MESSAGE: _l("You wrote to us."),
    HistoryAct.RENEW_CONSENT: _l("You agreed to the new terms."),
    HistoryAct.SWITCH_MAIL: _l("You switched e-mails on or off."),
    HistoryAct.REPLACE_CODE: _l("You got a new code."),
    HistoryAct.REFUSE_CODE: _l("You refused a code that we had given to someone else."),
    HistoryAct.PROVE_AUTHOR: _l("You proved to be the author with one of your answers."),
    HistoryAct.ADD_PICTURE: _l("You added a photo."),
    HistoryAct.CHANGE_PICTURE: _l("You changed what you say about your photos, or their order."),
    HistoryAct.REMOVE_PICTURE: _l("You removed a photo."),
    HistoryAct.ADD_DOCUMENT: _l("You added a document."),
    HistoryAct.REMOVE_DOCUMENT: _l("You removed a document."),
    HistoryAct.CONFIRM_WORDS: _l("You said that what we took from a file is your text."),
    HistoryAct.FIX_LANGUAGE: _l("You corrected the language of your text."),
}
OUR_ACTS: Mapping[HistoryAct, LazyString] = {
    HistoryAct.MESSAGE: _l("We wrote to you."),
    HistoryAct.OPEN_IDENTITY: _l(
        "Your contact details were opened by someone who is authorised to do so and gave a reason."
    ),
    HistoryAct.REPLACE_CODE: _l("We gave you a new code in place of a lost one."),
    HistoryAct.FIX_LANGUAGE: _l("We corrected the language of your text."),
}
HOLDERS_ACTS: Mapping[HistoryAct, LazyString] = {
    HistoryAct.OPEN_BY_DESK_CODE: _l("Your page was opened with a code from the desk."),
    HistoryAct.MESSAGE: _l("Someone who had opened your page with a code from the desk wrote to us."),
}
_VERDICTS: Mapping[Verdict, LazyString] = {
    Verdict.APPROVED: _l("You agreed."),
    Verdict.OBJECTED: _l("You said what should change."),
    Verdict.WAIVED: _l("We went on without your answer."),
}


def list_contents() -> list[str]:
    """Return what is in the file, a line for each part."""
    return [
        _("what you sent: every version, including the answers that are kept encrypted"),
        _("what you saved and have not sent"),
        _("the messages between you and us"),
        _("what you agreed to: the exact words, and when"),
        _("your photos and documents, as we keep them: what is hidden in files was taken out"),
        _("files as you sent them, until you confirm that what we took from them is your text"),
        _("the edited texts we showed you, and what you said to them"),
        _("what happened when, and when your contact details were opened"),
        _("the e-mails we sent you in the last two weeks"),
    ]


def word_missing_files(paths: Sequence[str]) -> str:
    """Say which files are not in the download; empty when all are."""
    if not paths:
        return ""
    listed = "\n".join(f"- {path}" for path in paths)
    said = _(
        "This is not complete: we could not read some of your files. Write to us, and we will look for them:"
    )
    return f"{said}\n{listed}"


def write_readme(missing: Sequence[str] = ()) -> bytes:
    """Return README.txt in the reader's language; `missing` are files that could not be read."""
    parts = [
        *([word_missing_files(missing)] if missing else []),
        _("This is all the information we hold about you and your text."),
        _("%(page)s is for reading: open it in any browser. It needs no network.", page=PAGE),
        _("%(document)s is the same for computers (JSON).", document=DOCUMENT),
        _("Photos and documents are in the folders beside them."),
        _("In it:") + "\n" + "\n".join(f"- {line}" for line in list_contents()),
        _(
            "Not included: names of the desk’s people, their notes to each other and about your "
            "text, decisions you have not been told yet, and our spam checks."
        ),
        _("All times are UTC and given to the hour."),
        _(
            "These files are not encrypted. Whoever opens them can read how we reach you and what "
            "you told us about a risk. Delete them when you no longer need them."
        ),
    ]
    return ("\n\n".join(parts) + "\n").encode()


def write_data_html(data: OwnData, keys: KeyRing, *, at: datetime, missing: Sequence[str] = ()) -> bytes:
    """Return data.html: everything in words, in the reader's language. Raises CannotOpen.

    `missing` as in `write_readme`.
    """
    page, paths = data.page, name_files(data.page.submission)
    text = render_template(
        "private/own_data.html",
        submission=page.submission,
        missing=missing,
        status=public_status_label(page.status),
        next_step=next_step(page, at),
        sent=_list_sent(data, keys),
        unsent=_list_unsent(data, keys),
        typed=[(_hour(one.saved_at), open_words(one, keys)) for one in data.typed],
        messages=[
            {
                "author": word_writer(one),
                "when": _hour(one.visible_at),
                "text": one.body,
                "lang": one.lang,
                "files": [paths[file.id] for file in page.files_of(one)],
            }
            for one in page.messages
        ],
        consents=[(_hour(one.given_at), one.text, one.locale) for one in page.submission.consents],
        files=[
            {"path": paths[one.id], "file": one, "is_photo": one.kind is AttachmentKind.PHOTO}
            for one in page.submission.attachments
        ],
        originals=list(name_originals(page.submission).values()),
        edited=[_describe_edited(one, data, missing) for one in data.edited],
        publications=[one.url for one in data.publications],
        history=[(_hour(one.at), _word_event(one)) for one in data.events],
        mails=[(_hour(one.sent_at), one.subject, one.body, one.locale) for one in data.mails if one.sent_at],
    )
    return text.encode()


def _list_sent(data: OwnData, keys: KeyRing) -> Sequence[Mapping[str, Any]]:
    submission = data.page.submission
    versions = []
    for one in submission.revisions:
        answers = copy_answers(
            submission, {**one.answers, **open_sealed_answers(submission, one, keys)}, one.lang
        )
        versions.append({"kind": stage_label(one.stage), "when": _hour(one.received_at), "answers": answers})
    return versions


def _list_unsent(data: OwnData, keys: KeyRing) -> Sequence[Mapping[str, Any]]:
    versions = []
    for row in (row for submission in (data.page.submission, *data.beside) for row in submission.writings):
        typed = read_typed(row, keys)
        answers = copy_answers(row.submission, {**typed.answers, **typed.sealed}, typed.lang)
        versions.append({"kind": stage_label(row.stage), "when": _hour(row.saved_at), "answers": answers})
    return versions


def _describe_edited(sent: SentForApproval, data: OwnData, missing: Sequence[str]) -> Mapping[str, Any]:
    fields, verdict = sent.text.fields, sent.check.verdict
    submission = data.page.submission
    paths = name_files(submission)
    shown = illustrate(
        fields,
        [one for one in submission.attachments if paths[one.id] not in missing],
        lang=sent.lang,
        licence=submission.call.coverage.licence,
        address=lambda photo: paths[photo.id],
    )
    return {
        "when": _hour(sent.check.sent_at),
        "lang": sent.lang,
        "title": fields["title"],
        "lines": [
            fields[key]
            for key in ("dek", "excerpt", "content_warning", "byline", "bio", "place")
            if fields.get(key)
        ],
        "text": to_html(shown.blocks, figures=shown.figures),
        "verdict": _VERDICTS[verdict] if verdict and sent.is_answered else "",
        "objections": sent.check.objections,
        "objections_lang": sent.lang,
        "reasons": sent.reasons,
        "answers": [
            (word_place(one.place, one.number), str(ANSWERS[one.answer]), one.words)
            for one in read_answers(sent.check.answers)
        ],
    }


def _word_event(event: Event) -> str:
    """Return one line of the history: your acts as such, ours as the status they led to."""
    if event.by_author:
        return str(YOUR_ACTS[event.act])
    if BY_DESK_CODE in event.detail and event.act in HOLDERS_ACTS:
        return str(HOLDERS_ACTS[event.act])
    if event.act in OUR_ACTS:
        return str(OUR_ACTS[event.act])
    return str(_("Status: %(status)s", status=public_status_label(PUBLIC_STATUS[event.to_state])))


def _hour(at: datetime) -> str:
    hour = round_to_hour(at)
    # A file is kept, and read anywhere: it says so, and has no other zone.
    date, time = format_date(hour.date(), "long"), format_time(hour, "short", rebase=False)
    return str(_("%(date)s, %(time)s UTC", date=date, time=time))
