"""The pages everybody can read: coverages, one coverage, safety, help."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.data import content
from portal.domain.backup import KEPT_FOR
from portal.domain.questions import fill_placeholders
from portal.domain.sweeps import GONE_WITHIN
from portal.extensions import current_portal, db, now
from portal.models import Call, Coverage
from portal.queries.calls import (
    call_in_language,
    call_values,
    current_call,
    find_lead_picture,
    find_with_calls,
    list_slugs,
    list_with_calls,
    read_page_key,
    takes_texts,
)
from portal.queries.published import PublishedStory, count_published, list_published
from portal.web.public.cards import START, page_card_address
from portal.web.public.coverage_preview import preview_coverage
from portal.web.public.front_page import (
    LANGUAGE,
    PAGE,
    PAGE_SIZE,
    StoryPage,
    group_cards,
    list_filters,
    list_pages,
    read_story_page,
    read_title,
    short_name,
    show_picture,
)
from portal.web.public.link_preview import make_preview
from portal.web.site.access import access
from portal.web.site.dates import write_deadline, write_other_clocks
from portal.web.site.joined_words import join_in_sentence
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
    closes_at: datetime | None
    clocks: Sequence[str]
    """The same moment on the clocks of other places."""
    days_left: int
    """Whole days; 0 in the last one, and without a date."""
    answer_days: int
    reading: str
    """The languages the desk reads, as a list in words."""


@room.get("/")
@access("open")
def start() -> ResponseReturnValue:
    """Lead to the reader's language."""
    return redirect(url_for("public.coverages", lang=find_locale()), 302)


@room.get("/<lang:lang>/")
@access("open")
def coverages() -> ResponseReturnValue:
    """Show the coverage where there is one alone; else list them."""
    slugs = list_slugs(db.session())
    if len(slugs) == 1:
        return _show_coverage(slugs[0])
    entries = [_describe_entry(one) for one in list_with_calls(db.session())]
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
    return _show_coverage(coverage)


def _show_coverage(slug: str) -> ResponseReturnValue:
    """Show the front page of a coverage; it is the start page as well where there is no other."""
    session, at = db.session(), now()
    key = read_page_key(session, slug, at=at)
    if key is None:
        abort(404)
    counts = count_published(session, key.coverage_id, at=at)
    page = read_story_page(request.args.get(LANGUAGE, ""), request.args.get(PAGE, ""), counts)
    stories = _list_stories(key.coverage_id, page, at=at) if page.total else ()
    made_from = (
        *("coverage", request.endpoint, key, at.date(), stories, page.lang, page.number),
        *(tuple(sorted(counts.items())), find_locale(), request.script_root),
    )
    return show_kept(made_from, {}, lambda _: _render_coverage(slug, page, stories)) or abort(404)


def _list_stories(coverage_id: int, page: StoryPage, *, at: datetime) -> tuple[PublishedStory, ...]:
    first = (page.number - 1) * PAGE_SIZE
    found = list_published(db.session(), coverage_id, at=at, lang=page.lang, first=first, most=PAGE_SIZE)
    return tuple(found)


def _render_coverage(slug: str, page: StoryPage, stories: Sequence[PublishedStory]) -> str | None:
    found = find_with_calls(db.session(), slug)
    if found is None:
        return None
    call = current_call(found, at=now())
    newer, older = list_pages(slug, page)
    return render_template(
        "public/coverage.html",
        coverage=found,
        title=read_title(found),
        summary=choose_text(found.summary or _begin(found.introduction), found.primary_locale),
        introduction=choose_html(found.introduction, found.primary_locale),
        picture=show_picture(found, find_lead_picture(db.session(), found.id)),
        call=_describe_call(call, found) if call else None,
        page=page,
        filters=list_filters(slug, page),
        groups=group_cards(stories, at=now()),
        newer=newer,
        older=older,
        base_url=_base_url(),
        path=url_for("public.coverage", coverage=slug),
        preview=preview_coverage(found, stories),
    )


def _begin(introduction: Mapping[str, str]) -> Mapping[str, str]:
    """Return the first paragraph of an introduction, for coverages that have no two sentences."""
    return {tag: text.strip().partition("\n\n")[0] for tag, text in introduction.items()}


def _describe_entry(coverage: Coverage) -> dict[str, object]:
    """Return a coverage as the list of all shows it."""
    call, at = current_call(coverage, at=now()), now()
    is_open = call is not None and takes_texts(call, at=at)
    return {
        "title": read_title(coverage),
        "summary": choose_text(coverage.summary or _begin(coverage.introduction), coverage.primary_locale),
        "is_open": is_open,
        "closes": write_deadline(call.closes_at) if call and is_open and call.closes_at else "",
        "picture": show_picture(coverage, find_lead_picture(db.session(), coverage.id)),
        "href": url_for("public.coverage", coverage=coverage.slug),
    }


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


def _describe_call(call: Call, coverage: Coverage) -> CallShown:
    fallback, values, at = coverage.primary_locale, call_values(call), now()
    tag = find_locale().tag
    reading = call_in_language(db.session(), call, tag).reading
    return CallShown(
        title=choose_text(call.title, fallback),
        text=choose_html(call.text, fallback),
        looking_for=choose_lines(call.looking_for, values, fallback),
        promises=choose_lines(call.promises, values, fallback),
        is_open=takes_texts(call, at=at),
        opens=write_deadline(call.opens_at) if call.opens_at and call.opens_at > at else "",
        closes=write_deadline(call.closes_at) if call.closes_at else "",
        closes_at=call.closes_at,
        clocks=write_other_clocks(call.closes_at) if call.closes_at else [],
        days_left=max(0, (call.closes_at - at).days) if call.closes_at else 0,
        answer_days=call.answer_days,
        reading=join_in_sentence([short_name(one) for one in reading]),
    )
