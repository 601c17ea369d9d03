"""The pages everybody can read: coverages, one coverage, safety, help."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.data import content
from portal.domain.backup import KEPT_FOR
from portal.domain.languages import language_name
from portal.domain.questions import fill_placeholders
from portal.domain.sweeps import GONE_WITHIN
from portal.extensions import current_portal, db, now
from portal.models import Call, Coverage
from portal.queries.calls import (
    call_values,
    current_call,
    find_with_calls,
    list_with_calls,
    read_page_key,
    takes_texts,
)
from portal.queries.published import PublishedStory, list_published
from portal.web.public.cards import START, page_card_address
from portal.web.public.coverage_preview import preview_coverage
from portal.web.public.link_preview import make_preview
from portal.web.site.access import access
from portal.web.site.dates import write_deadline
from portal.web.site.kept_pages import show_kept
from portal.web.site.locale import find_locale
from portal.web.site.localized import LocalizedText, choose_html, choose_lines, choose_text

room = Blueprint("public", __name__)
_FIGURES = {
    "erased_hours": str(GONE_WITHIN // timedelta(hours=1)),
    "backup_days": str(KEPT_FOR // timedelta(days=1)),
}
"""What the pages beside the forms promise in numbers, by placeholder."""


@dataclass(frozen=True)
class CallShown:
    """A call as the coverage's page describes it."""

    title: LocalizedText
    text: LocalizedText
    looking_for: tuple[str, list[str]]
    promises: tuple[str, list[str]]
    is_open: bool
    opens: str
    closes: str
    """When it closes or closed; empty when there is no such date."""


@room.get("/")
@access("open")
def start() -> ResponseReturnValue:
    """Lead to the reader's language."""
    return redirect(url_for("public.coverages", lang=find_locale()), 302)


@room.get("/<lang:lang>/")
@access("open")
def coverages() -> ResponseReturnValue:
    """List the coverages."""
    entries = [
        {
            "title": choose_text(one.title, one.primary_locale),
            "is_open": _is_open(one),
            "href": url_for("public.coverage", coverage=one.slug),
        }
        for one in list_with_calls(db.session())
    ]
    lead = LocalizedText(find_locale().tag, _("We collect stories people lived through themselves."))
    return render_template(
        "public/coverages.html",
        entries=entries,
        base_url=_base_url(),
        path=url_for("public.coverages"),
        preview=make_preview(lead, page_card_address(START)),
    )


@room.get("/<lang:lang>/<coverage>/")
@access("open")
def coverage(coverage: str) -> ResponseReturnValue:
    """Show one coverage with its doors."""
    key = read_page_key(db.session(), coverage, at=now())
    if key is None:
        abort(404)
    stories = tuple(list_published(db.session(), key.coverage_id, at=now()))
    made_from = ("coverage", key, stories, find_locale(), request.script_root)
    page = show_kept(made_from, {}, lambda _: _render_coverage(coverage, stories))
    return page or abort(404)


def _render_coverage(slug: str, stories: Sequence[PublishedStory]) -> str | None:
    found = find_with_calls(db.session(), slug)
    if found is None:
        return None
    call, tag = current_call(found, at=now()), find_locale().tag
    return render_template(
        "public/coverage.html",
        coverage=found,
        title=choose_text(found.title, found.primary_locale),
        introduction=choose_html(found.introduction, found.primary_locale),
        call=_describe_call(call, found) if call else None,
        stories=[(story, story.address_for(tag), language_name(story.lang, tag)) for story in stories],
        base_url=_base_url(),
        path=url_for("public.coverage", coverage=slug),
        preview=preview_coverage(found, stories),
    )


@room.get("/<lang:lang>/safety")
@access("open")
def safety() -> ResponseReturnValue:
    """Say what is protected and what cannot be."""
    return _show_page("safety")


@room.get("/<lang:lang>/help")
@access("open")
def help_page() -> ResponseReturnValue:
    """Say how it works."""
    return _show_page("help")


def _show_page(name: str) -> str:
    page = content.pages()[name]
    sections = [(choose_text(one.heading), choose_html(_fill_in(one.body))) for one in page.sections]
    return render_template(
        "public/page.html",
        title=choose_text(page.title),
        sections=sections,
        base_url=_base_url(),
        path=request.path,
        preview=make_preview(choose_text(_fill_in(page.sections[0].body)), page_card_address(name)),
    )


def _fill_in(texts: Mapping[str, str]) -> Mapping[str, str]:
    return {tag: fill_placeholders(text, _FIGURES, tag) for tag, text in texts.items()}


def _base_url() -> str:
    return current_portal().settings.base_url


def _is_open(coverage: Coverage) -> bool:
    call = current_call(coverage, at=now())
    return call is not None and takes_texts(call, at=now())


def _describe_call(call: Call, coverage: Coverage) -> CallShown:
    fallback, values, at = coverage.primary_locale, call_values(call), now()
    return CallShown(
        title=choose_text(call.title, fallback),
        text=choose_html(call.text, fallback),
        looking_for=choose_lines(call.looking_for, values, fallback),
        promises=choose_lines(call.promises, values, fallback),
        is_open=takes_texts(call, at=at),
        opens=write_deadline(call.opens_at) if call.opens_at and call.opens_at > at else "",
        closes=write_deadline(call.closes_at) if call.closes_at else "",
    )
