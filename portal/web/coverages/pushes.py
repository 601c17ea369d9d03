"""Stories on their way to newsrooms' sites: sent by one press, followed, and asked about."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from portal.database import snapshot, transaction
from portal.domain.errors import ExportRefused
from portal.domain.languages import written_name
from portal.domain.permissions import Permission
from portal.domain.pushes import UNDER_WAY, PushState, is_looked_at
from portal.domain.remote_sites import PostField, RemoteStatus
from portal.domain.states import State
from portal.export.look_back import look_at
from portal.export.post import write_post
from portal.export.post_text import to_plain_lines
from portal.export.pushes import NONE_CHOSEN, lay_out
from portal.export.record import ExportRecord
from portal.export.story_records import gather_records
from portal.extensions import current_portal, db, now
from portal.forms.pushes import PushForm, PushPressForm
from portal.models import Coverage, Draft, Push, Target
from portal.operations.coverages.pushes import ask_pushes, keep_theirs, send_over
from portal.queries.coverages.export import SETTLED, list_drafts, load_block
from portal.queries.coverages.pushes import (
    PushRow,
    count_under_way,
    find_push,
    list_new,
    list_of_draft,
    list_push_page,
    list_sendable,
)
from portal.queries.coverages.targets import find_target, list_targets
from portal.story.diff import DiffParagraph, diff_texts
from portal.web.coverages.draft_filter import read_draft_filter
from portal.web.coverages.export import show_export_again
from portal.web.coverages.export_stories import load_coverage
from portal.web.coverages.targets import title_of
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.dates import write_moment
from portal.web.site.locale import find_locale
from portal.web.site.push_texts import (
    word_no_categories,
    word_problem,
    word_push_place,
    word_push_problem,
    word_status,
)
from portal.web.site.remote_site_texts import post_field_label

_FAULTY = 422
_REFRESH_SECONDS = 5
"""How often the page of what is on its way looks again by itself."""
_STATES: Mapping[PushState, tuple[LazyString, str]] = {
    PushState.WAITING: (_l("Waiting to be sent"), "neutral"),
    PushState.RUNNING: (_l("Being sent"), "accent"),
    PushState.DONE: (_l("Sent"), "ok"),
    PushState.FAILED: (_l("Not sent"), "error"),
    PushState.ASKING: (_l("Changed on the site"), "warn"),
    PushState.KEPT: (_l("The site’s version was kept"), "neutral"),
}


def add_routes(room: Blueprint) -> None:
    """Add the pages of what is sent to the room of the coverages."""
    one = "/<slug>/pushes/<public_id:public_id>"
    room.add_url_rule("/<slug>/pushes", view_func=pushes)
    room.add_url_rule("/<slug>/pushes", view_func=send_stories, methods=["POST"])
    room.add_url_rule(one, view_func=changed_post)
    room.add_url_rule(f"{one}/keep", view_func=keep, methods=["POST"])
    room.add_url_rule(f"{one}/over", view_func=overwrite, methods=["POST"])
    room.add_url_rule(f"{one}/look", view_func=look, methods=["POST"])


def _load_push(slug: str, public_id: str) -> PushRow:
    return find_push(db.session(), load_coverage(slug), public_id) or abort(404)


@access(Permission.COVERAGE_EXPORT)
def pushes(slug: str) -> ResponseReturnValue:
    """List what was sent to the sites of a coverage, the newest press first.

    It looks again by itself while something is on its way, without scripts, and `?still=1` stops that.
    """
    session, coverage = db.session(), load_coverage(slug)
    after = request.args.get("after", "")
    page = list_push_page(session, coverage, after=after)
    under_way = count_under_way(session, coverage)
    is_still = "still" in request.args
    shown = render_template(
        "coverages/pushes.html",
        coverage=coverage,
        title=title_of(coverage),
        rows=[describe_push(row, slug) for row in page.rows],
        under_way=under_way,
        is_still=is_still,
        first_href=url_for("coverages.pushes", slug=slug) if after else "",
        next_href=url_for("coverages.pushes", slug=slug, after=page.after) if page.after else "",
    )
    answer = make_response(shown)
    if under_way and not is_still:
        answer.headers["Refresh"] = str(_REFRESH_SECONDS)
    return answer


@access(Permission.COVERAGE_EXPORT, fresh=True)
def send_stories(slug: str) -> ResponseReturnValue:
    """Have stories sent to sites; the worker takes them, and the page shows how far they are."""
    coverage, form = load_coverage(slug), PushForm()
    if not form.validate():
        return show_export_again(slug, [*form.form_errors, *form.drafts.errors]), _FAULTY
    named = form.target.data
    is_named = form.drafts.data and not (form.all_new.data or form.all_approved.data)
    with transaction() as session:
        targets = _find_targets(session, coverage, named)
        chosen = _list_chosen(session, coverage, form)
        sent: set[int] = set()
        warnings: list[str] = []
        for target in targets:
            if chosen is None:
                sendable = list_new(session, coverage, target, matching=read_draft_filter())
            else:
                sendable = list_sendable(session, coverage, target.lang, chosen)
            ask_pushes(session, target, sendable, by=acting_staff(), at=now())
            sent.update(sendable)
            if sendable and not target.categories:
                warnings.append(word_no_categories(target))
    if not sent:
        return show_export_again(slug, [_refuse(targets[0] if named else None, chosen)]), _FAULTY
    if is_named and chosen is not None and len(chosen) > len(sent):
        flash(_word_left_out(len(chosen) - len(sent), is_one_site=bool(named)), "warn")
    for warning in warnings:
        flash(warning, "warn")
    return redirect(url_for("coverages.pushes", slug=slug), 303)


def _find_targets(session: Session, coverage: Coverage, named: str) -> Sequence[Target]:
    """Return the target that is named, or all that are open."""
    if named:
        return [find_target(session, coverage, named) or abort(404)]
    return list_targets(session, coverage, only_open=True)


def _list_chosen(session: Session, coverage: Coverage, form: PushForm) -> set[str] | None:
    """Return the drafts that are asked for; None for all that are new, which each site says for itself."""
    if form.all_new.data:
        return None
    if form.all_approved.data:
        return set(list_drafts(session, coverage, matching=read_draft_filter()))
    return set(form.drafts.data or ())


def _refuse(target: Target | None, chosen: set[str] | None) -> str:
    """Return why nothing is sent: to one target, or to all."""
    if chosen is None:
        return str(_("There is nothing new to send to these sites."))
    if target is None:
        return str(_("None of these stories is approved and in the language of a site."))
    language = written_name(target.lang, find_locale().tag)
    return str(_("None of these stories is approved and in %(language)s.", language=language))


def _word_left_out(number: int, *, is_one_site: bool) -> str:
    if is_one_site:
        said = ngettext(
            "%(num)s story is not sent there: it is in another language, or not approved.",
            "%(num)s stories are not sent there: they are in another language, or not approved.",
            number,
        )
    else:
        said = ngettext(
            "%(num)s story is not sent: no site is in its language, or it is not approved.",
            "%(num)s stories are not sent: no site is in their language, or they are not approved.",
            number,
        )
    return str(said)


@access(Permission.COVERAGE_EXPORT)
def changed_post(slug: str, public_id: str) -> ResponseReturnValue:
    """Show both texts of a post that somebody has changed there, and ask which one stays."""
    return _render_push(slug, _load_push(slug, public_id))


@access(Permission.COVERAGE_EXPORT)
def keep(slug: str, public_id: str) -> ResponseReturnValue:
    """Leave the post as it is there."""
    row = _load_push(slug, public_id)
    form = PushPressForm()
    if not form.validate():
        return _render_push(slug, row, form), _FAULTY
    with transaction() as session:
        keep_theirs(session, row.push, by=acting_staff(), at=now())
    flash(_("The text on the site stays as it is."), "success")
    return redirect(url_for("coverages.pushes", slug=slug), 303)


@access(Permission.COVERAGE_EXPORT)
def overwrite(slug: str, public_id: str) -> ResponseReturnValue:
    """Send our text over the one that was shown."""
    row = _load_push(slug, public_id)
    form = PushPressForm()
    if not form.validate():
        return _render_push(slug, row, form), _FAULTY
    with transaction() as session:
        send_over(session, row.push, by=acting_staff(), at=now())
    return redirect(url_for("coverages.pushes", slug=slug), 303)


@access(Permission.COVERAGE_EXPORT)
def look(slug: str, public_id: str) -> ResponseReturnValue:
    """Ask the site what has become of a story there."""
    with snapshot():  # nobody waits for a site to answer
        row = _load_push(slug, public_id)
        form = PushPressForm()
        if not form.validate():
            return _render_push(slug, row, form), _FAULTY
        copy_id = row.copy.id if row.copy is not None else abort(404)
    problem = look_at(copy_id, clock=now, by=acting_staff())
    if problem:
        flash(word_problem(problem), "error")
    return redirect(url_for("coverages.pushes", slug=slug), 303)


def describe_push(row: PushRow, slug: str) -> dict[str, Any]:
    """Return a story that was sent as a row of the list."""
    sent, draft, copy = row.push, row.draft, row.copy
    label, kind = _STATES[sent.state]
    public_id = sent.public_id
    is_published = copy is not None and copy.status is RemoteStatus.PUBLISHED
    return {
        "title": draft.title,
        "lang": draft.lang,
        "href": url_for("coverages.draft", public_id=draft.public_id),
        "target": sent.target.name,
        "target_id": sent.target.public_id,
        "draft_id": draft.public_id,
        "state": str(label),
        "kind": kind,
        "problem": word_push_problem(sent),
        "about": word_push_place(sent, draft),
        "code": " ".join(str(sent.detail[name]) for name in ("status", "code") if sent.detail.get(name)),
        "again_at": write_moment(sent.run_at) if sent.state is PushState.WAITING and sent.problem else "",
        "dropped": _name_dropped(sent),
        "asked": write_moment(sent.asked_at),
        "by": sent.staff.name if sent.staff else "",
        "there": word_status(copy.status) if copy is not None else "",
        "there_href": (copy.url if is_published else copy.edit_url) if copy is not None else "",
        "looked": write_moment(copy.looked_at) if copy is not None and copy.looked_at else "",
        "is_left_alone": copy is not None
        and (sent.target.closed_at is not None or not is_looked_at(copy.sent_at, at=now())),
        "is_unrecorded": is_published and draft.submission.state is not State.PUBLISHED,
        "question_href": url_for("coverages.changed_post", slug=slug, public_id=public_id)
        if sent.state is PushState.ASKING
        else "",
        "look_action": url_for("coverages.look", slug=slug, public_id=public_id)
        if copy is not None and sent.state not in UNDER_WAY
        else "",
        "may_send": sent.state not in UNDER_WAY and sent.target.closed_at is None,
    }


def describe_pushes_of(draft: Draft, coverage: Coverage) -> dict[str, Any]:
    """Return what the page of a draft says of newsrooms' sites: where it stands, and where it may be sent."""
    if draft.submission.state not in SETTLED and draft.exported_at is None:
        return {"pushes": [], "push_targets": []}  # it has never left, and may not
    session = db.session()
    targets = list_targets(session, coverage)
    sent = list_of_draft(session, draft) if targets else ()
    return {
        "pushes": [describe_push(row, coverage.slug) for row in sent],
        "push_targets": [
            (one.public_id, one.name) for one in targets if one.closed_at is None and one.lang == draft.lang
        ],
    }


