"""Targets: the sites a coverage's stories are sent to, made, tried and closed by editors."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.database import snapshot, transaction
from portal.domain.errors import StaleEdit
from portal.domain.languages import STORY_LANGUAGES, best_text, language_name
from portal.domain.permissions import Permission
from portal.domain.pushes import PushProblem
from portal.domain.targets import PostEditor, WantedStatus
from portal.export.pushes import try_site
from portal.export.record import SPECIAL_COVERAGE
from portal.extensions import current_portal, db, now
from portal.forms.targets import CategoryForm, SeenForm, TargetForm, make_category_form
from portal.models import Coverage, Target
from portal.operations.coverages.targets import (
    TargetNameTaken,
    TargetValues,
    change_target,
    choose_categories,
    close_target,
    make_target,
    record_trial,
)
from portal.queries.coverages.targets import find_target, list_targets, read_account
from portal.web.coverages.export_stories import load_coverage
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.dates import write_moment
from portal.web.site.locale import find_locale
from portal.web.site.push_texts import word_categories, word_problem
from portal.web.site.remote_site_texts import Ability, describe_account
from portal.wordpress.addresses import normalize_address
from portal.wordpress.failures import SiteFailure
from portal.wordpress.posts import Account

_FAULTY, _STALE = 422, 409
_FIELDS = (
    "lang",
    "address",
    "markup",
    "wanted_status",
    "dek_key",
    "author_id",
    "author_name",
)


def add_routes(room: Blueprint) -> None:
    """Add the targets' pages to the room of the coverages."""
    one = "/<slug>/targets/<public_id:public_id>"
    room.add_url_rule("/<slug>/targets", view_func=targets)
    room.add_url_rule("/<slug>/targets/new", view_func=new_target, methods=["GET", "POST"])
    room.add_url_rule(one, view_func=target)
    room.add_url_rule(one, view_func=save_target, methods=["POST"])
    room.add_url_rule(f"{one}/try", view_func=try_target, methods=["POST"])
    room.add_url_rule(f"{one}/categories", view_func=save_categories, methods=["POST"])
    room.add_url_rule(f"{one}/close", view_func=end_target, methods=["POST"])


def _load_target(slug: str, public_id: str) -> Target:
    return find_target(db.session(), load_coverage(slug), public_id) or abort(404)


def _address_of(found: Target, slug: str) -> str:
    return url_for("coverages.target", slug=slug, public_id=found.public_id)


@access(Permission.COVERAGE_TARGETS)
def targets(slug: str) -> ResponseReturnValue:
    """List the sites of a coverage."""
    coverage = load_coverage(slug)
    return render_template(
        "coverages/targets.html",
        coverage=coverage,
        title=title_of(coverage),
        targets=[
            {
                "href": _address_of(one, slug),
                "name": one.name,
                "address": one.address,
                "language": language_name(one.lang, find_locale().tag),
                "is_closed": one.closed_at is not None,
                "is_tried": one.tried_at is not None,
                "problem": word_problem(one.trial.get("problem", "")),
            }
            for one in list_targets(db.session(), coverage)
        ],
    )


@access(Permission.COVERAGE_TARGETS, fresh=True)
def new_target(slug: str) -> ResponseReturnValue:
    """Show an empty form, and make the target."""
    coverage = load_coverage(slug)
    form = TargetForm(languages=_languages(), data={"lang": coverage.primary_locale})
    del form.seen
    if request.method != "POST":
        return _render_new(coverage, form)
    address = _read_address(form) if form.validate() else ""
    if address and not form.password.data:
        form.password.errors = [_("Enter the application password.")]
    elif address:
        try:
            with transaction() as session:
                values = _read_values(form, address)
                made = make_target(session, coverage, values, by=acting_staff(), at=now())
                place = _address_of(made, slug)
        except TargetNameTaken:
            form.target_name.errors = [_("Another site of this coverage has this name.")]
        else:
            flash(_("Saved. Now try it: you will see what the account may do there."), "success")
            return redirect(place, 303)
    return _render_new(coverage, form), _FAULTY


