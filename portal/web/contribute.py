"""The two forms, the full story of an invited pitch, and the receipt."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.consent import BylineMode
from portal.domain.errors import CallClosed, IllegalTransition
from portal.domain.languages import LOCALES
from portal.domain.pictures import takes_pictures
from portal.domain.questions import parse_consent
from portal.domain.receipt import derive_code, group_code, is_form_key, issue_form_key
from portal.domain.schedule import answer_due
from portal.domain.states import Act, Stage, State
from portal.extensions import current_portal, db
from portal.forms.contribute import ContributorForm, story_form
from portal.keys import KeyRing, answers_place
from portal.models import Call, Coverage, Submission
from portal.operations.visiting import open_private_page, recall_form_key
from portal.operations.writing import send_story as keep_story
from portal.operations.writing import submit
from portal.queries.calls import (
    call_in_language,
    current_call,
    find_coverage,
    reading_languages,
    speaks,
    statements_in,
    takes_texts,
)
from portal.web.access import access
from portal.web.clock import now
from portal.web.contributor_session import open_page, remember
from portal.web.dates import write_deadline
from portal.web.locale import find_locale
from portal.web.localized import choose_shown
from portal.web.pages import typed_texts
from portal.web.sent_copy import copy_answers

room = Blueprint("contribute", __name__)


@dataclass(frozen=True)
class _Door:
    """A call with the form that was opened."""

    coverage: Coverage
    call: Call
    stage: Stage


@room.route("/<lang:lang>/<coverage>/pitch", methods=["GET", "POST"])
@access("open")
def pitch(coverage: str) -> ResponseReturnValue:
    """Take a pitch."""
    return _take(_open_door(coverage, Stage.PITCH))


@room.route("/<lang:lang>/<coverage>/story", methods=["GET", "POST"])
@access("open")
def story(coverage: str) -> ResponseReturnValue:
    """Take a finished story."""
    return _take(_open_door(coverage, Stage.STORY))


@room.route("/<lang:lang>/my/story", methods=["GET", "POST"])
@access("contributor")
def send_story() -> ResponseReturnValue:
    """Take the full story of an invited pitch; what the pitch answered is not asked again."""
    piece = open_page().submission
    if request.method == "GET" and piece.state_shown(now()) is not State.INVITED:
        return redirect(url_for("my.enter"), 303)
    door = _Door(piece.call.coverage, piece.call, Stage.STORY)
    if not speaks(door.call, find_locale().tag, door.stage):
        return _show_other_languages(door)
    form = _make_form(door, piece=piece)
    if not _is_sent_well(form):
        return _show_form(door, form, piece=piece)
    keys = current_portal().instance.keys
    with transaction() as session:
        keep_story(
            session,
            piece,
            form.to_sending(lang=piece.lang),
            form_key=form.form_key.data,
            keys=keys,
            at=now(),
        )
    return redirect(url_for("contribute.receipt"), 303)


@room.get("/<lang:lang>/my/receipt")
@access("contributor")
def receipt() -> ResponseReturnValue:
    """Show the code, what happens next, and a copy of everything that was sent."""
    page = open_page()
    piece = page.submission
    instance = current_portal().instance
    form_key = recall_form_key(page, keys=instance.keys)
    return render_template(
        "contribute/receipt.html",
        code=group_code(derive_code(instance.receipt_secret, form_key)) if form_key else "",
        piece=piece,
        heading=choose_shown(piece.call.coverage.title, piece.call.coverage.primary_locale),
        answers=copy_answers(piece, instance.keys),
        consents=piece.consents,
        answer_by=format_date(answer_due(piece.latest.received_at, piece.call.answer_days), "long"),
        waits=piece.state_shown(now()) is State.SUBMITTED,
        takes_photos=takes_pictures(piece.state_shown(now()), piece.stage),
    )


def _open_door(slug: str, stage: Stage) -> _Door:
    coverage = find_coverage(db.session(), slug)
    call = current_call(coverage, at=now()) if coverage else None
    if coverage is None or call is None:
        abort(404)
    return _Door(coverage, call, stage)


def _take(door: _Door) -> ResponseReturnValue:
    if not speaks(door.call, find_locale().tag, door.stage):
        return _show_other_languages(door)
    form = _make_form(door)
    is_open = takes_texts(door.call, at=now())
    if not _is_sent_well(form):
        return _show_form(door, form) if is_open else _show_closed(door, form)
    # The operation refuses a closed call: what was sent in time and is repeated now gets its receipt.
    try:
        token = _keep(door.call, form)
    except CallClosed:
        return _show_closed(door, form)
    remember(token)
    return redirect(url_for("contribute.receipt"), 303)


def _keep(call: Call, form: ContributorForm) -> str:
    """Keep what was sent and return the token of the private page that opens with it."""
    instance, at, form_key = current_portal().instance, now(), form.form_key.data
    with transaction() as session:
        piece, _is_new = submit(
            session,
            call,
            form.to_sending(),
            form_key=form_key,
            keys=instance.keys,
            receipt_secret=instance.receipt_secret,
            at=at,
            locale=find_locale().tag,
        )
        return open_private_page(session, piece, at=at, keys=instance.keys, form_key=form_key)


def _make_form(door: _Door, *, piece: Submission | None = None) -> ContributorForm:
    """Build the form of the door for this reader; with `piece` only what its pitch left open."""
    seen = call_in_language(door.call, find_locale().tag, reading_languages(db.session(), door.coverage.id))
    kind = story_form(seen, door.stage, **(_given_with_pitch(piece) if piece else {}))
    form = kind()
    if request.method == "GET":
        form.form_key.data = issue_form_key(current_portal().instance.receipt_secret)
    return form


def _given_with_pitch(piece: Submission) -> dict[str, Any]:
    """Return what the newest pitch answered and agreed to.

    Whatever came after it does not count: a sending repeated after a lost answer is read by the same form.
    """
    pitches = [revision for revision in piece.revisions if revision.stage is Stage.PITCH]
    if not pitches:
        raise IllegalTransition(piece.state, Act.SEND_STORY)
    pitch = pitches[-1]
    answers = {
        **pitch.answers,
        **_open_sealed(piece, pitch.number, pitch.sealed, current_portal().instance.keys),
    }
    undecided = {"byline"} if answers.get("byline") == BylineMode.LATER else set()
    asked_with_pitch = {
        row.key for row in map(parse_consent, piece.call.consents) if Stage.PITCH in row.forms
    }
    return {
        "answered": {key for key, value in answers.items() if value} - undecided,
        "agreed": {(one.key, one.text_version) for one in piece.consents if one.key in asked_with_pitch},
    }


def _open_sealed(piece: Submission, number: int, sealed: bytes | None, keys: KeyRing) -> dict[str, Any]:
    return keys.open_map(sealed, answers_place(piece.public_id, number))


def _is_sent_well(form: ContributorForm) -> bool:
    """Say whether the form was sent and is valid; with a form key that is not ours it is not."""
    if request.method != "POST":
        return False
    secret = current_portal().instance.receipt_secret
    is_valid = form.validate()
    if is_form_key(secret, form.form_key.data or ""):
        return is_valid
    form.renew_key(issue_form_key(secret))
    return False


def _show_form(door: _Door, form: ContributorForm, *, piece: Submission | None = None) -> ResponseReturnValue:
    tag = find_locale().tag
    page = render_template(
        "contribute/form.html",
        form=form,
        stage=door.stage,
        piece=piece,
        title=choose_shown(door.coverage.title, door.coverage.primary_locale),
        coverage_url=url_for("public.coverage", coverage=door.coverage.slug),
        statements=statements_in(door.call, tag, door.stage),
        answer_by=format_date(answer_due(now(), door.call.answer_days), "long"),
        closes=write_deadline(door.call.closes_at) if door.call.closes_at else "",
    )
    return page, 422 if request.method == "POST" else 200


def _show_closed(door: _Door, form: ContributorForm) -> ResponseReturnValue:
    """Say that the call is not open, and give back what was typed."""
    call, at = door.call, now()
    opens = call.opens_at if call.opens_at is not None and at < call.opens_at else None
    page = render_template(
        "contribute/closed.html",
        title=choose_shown(door.coverage.title, door.coverage.primary_locale),
        coverage_url=url_for("public.coverage", coverage=door.coverage.slug),
        opens=write_deadline(opens) if opens else "",
        closed=write_deadline(call.closes_at) if call.closes_at else "",
        texts=form.typed_texts(),
    )
    return page, 409 if request.method == "POST" else 200


def _show_other_languages(door: _Door) -> ResponseReturnValue:
    """Say in which languages the form exists: nobody agrees to words in another one than theirs."""
    found = [locale for locale in LOCALES if speaks(door.call, locale.tag, door.stage)]
    page = render_template(
        "contribute/other_languages.html",
        title=choose_shown(door.coverage.title, door.coverage.primary_locale),
        entries=[
            (locale, url_for(request.endpoint or "", **{**(request.view_args or {}), "lang": locale}))
            for locale in found
        ],
        texts=[(_("Text %(number)s", number=number), text) for number, text in enumerate(typed_texts(), 1)],
    )
    return page, 404
