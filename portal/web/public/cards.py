"""Pictures of shared links: of a coverage, and of the pages beside it, in each language."""

import hashlib
from datetime import timedelta

from flask import Blueprint, Response, abort, url_for
from flask_babel import gettext as _

from portal.data import content
from portal.domain.title_breaks import split_phrases
from portal.extensions import current_portal, db, now
from portal.models import Coverage
from portal.queries.calls import current_call, find_lead_picture, find_with_calls, takes_texts
from portal.web.public.line_breaks import PHRASE_END
from portal.web.public.share_card import LEAD, CardTexts, draw_card
from portal.web.public.shared_files import send_shared
from portal.web.site.access import access
from portal.web.site.dates import drop_joiners, write_day
from portal.web.site.locale import find_locale
from portal.web.site.localized import LocalizedText, choose_text

room = Blueprint("public_cards", __name__)

START = "start"
_LAST_MOMENT = timedelta(seconds=1)
_MARK_LENGTH = 12


@room.get("/<lang:lang>/<coverage>/card.jpg")
@access("open")
def coverage_card(coverage: str) -> Response:
    """Send the picture of a coverage."""
    found = find_with_calls(db.session(), coverage) or abort(404)
    return send_shared(draw_card(describe_coverage(found), _read_lead(found)), "image/jpeg")


@room.get("/<lang:lang>/card-<any(start, safety, help):page>.jpg")
@access("open")
def page_card(page: str) -> Response:
    """Send the picture of a page beside the coverages."""
    return send_shared(draw_card(describe_page(page), LEAD), "image/jpeg")


def coverage_card_address(coverage: Coverage) -> str:
    """Return the address of a coverage's picture: another one where it says or shows something else.

    Programs keep what they fetched for a link, some of them for ever.
    """
    picture = find_lead_picture(db.session(), coverage.id)
    mark = _mark(describe_coverage(coverage), picture.sha256 if picture else "")
    return url_for("public_cards.coverage_card", coverage=coverage.slug, v=mark)


def page_card_address(page: str) -> str:
    """Return the address of the picture of `start`, `safety` or `help`."""
    return url_for("public_cards.page_card", page=page, v=_mark(describe_page(page)))


def describe_coverage(coverage: Coverage) -> CardTexts:
    """Return what a coverage's picture says: its title, and until when its call takes stories."""
    call, here = current_call(coverage, at=now()), find_locale().tag
    line = ""
    if call is not None and takes_texts(call, at=now()):
        line = _("Tell us your story")
        if call.closes_at is not None:
            # Closed at midnight means by the day before.
            day = write_day(call.closes_at - _LAST_MOMENT)
            line = drop_joiners(_("Tell us your story by %(date)s", date=day))
    return CardTexts(
        kicker=LocalizedText(here, _("Special coverage")),
        title=_mark_phrases(coverage),
        line=LocalizedText(here, line),
        site=_name_site(),
    )


def describe_page(page: str) -> CardTexts:
    """Return what the picture of `start`, `safety` or `help` says."""
    here = find_locale().tag
    title = (
        LocalizedText(here, _("Special coverages"))
        if page == START
        else choose_text(content.pages()[page].title)
    )
    return CardTexts(LocalizedText(here, ""), title, LocalizedText(here, ""), _name_site())


def _mark_phrases(coverage: Coverage) -> LocalizedText:
    """Return the title with a sign of no width where a line may break."""
    lang, title = choose_text(coverage.title, coverage.primary_locale)
    return LocalizedText(lang, PHRASE_END.join(split_phrases(coverage.title_breaks.get(lang, ""), title)))


def _read_lead(coverage: Coverage) -> bytes:
    """Return the picture that was chosen for a coverage, else the release's for the one it was drawn for."""
    chosen = find_lead_picture(db.session(), coverage.id)
    if chosen is not None:
        return chosen.content
    return LEAD if coverage.slug == content.coverage_texts()["slug"] else b""


def _name_site() -> LocalizedText:
    here = find_locale().tag
    return LocalizedText(here, current_portal().settings.site_names[here])


def _mark(texts: CardTexts, picture: str = "") -> str:
    said = "\n".join((picture, *(f"{one.lang} {one.text}" for one in texts)))
    return hashlib.sha256(said.encode()).hexdigest()[:_MARK_LENGTH]
