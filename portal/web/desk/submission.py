"""The desk's page of one submission: everything its template shows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from portal.domain.acts import HistoryAct
from portal.domain.consent import asks_for_consents
from portal.domain.languages import best_text, direction_of, language_name, written_name
from portal.domain.permissions import Permission
from portal.domain.questions import ConsentText
from portal.domain.states import IN_COVERAGE, State
from portal.extensions import current_portal, db
from portal.models import Event, GistVersion, Message, Staff, Submission
from portal.operations.desk.decisions import may_judge
from portal.operations.desk.desk_codes import may_give_code
from portal.operations.transitions import may_undo, pick_standing, standing_decision
from portal.queries.consents import outdated_consents
from portal.queries.coverages.unsaved_edits import find_unsaved
from portal.queries.desk.desk_codes import find_newest
from portal.queries.desk.gists import order_gists
from portal.queries.desk.notices import find_assignment
from portal.queries.desk.queue import QueueFilter, ranks_last
from portal.queries.desk.queue_pages import QueuePage, page_with
from portal.queries.desk.recommendations import list_recommendations
from portal.queries.desk.same_story import list_same_stories
from portal.queries.desk.submission import (
    find_claimant,
    find_submission,
    is_message_waiting,
    list_messages,
    list_notes,
    list_originals,
)
from portal.queries.drafts import count_saves, find_outcome, list_saves
from portal.queries.private.untold import pick_withheld
from portal.sealing.keys import CannotOpen
from portal.story.normalise import clean_line
from portal.web.desk.advice_texts import describe_recommendations
from portal.web.desk.bulk_texts import list_batches
from portal.web.desk.changes import describe_news, describe_stale
from portal.web.desk.part import wants_text_alone
from portal.web.desk.queue_texts import (
    describe_list,
    due_words,
    return_words,
    signal_words,
    view_label,
    word_length,
)
from portal.web.desk.same_story_texts import describe_same_stories
from portal.web.desk.submission_forms import (
    PageState,
    SideForms,
    describe_panels,
    list_gist_languages,
    make_press_form,
    searched_words,
)
from portal.web.desk.submission_texts import (
    describe_answers,
    describe_consents,
    describe_documents,
    describe_event,
    describe_gist,
    describe_gists,
    describe_message,
    describe_note,
    describe_photos,
    describe_revisions,
    describe_sealed,
    describe_waiting_draft,
    has_sealed_answer,
    warn_of_undo,
    word_gist_change,
)
from portal.web.site.claims import describe_claim
from portal.web.site.dates import write_both_clocks, write_moment
from portal.web.site.desk_addresses import (
    RENEW,
    filter_args,
    list_addresses,
    queue_address,
    submission_address,
)
from portal.web.site.desk_code_texts import describe_notice
from portal.web.site.labels import count_label, done_label, stage_label, state_label
from portal.web.site.locale import find_catalogue, find_locale
from portal.web.site.mail_preview import update_line
from portal.web.site.original_files import describe_for_editors
from portal.web.site.typed_back import typed_texts

_OK = 200
_FAULTY = 422
_STALE = 409


def render_submission(page: PageState, *, status: int = 0) -> tuple[str, int]:
    """Render the page; a form that was sent stands open with its faults and everything typed."""
    if wants_text_alone():
        html = render_template("desk/text.html", **_describe(page))
    else:
        queue, wanted = _find_queue(page)
        listed = describe_list(queue, page.actor, wanted, at=page.at, current=page.submission.public_id)
        html = render_template("desk/submission.html", queue=listed, **_describe(page))
    if page.is_stale or page.is_claimed:
        return html, _STALE
    return html, status or (_FAULTY if page.sent is not None else _OK)


def render_identity(submission: Submission, opened: Mapping[str, Any], wanted: QueueFilter) -> str:
    """Render sealed answers that were just opened, as the answer to the form that gave the reason."""
    tag = find_locale().tag
    return render_template(
        "desk/identity.html",
        submission=submission,
        kind=stage_label(submission.stage),
        language=language_name(submission.lang, tag),
        state=state_label(submission.state),
        answers=describe_sealed(submission, opened),
        back_href=submission_address(submission.public_id, wanted),
        desk_section="queue",
    )


def describe_undo(
    submission: Submission | None, *, actor: Staff, wanted: QueueFilter, at: datetime
) -> dict[str, Any] | None:
    """Return what a page needs to offer undoing the newest decision, or None when it is too late."""
    if submission is None or submission.announce_at is None:
        return None
    last = standing_decision(db.session(), submission)
    return _describe_undo_of(submission, last, actor=actor, wanted=wanted, at=at)


def _describe_undo_of(
    submission: Submission, last: Event | None, *, actor: Staff, wanted: QueueFilter, at: datetime
) -> dict[str, Any] | None:
    if last is None or submission.announce_at is None or not may_undo(submission, last, by=actor, at=at):
        return None
    return {
        "form": make_press_form(submission, wanted, known=last.id, name=f"undo-{submission.id}"),
        "action": url_for("desk.undo", public_id=submission.public_id),
        "heading": submission.heading,
        "lang": submission.lang,
        "act": done_label(last.act),
        "batch": last.batch or "",
        "note": _warn_of_draft(submission) if last.act is HistoryAct.ACCEPT else "",
        "until": write_moment(submission.announce_at),
        "button": _("Undo"),
        "href": submission_address(submission.public_id, wanted),
    }


def _warn_of_draft(submission: Submission) -> str:
    """Say what happens to saved edits when the acceptance is undone; nothing when there are none."""
    saves = count_saves(db.session(), submission.id)
    return warn_of_undo(saves) if saves else ""


def describe_waiting(
    waiting: Sequence[Message], submissions: Sequence[Submission], *, actor: Staff, wanted: QueueFilter
) -> list[dict[str, Any]]:
    """Return, as describe_undo does, those of the waiting messages this person may take back."""
    known = {submission.id: submission for submission in submissions}
    may_decide = actor.may(Permission.SUBMISSION_DECIDE)
    found = []
    for message in waiting:
        if message.staff_id != actor.id and not may_decide:
            continue
        submission, name = known[message.submission_id], f"take-back-{message.id}"
        found.append(
            {
                "form": make_press_form(submission, wanted, known=message.event_id or 0, name=name),
                "action": take_back_address(submission, message),
                "heading": submission.heading,
                "lang": submission.lang,
                "act": _("Message to the author"),
                "batch": "",
                "note": "",
                "until": write_moment(message.visible_at),
                "button": _("Withdraw the message"),
                "href": submission_address(submission.public_id, wanted),
            }
        )
    return found


def take_back_address(submission: Submission, message: Message) -> str:
    """Return where a message is taken back."""
    return url_for("desk.take_back_message", public_id=submission.public_id, message_id=message.public_id)


def find_recent(actor: Staff, wanted: QueueFilter, at: datetime) -> dict[str, Any] | None:
    """Return the decision the person comes from, when the address names it and it can still be undone."""
    public_id = clean_line(request.args.get("done", ""))
    submission = find_submission(db.session(), actor, public_id) if public_id else None
    return describe_undo(submission, actor=actor, wanted=wanted, at=at)


def _find_queue(page: PageState) -> tuple[QueuePage, QueueFilter]:
    """Return the page of the queue that stands beside the text, and its filter."""
    keys = current_portal().instance.keys
    position = page.place.position
    return page_with(
        db.session(), page.actor, page.wanted, page.submission, position=position, at=page.at, keys=keys
    )


def _describe(page: PageState) -> dict[str, Any]:
    """Return what the text's own part of the page shows."""
    submission, actor, wanted = page.submission, page.actor, page.wanted
    tag, standing = find_locale().tag, pick_standing(page.events)
    return {
        "submission": submission,
        "kind": stage_label(submission.stage),
        "state": state_label(submission.state),
        "language": language_name(submission.lang, tag),
        "author_language": language_name(submission.locale, tag),
        "written_language": written_name(submission.lang, tag),
        "author_written_language": written_name(submission.locale, tag),
        "undo": _describe_undo_of(submission, standing, actor=actor, wanted=wanted, at=page.at),
        "recent": None
        if request.args.get("done") == submission.public_id
        else find_recent(actor, wanted, page.at),
        "batches": _list_batches(page),
        "find": searched_words(),
        "filter_args": filter_args(wanted),
        "form": page.sent,
        "desk_section": "queue",
        **_describe_text(page, tag),
        **_describe_work(page, tag),
        **_describe_thread(page, tag),
        **_describe_ways(page),
        **_describe_forms(page, tag),
    }