@access(Permission.COVERAGE_TARGETS)
def target(slug: str, public_id: str) -> ResponseReturnValue:
    """Show a target: how it is reached, what came out when it was tried, its categories."""
    return _render(_load_target(slug, public_id))


@access(Permission.COVERAGE_TARGETS, fresh=True)
def save_target(slug: str, public_id: str) -> ResponseReturnValue:
    """Keep what the editor changed about a target."""
    found = _load_target(slug, public_id)
    form = TargetForm(languages=_languages())
    address = _read_address(form) if form.validate() else ""
    if not address:
        return _render(found, form), _FAULTY
    if not form.password.data and (address != found.address or not read_account(found)[1]):
        form.password.errors = [_("Enter the application password: it was typed for another address.")]
        return _render(found, form), _FAULTY
    try:
        with transaction() as session:
            values = _read_values(form, address)
            had_categories = bool(found.categories)
            change_target(session, found, values, by=acting_staff(), at=now(), seen=form.seen.data or 0)
            is_emptied = had_categories and not found.categories
    except TargetNameTaken:
        form.target_name.errors = [_("Another site of this coverage has this name.")]
        return _render(found, form), _FAULTY
    flash(_("Saved."), "success")
    if is_emptied:
        flash(_("The categories chosen for the old address were cleared, as the new one has others."), "warn")
    return redirect(_address_of(found, slug), 303)


@access(Permission.COVERAGE_TARGETS)
def try_target(slug: str, public_id: str) -> ResponseReturnValue:
    """Sign in to the site, ask what the account may do there, and read its categories."""
    form = SeenForm()
    with snapshot():  # nobody waits for a site to answer
        found = _load_target(slug, public_id)
        if not form.validate():
            return _render(found, press=form), _FAULTY
        if found.closed_at is not None or form.seen.data != found.version:
            raise StaleEdit("target")
        number, address, (account, password) = found.id, found.address, read_account(found)
    trial: Mapping[str, Any] = {"problem": PushProblem.NO_PASSWORD.value}
    if password:
        trial = try_site(address, account, password, current_portal().settings)
    with transaction() as session:
        record_trial(session, number, trial, seen=form.seen.data, at=now())
    return redirect(url_for("coverages.target", slug=slug, public_id=public_id, _anchor="trial"), 303)


@access(Permission.COVERAGE_TARGETS)
def save_categories(slug: str, public_id: str) -> ResponseReturnValue:
    """Keep which of the site's categories ours are there."""
    found = _load_target(slug, public_id)
    form = _make_category_form(found)()
    if not form.validate():
        return _render(found, categories=form), _FAULTY
    names = dict(_list_theirs(found))
    chosen = {ours: {"id": number, "name": names[number]} for ours, number in form.chosen.items()}
    with transaction() as session:
        choose_categories(session, found, chosen, by=acting_staff(), at=now())
    flash(_("Saved."), "success")
    return redirect(_address_of(found, slug), 303)


@access(Permission.COVERAGE_TARGETS, fresh=True)
def end_target(slug: str, public_id: str) -> ResponseReturnValue:
    """Close a target: nothing is sent there any more."""
    found, form = _load_target(slug, public_id), SeenForm()
    if not form.validate():
        return _render(found, press=form), _FAULTY
    with transaction() as session:
        close_target(session, found, by=acting_staff(), at=now(), seen=form.seen.data)
    flash(_("Closed. Nothing more is sent there, and the password is forgotten."), "success")
    return redirect(url_for("coverages.targets", slug=slug), 303)


def _read_address(form: TargetForm) -> str:
    """Return the address as it is kept, or say what is wrong with it."""
    try:
        return normalize_address(form.address.data)
    except SiteFailure as failure:
        form.address.errors = [word_problem(failure.problem)]
        return ""


