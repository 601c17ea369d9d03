"""The front page of a coverage and the cards of its stories, as editors set them."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.languages import LOCALES, best_text
from portal.domain.permissions import Permission
from portal.extensions import db, now
from portal.forms.front_page import (
    FrontPageForm,
    StoryCardForm,
    list_values,
    make_front_page_form,
)
from portal.media.image import clean_picture
from portal.media.preview import NewPicture, make_lead_picture
from portal.models import Coverage, Draft, StoryCard
from portal.operations.coverages.front_page import (
    AnswersItself,
    FrontPage,
    change_card,
    change_front_page,
    mark_front_page,
    read_front_page,
)
from portal.queries.calls import find_lead_picture
from portal.queries.coverages.overview import find_draft, list_answerable
from portal.web.coverages.export_stories import load_coverage
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.file_texts import word_refusal
from portal.web.site.locale import find_locale
from portal.web.site.uploads import FAULTY, REFUSALS, receive, status_of

_STALE = 409


def add_routes(room: Blueprint) -> None:
    """Add the page of a coverage's head and of a story's card to the room of the coverages."""
    room.add_url_rule("/<slug>/front-page", view_func=front_page, methods=["GET", "POST"])
    room.add_url_rule("/<slug>/front-page/remove-picture", view_func=remove_picture, methods=["POST"])
    room.add_url_rule("/draft/<public_id:public_id>/card", view_func=card, methods=["GET", "POST"])


@access(Permission.DRAFT_EDIT)
def front_page(slug: str) -> ResponseReturnValue:
    """Show and keep title, sentences and picture of a coverage."""
    coverage = load_coverage(slug)
    form = _make_form(coverage)
    if request.method != "POST":
        return _render(coverage, form)
    if not form.validate():
        return _render(coverage, form), FAULTY
    try:
        new = _read_picture(form)
    except REFUSALS as refused:
        form.picture.errors = [word_refusal(refused)]
        return _render(load_coverage(slug), form), status_of(refused)
    coverage = load_coverage(slug)
    if not _check_seen(form, coverage):
        return _render(coverage, form), _STALE
    wanted = FrontPage(form.read("title"), form.read("summary"), form.read("alt"), form.credit.data)
    has_picture = new is not None or find_lead_picture(db.session(), coverage.id) is not None
    if not (_check_described(form, coverage) if has_picture else _check_idle(form, wanted)):
        return _render(coverage, form), FAULTY
    with transaction() as session:
        change_front_page(
            session, coverage, wanted, new=new, by=acting_staff(), at=now(), seen=form.seen.data
        )
    flash(_("Saved."), "success")
    return redirect(url_for("coverages.front_page", slug=slug), 303)


@access(Permission.DRAFT_EDIT)
def remove_picture(slug: str) -> ResponseReturnValue:
    """Let go of the picture that was chosen, with the words about it, and keep what else was typed."""
    coverage = load_coverage(slug)
    form = _make_form(coverage)
    if not form.validate():
        return _render(coverage, form), FAULTY
    if not _check_seen(form, coverage):
        return _render(coverage, form), _STALE
    wanted = FrontPage(form.read("title"), form.read("summary"))
    with transaction() as session:
        change_front_page(
            session,
            coverage,
            wanted,
            removes_picture=True,
            by=acting_staff(),
            at=now(),
            seen=form.seen.data,
        )
    flash(_("The picture is removed."), "success")
    return redirect(url_for("coverages.front_page", slug=slug), 303)


def _check_seen(form: FrontPageForm, coverage: Coverage) -> bool:
    """Say whether nobody has changed the page meanwhile; else note so, and let the next press through."""
    mark = mark_front_page(coverage, find_lead_picture(db.session(), coverage.id))
    if form.seen.data == mark:
        return True
    form.seen.data = mark
    form.form_errors.append(
        _(
            "A colleague has changed this page in the meantime. What you typed is still here and "
            "is not saved yet."
        )
    )
    return False


def _make_form(coverage: Coverage) -> FrontPageForm:
    picture = find_lead_picture(db.session(), coverage.id)
    kept, seen = read_front_page(coverage, picture), mark_front_page(coverage, picture)
    texts = {"title": kept.titles, "summary": kept.summary, "alt": kept.alt}
    form = make_front_page_form(coverage.primary_locale)
    return form(data={"seen": seen, "credit": kept.credit, **list_values(texts)})


def _read_picture(form: FrontPageForm) -> NewPicture | None:
    """Return the picture that was sent, made anew from its pixels; None when none was. Raises REFUSALS."""
    if not form.picture.data:
        return None
    with receive(form.picture.data) as arrived:
        cleaned = clean_picture(arrived.source, arrived.scratch / "clean")
    return make_lead_picture(cleaned.content)


def _check_described(form: FrontPageForm, coverage: Coverage) -> bool:
    """Say whether it is told what the picture shows and who made it; note in the form what lacks."""
    primary = next(one for one in LOCALES if one.tag == coverage.primary_locale)
    alt = form.find("alt", primary)
    if not alt.data:
        alt.errors = [_("Say what the picture shows: people who cannot see it hear this instead.")]
    if not form.credit.data:
        form.credit.errors = [_("Say who made the picture.")]
    return bool(alt.data and form.credit.data)


def _check_idle(form: FrontPageForm, wanted: FrontPage) -> bool:
    """Say whether nothing is told of a picture that is not there; note in the form that it lacks."""
    if wanted.alt or wanted.credit:
        form.picture.errors = [_("Choose the picture you describe, or leave the fields about it empty.")]
    return not form.picture.errors


def _render(coverage: Coverage, form: FrontPageForm) -> str:
    return render_template(
        "coverages/front_page.html",
        coverage=coverage,
        title=best_text(coverage.title, [find_locale().tag, coverage.primary_locale]),
        form=form,
        picture=find_lead_picture(db.session(), coverage.id),
    )


@access(Permission.DRAFT_EDIT)
def card(public_id: str) -> ResponseReturnValue:
    """Show and keep which story a story answers, and where its title may break on its card."""
    draft = find_draft(db.session(), acting_staff(), public_id) or abort(404)
    kept = db.session.get(StoryCard, draft.id)
    others = list_answerable(db.session(), draft)
    chosen = next((one.public_id for one in others if kept and one.id == kept.answers_id), "")
    form = StoryCardForm(
        title=draft.title,
        choices=[(one.public_id, one.title, one.lang) for one in others],
        data={"answered": chosen, "marked": kept.title_breaks if kept else ""},
    )
    if request.method != "POST":
        return _render_card(draft, form)
    if not form.validate():
        return _render_card(draft, form), FAULTY
    answered = next((one for one in others if one.public_id == form.answered.data), None)
    try:
        with transaction() as session:
            change_card(session, draft, answered, title_breaks=form.marked.data, by=acting_staff())
    except AnswersItself:
        form.answered.errors = [_("That story answers this one. Only one of two can answer the other.")]
        return _render_card(draft, form), FAULTY
    flash(_("Saved."), "success")
    return redirect(url_for("coverages.draft", public_id=public_id), 303)


def _render_card(draft: Draft, form: StoryCardForm) -> str:
    return render_template("coverages/card.html", draft=draft, form=form)