def _list_batches(page: PageState) -> list[dict[str, Any]]:
    """Return acts on many texts that this one was part of, while they can be taken back."""
    since = page.at - current_portal().settings.undo_window
    batches = {event.batch for event in page.events if event.batch and event.at > since}
    return list_batches(page.actor, batches, page.wanted, page.at)


def _describe_text(page: PageState, tag: str) -> dict[str, Any]:
    """Return what the author sent, and what is known about it."""
    submission = page.submission
    catalogue, days = find_catalogue(), submission.call.answer_days
    due_text, due_kind = due_words(submission, page.at, answer_days=days, catalogue=catalogue)
    asked = _list_outdated(submission) if asks_for_consents(submission.state) else ()
    originals = list_originals(submission)
    given_at = {moment: write_moment(moment) for moment in {one.given_at for one in submission.consents}}
    return {
        "direction": direction_of(submission.lang),
        "coverage": best_text(submission.call.coverage.title, (tag, submission.call.coverage.primary_locale)),
        "length": word_length(
            submission.lang, words=submission.words, characters=submission.characters, catalogue=catalogue
        ),
        "received": write_both_clocks(submission.received_at, submission.lang),
        "due_text": due_text,
        "due_kind": due_kind,
        "returned": return_words(submission),
        "is_unverified": ranks_last(submission),
        "signals": signal_words(submission.signals),
        "at_risk": _may_put_at_risk(submission),
        "answers": describe_answers(submission, reader=page.actor),
        "sealed": has_sealed_answer(submission),
        "unplaced": describe_for_editors([one for one in originals if one.attachment_id is None]),
        "photos": describe_photos(submission),
        "documents": describe_documents(submission, reader=page.actor),
        "revisions": describe_revisions(submission),
        "news": describe_news(submission, page.events),
        "consents": [(one.text, one.locale, given_at[one.given_at]) for one in submission.consents],
        "new_words": describe_consents(submission, asked, tag),
    }


