"""The tags of a coverage: made, renamed, merged and removed by editors."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.database import transaction
from portal.domain.languages import best_text
from portal.domain.permissions import Permission
from portal.domain.tags import MOST_IN_COVERAGE
from portal.extensions import db, now
from portal.forms.tags import MergeTagForm, RemoveTagForm, TagNameForm
from portal.models import Coverage, Tag
from portal.operations.coverages.tags import (
    CoverageFull,
    TagTaken,
    make_tag,
    merge_tags,
    remove_tag,
    rename_tag,
)
from portal.queries.desk.tags import TagUse, list_tags
from portal.web.coverages.export_stories import load_coverage
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.locale import find_locale

_FAULTY = 422


def add_routes(room: Blueprint) -> None:
    """Add the pages of tags to the room of the coverages."""
    one = "/<slug>/tags/<public_id:public_id>"
    room.add_url_rule("/<slug>/tags", view_func=tags, methods=["GET", "POST"])
    room.add_url_rule(one, view_func=tag, methods=["GET", "POST"])
    room.add_url_rule(f"{one}/merge", view_func=merge, methods=["POST"])
    room.add_url_rule(f"{one}/remove", view_func=remove, methods=["POST"])


@access(Permission.COVERAGE_TAGS)
def tags(slug: str) -> ResponseReturnValue:
    """List the tags of a coverage, and make one."""
    coverage, form = load_coverage(slug), TagNameForm()
    if request.method != "POST":
        return _render_list(coverage, form)
    if form.validate():
        try:
            with transaction() as session:
                make_tag(session, coverage, name=form.tag_name.data, by=acting_staff(), at=now())
        except TagTaken as taken:
            form.tag_name.errors = [_word_taken(taken)]
        except CoverageFull:
            form.tag_name.errors = [
                _(
                    "There are %(number)s tags already. Merge or remove some before you add another.",
                    number=MOST_IN_COVERAGE,
                )
            ]
        else:
            flash(_("Saved."), "ok")
            return redirect(url_for("coverages.tags", slug=slug), 303)
    return _render_list(load_coverage(slug), form), _FAULTY


@access(Permission.COVERAGE_TAGS)
def tag(slug: str, public_id: str) -> ResponseReturnValue:
    """Show a tag, and call it otherwise."""
    coverage, uses = _load(slug)
    found = _find(uses, public_id)
    form = TagNameForm(data={"tag_name": found.tag.name})
    if request.method != "POST":
        return _render_tag(coverage, uses, found, name_form=form)
    if form.validate():
        try:
            with transaction() as session:
                rename_tag(session, found.tag, name=form.tag_name.data, by=acting_staff(), at=now())
        except TagTaken as taken:
            form.tag_name.errors = [_word_taken(taken)]
            coverage, uses = _load(slug)
            found = _find(uses, public_id)
        else:
            return _return_to_list(slug)
    return _render_tag(coverage, uses, found, name_form=form), _FAULTY


@access(Permission.COVERAGE_TAGS)
def merge(slug: str, public_id: str) -> ResponseReturnValue:
    """Put another tag in the place of this one."""
    coverage, uses = _load(slug)
    found = _find(uses, public_id)
    form = MergeTagForm(tags=_list_others(uses, found.tag))
    if not form.validate():
        return _render_tag(coverage, uses, found, merge_form=form), _FAULTY
    into = _find(uses, form.into.data).tag
    with transaction() as session:
        merge_tags(session, found.tag, into, by=acting_staff(), at=now())
    return _return_to_list(slug)


@access(Permission.COVERAGE_TAGS)
def remove(slug: str, public_id: str) -> ResponseReturnValue:
    """Remove a tag from every text."""
    coverage, uses = _load(slug)
    found = _find(uses, public_id)
    form = RemoveTagForm()
    if not form.validate():
        return _render_tag(coverage, uses, found, remove_form=form), _FAULTY
    with transaction() as session:
        remove_tag(session, found.tag, by=acting_staff(), at=now())
    return _return_to_list(slug)


def _load(slug: str) -> tuple[Coverage, list[TagUse]]:
    coverage = load_coverage(slug)
    return coverage, list(list_tags(db.session(), coverage.id))


def _find(uses: list[TagUse], public_id: str) -> TagUse:
    return next((use for use in uses if use.tag.public_id == public_id), None) or abort(404)


def _list_others(uses: list[TagUse], but: Tag) -> list[tuple[str, str]]:
    return [(use.tag.public_id, use.tag.name) for use in uses if use.tag.id != but.id]


def _return_to_list(slug: str) -> ResponseReturnValue:
    flash(_("Saved."), "ok")
    return redirect(url_for("coverages.tags", slug=slug), 303)


def _word_taken(taken: TagTaken) -> str:
    return str(
        _("There is a tag “%(name)s” already. Two spellings of one name are one tag.", name=taken.name)
    )


def _word_texts(number: int) -> str:
    return str(ngettext("on %(num)s text", "on %(num)s texts", number))


def _render_list(coverage: Coverage, form: TagNameForm) -> str:
    return render_template(
        "coverages/tags.html",
        **_describe_coverage(coverage),
        tags=[
            {
                "name": use.tag.name,
                "texts": _word_texts(use.texts),
                "href": url_for("coverages.tag", slug=coverage.slug, public_id=use.tag.public_id),
            }
            for use in list_tags(db.session(), coverage.id)
        ],
        form=form,
    )


def _render_tag(
    coverage: Coverage,
    uses: list[TagUse],
    found: TagUse,
    *,
    name_form: TagNameForm | None = None,
    merge_form: MergeTagForm | None = None,
    remove_form: RemoveTagForm | None = None,
) -> str:
    others = _list_others(uses, found.tag)
    return render_template(
        "coverages/tag.html",
        **_describe_coverage(coverage),
        name=found.tag.name,
        texts=_word_texts(found.texts),
        address=url_for("coverages.tag", slug=coverage.slug, public_id=found.tag.public_id),
        name_form=name_form or TagNameForm(formdata=None, data={"tag_name": found.tag.name}),
        merge_form=merge_form or (MergeTagForm(formdata=None, tags=others) if others else None),
        remove_form=remove_form or RemoveTagForm(formdata=None),
        form=next((one for one in (name_form, merge_form, remove_form) if one and one.errors), None),
    )


def _describe_coverage(coverage: Coverage) -> dict[str, Any]:
    title = best_text(coverage.title, [find_locale().tag, coverage.primary_locale])
    return {"coverage": coverage, "title": title}