def _name_dropped(sent: Push) -> Sequence[str]:
    """Return the parts of a post that the site did not keep as they were sent."""
    named = []
    for one in sent.detail.get("dropped", ()):
        part, _space, how = one.partition(" ")
        label = post_field_label(PostField(part)) if part in set(PostField) else part
        if how == NONE_CHOSEN:
            named.append(
                _(
                    "%(part)s: sent without any, as none is chosen here for this story. Choose them on the "
                    "site’s page here, then send the story again.",
                    part=label,
                )
            )
            continue
        if how == "dropped":
            named.append(_("%(part)s: the site left it out", part=label))
        else:
            named.append(_("%(part)s: the site changed it", part=label))
    return named


def _render_push(slug: str, row: PushRow, refused: PushPressForm | None = None) -> str:
    session, coverage, target = db.session(), load_coverage(slug), row.push.target
    (source,) = load_block(session, coverage, [row.draft.id], at=now())
    ours = None
    try:
        (ours,) = gather_records([source], current_portal().instance.files_folder)
    except ExportRefused:  # it may not leave any more; what stands there can still be read
        ours = None
    theirs = row.push.theirs
    return render_template(
        "coverages/push.html",
        coverage=coverage,
        row=describe_push(row, slug),
        push=row.push,
        draft=row.draft,
        is_asking=row.push.state is PushState.ASKING,
        may_send=ours is not None,
        changes=_compare(theirs, ours, target, row) if ours is not None else [],
        theirs=to_plain_lines(theirs.get("content", "")),
        press=PushPressForm(formdata=None),
        refused=refused,
    )


def _compare(
    theirs: Mapping[str, Any], ours: ExportRecord, target: Target, row: PushRow
) -> Sequence[tuple[str, Sequence[DiffParagraph]]]:
    """Return what differs, by parts: from what stands there to what we would send."""
    known = row.copy.media if row.copy is not None else {}
    sources = {one.file: known[one.key]["url"] for one in ours.pictures if one.key in known}
    text = write_post(ours, lay_out(target), sources=sources)
    parts = (
        (_("Headline"), theirs.get("title", ""), ours.title),
        (_("Excerpt"), theirs.get("excerpt", ""), ours.excerpt),
        (_("Text"), to_plain_lines(theirs.get("content", "")), to_plain_lines(text)),
    )
    return [(label, diff_texts(there, here)) for label, there, here in parts if there.strip() != here.strip()]