def _may_put_at_risk(submission: Submission) -> bool:
    """Say whether a text puts somebody at risk; one whose answer no key opens may, as in the queue."""
    try:
        return submission.at_risk
    except CannotOpen:
        return True


def _list_outdated(submission: Submission) -> Sequence[ConsentText]:
    """Return the consents to be given anew; none where nobody can read what was answered."""
    try:
        return outdated_consents(submission)
    except CannotOpen:
        return ()


def _describe_work(page: PageState, tag: str) -> dict[str, Any]:
    """Return what colleagues have done with it, and who is on it."""
    submission, actor, keys = page.submission, page.actor, current_portal().instance.keys
    reader, gists = find_claimant(submission, at=page.at), page.gists
    notes = () if submission.has_notes is False else list_notes(db.session(), submission)
    return {
        "reads": may_judge(actor, submission),
        "tags": page.names.tags,
        "advice": _describe_advice(page),
        "reader": reader,
        "held": describe_claim(submission, actor=actor, at=page.at),
        "claimed_meanwhile": page.is_claimed,
        "reads_it_oneself": reader is not None and reader.id == actor.id,
        "notes": [describe_note(note, actor, keys) for note in notes],
        "events": [_describe_event(event, submission, tag, gists) for event in page.events],
        "gists": [describe_gist(one, tag) for one in order_gists(gists, tag)],
        "earlier_gists": describe_gists(gists, submission),
        "gist_languages": list_gist_languages(page),
        "asks_for_gist": not any(one.is_current and one.body and one.lang == tag for one in gists),
        "assigned_by": _find_assigner(page),
        "stale": describe_stale(submission, page.events, page.since) if page.is_stale else None,
    }


def _describe_event(
    event: Event, submission: Submission, tag: str, gists: Sequence[GistVersion]
) -> dict[str, str]:
    line = describe_event(event, submission, tag)
    return {**line, "note": line["note"] or word_gist_change(event, gists)}


def _describe_advice(page: PageState) -> list[dict[str, Any]]:
    """Return what colleagues recommend; nobody is asked where nobody ever did."""
    if not page.has_seen(HistoryAct.RECOMMEND):
        return []
    given = list_recommendations(db.session(), page.submission)
    keys = current_portal().instance.keys
    return describe_recommendations(given, page.submission, reader=page.actor, keys=keys)