def _read_values(form: TargetForm, address: str) -> TargetValues:
    return TargetValues(
        lang=form.lang.data,
        name=form.target_name.data,
        address=address,
        markup=PostEditor(form.markup.data),
        wanted_status=WantedStatus(form.wanted_status.data),
        account=form.account.data,
        password=form.password.data,
        dek_key=form.dek_key.data,
        author_id=form.author_id.data,
        author_name=form.author_name.data,
    )


def _languages() -> Sequence[tuple[str, str]]:
    return [(one.tag, language_name(one.tag, find_locale().tag)) for one in STORY_LANGUAGES]


def title_of(coverage: Coverage) -> tuple[str, str]:
    """Return the tag and the title of a coverage in the reader's language, or the nearest one."""
    return best_text(coverage.title, [find_locale().tag, coverage.primary_locale])


def _make_category_form(found: Target) -> type[CategoryForm]:
    theirs = [(str(number), _tell_gone(found, number, name)) for number, name in _list_theirs(found)]
    return make_category_form(_name_ours(found.coverage), theirs)


def _list_theirs(found: Target) -> Sequence[tuple[int, str]]:
    """Return number and name of the site's categories, then of those chosen that are not among them."""
    there = dict(found.trial.get("categories", ()))
    chosen = {one["id"]: one["name"] for one in found.categories.values()}
    return list({**there, **chosen, **there}.items())


def _tell_gone(found: Target, number: int, name: str) -> str:
    """Return a category's name, and that the site had it no more when it was asked last."""
    there = found.trial.get("categories")
    is_gone = there is not None and number not in dict(there)
    return _("%(category)s (no longer on the site)", category=name) if is_gone else name


def _name_ours(coverage: Coverage) -> Sequence[tuple[str, str]]:
    """Return our slugs that stories are filed under, each with its name."""
    wanted = [find_locale().tag, coverage.primary_locale]
    return [
        (SPECIAL_COVERAGE, _("Special coverages")),
        (coverage.slug, best_text(coverage.title, wanted)[1]),
        *((topic["slug"], best_text(topic["label"], wanted)[1]) for topic in coverage.topics),
    ]


def _fill_form(found: Target) -> TargetForm:
    values = {name: getattr(found, name) for name in _FIELDS} | {"account": read_account(found)[0]}
    return TargetForm(
        languages=_languages(),
        formdata=None,
        data={**values, "target_name": found.name, "seen": found.version},
    )


def _render_new(coverage: Coverage, form: TargetForm) -> str:
    return render_template(
        "coverages/new_target.html", coverage=coverage, title=title_of(coverage), form=form
    )


def _render(
    found: Target,
    form: TargetForm | None = None,
    categories: CategoryForm | None = None,
    press: SeenForm | None = None,
) -> str:
    coverage = found.coverage
    chosen = {slug: str(one["id"]) for slug, one in found.categories.items()}
    picked = categories or _make_category_form(found)(formdata=None)
    if categories is None:
        for slug, field in picked.rows:
            field.data = chosen.get(slug, "")
    return render_template(
        "coverages/target.html",
        coverage=coverage,
        title=title_of(coverage),
        target=found,
        language=language_name(found.lang, find_locale().tag),
        form=form or _fill_form(found),
        refused=form or categories or press,
        press=SeenForm(formdata=None, data={"seen": found.version}),
        tried=write_moment(found.tried_at) if found.tried_at else "",
        trial=_word_trial(found.trial),
        categories=picked,
        has_categories=bool(found.trial.get("categories") or found.categories),
        warning=word_categories(found) if found.closed_at is None else "",
        has_password=bool(read_account(found)[1]),
    )


def _word_trial(trial: Mapping[str, Any]) -> Sequence[Ability]:
    """Return what came out when a site was tried, a sentence for each thing."""
    if trial.get("problem"):
        return [Ability(is_good=False, sentence=word_problem(trial["problem"]))]
    if "account" not in trial:
        return []
    account = Account(**trial["account"])
    signed_in = _("Signed in there as %(name)s.", name=account.name)
    return [Ability(is_good=True, sentence=signed_in), *describe_account(account)]