def _find_assigner(page: PageState) -> str:
    """Return who has made this person responsible, while they have not acted on it."""
    if page.submission.assignee_id != page.actor.id or not page.has_seen(HistoryAct.ASSIGN):
        return ""
    notice = find_assignment(db.session(), page.actor, page.submission)
    if notice is None:
        return ""
    return notice.by.name if notice.by is not None else str(_("a former colleague"))


def _describe_thread(page: PageState, tag: str) -> dict[str, Any]:
    """Return the messages; those of the desk that wait can be taken back."""
    submission = page.submission
    messages = () if submission.has_messages is False else list_messages(db.session(), submission)
    withheld = pick_withheld(submission, page.events)
    leaving = [one for one in messages if is_message_waiting(one, at=page.at)]
    waiting = {
        entry["action"]: entry
        for entry in describe_waiting(leaving, [submission], actor=page.actor, wanted=page.wanted)
    }
    thread = [
        {
            **describe_message(message, submission, page.actor, page.at, withheld=withheld),
            "waiting": waiting.get(take_back_address(submission, message)),
        }
        for message in messages
    ]
    return {
        "thread": thread,
        "new_messages": sum(one["is_new"] for one in thread),
        "message_mail": update_line(submission, window=current_portal().settings.undo_window, tag=tag),
    }


def _describe_ways(page: PageState) -> dict[str, Any]:
    """Return where one can go from here; an empty address is no way."""
    submission, actor, wanted = page.submission, page.actor, page.wanted
    session = db.session()
    place, outcome = page.place, find_outcome(session, submission)
    edits = actor.may(Permission.DRAFT_EDIT)
    new_code = find_newest(session, submission.id) if page.has_seen(HistoryAct.ASK_CODE) else None
    original = submission.duplicate_of
    code_args: dict[str, Any] = {"public_id": submission.public_id, **filter_args(wanted)}
    return {
        "place": _describe_place(wanted, place.position),
        "own_href": submission_address(submission.public_id, wanted),
        "queue_href": queue_address(wanted),
        "next_href": submission_address(place.following, wanted) if place.following else "",
        "take_downs": outcome.open_take_downs,
        "aside": _describe_aside(page) if edits else None,
        "draft_href": url_for("coverages.draft", public_id=outcome.draft)
        if outcome.draft and edits and submission.state in IN_COVERAGE
        else "",
        "same_stories": _describe_same_stories(page),
        "original_href": submission_address(original.public_id, wanted)
        if original and original.state is not State.ERASED
        else "",
        "code_href": url_for("desk_desk_codes.ask_for_code", **code_args)
        if may_give_code(actor, submission)
        else "",
        "new_code": describe_notice(new_code, submission, actor, at=page.at),
    }


def _describe_same_stories(page: PageState) -> list[dict[str, Any]]:
    """Return the texts that seem to tell the same story; nobody is asked where none was ever found."""
    submission = page.submission
    if submission.is_paired is False:
        return []
    found = list_same_stories(db.session(), page.actor, submission)
    return describe_same_stories(found, submission, find_locale().tag, list_addresses(page.wanted))


def _describe_aside(page: PageState) -> dict[str, str] | None:
    """Return what is said of a draft that waits for the next acceptance, and where its words are read."""
    draft = page.aside
    if draft is None:
        return None
    saves, unsaved = list_saves(draft), find_unsaved(db.session(), draft, page.actor)
    is_edited = bool(saves) or unsaved is not None
    return {
        "text": describe_waiting_draft(draft, has_unsaved=unsaved is not None),
        "href": url_for("coverages.revisions", public_id=draft.public_id) if is_edited else "",
        "link": _("Read what was saved") if saves else _("Read what you typed"),
    }


def _describe_forms(page: PageState, tag: str) -> dict[str, Any]:
    """Return every form of the page; what was typed into one that stands here no more is shown apart."""
    panels, side = describe_panels(page, tag), SideForms(page)
    stands = page.sent is None or (
        page.sent.name in side or any(panel["form"] is page.sent and not panel["blocked"] for panel in panels)
    )
    return {
        "panels": panels,
        "side": side,
        "opens_renewal": request.args.get("write") == RENEW,
        "writes_gist": "gist" in request.args,
        "typed": [] if stands else typed_texts(),
    }


def _describe_place(wanted: QueueFilter, position: Any) -> str:
    if position is None:
        return view_label(wanted.view)
    return str(
        _(
            "%(number)s of %(total)s in “%(view)s”",
            number=position.number,
            total=count_label(position.total),
            view=view_label(wanted.view),
        )
    )
