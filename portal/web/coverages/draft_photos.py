"""The photos on the page of a draft: what is printed with each, and where it stands in the text."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.domain.photo_edits import FEATURED_WIDTH, PhotoEdits
from portal.export.photos import NOT_DESCRIBED, NOT_LICENSED, PEOPLE_NOT_ASKED, find_reason, sort_photos
from portal.forms.coverages import DraftForm
from portal.models import Attachment, Draft
from portal.sealing.keys import CannotOpen
from portal.story.picture_marks import (
    find_photo_place,
    find_stretch,
    list_placed,
    list_stretches,
    make_mark,
    put_mark,
    take_mark,
)
from portal.web.site.story_photos import IllustratedText, illustrate

PUT, TAKE = "put_photo", "take_photo"
"""Names of the buttons that put a photo into the text and take it out; their value is its key."""
_AFTER = "after_photo"
_REASONS: Mapping[str, LazyString] = {
    PEOPLE_NOT_ASKED: _l("Not printed while someone in it has not been asked."),
    NOT_LICENSED: _l("Not printed: its author has not said that it may be published."),
    NOT_DESCRIBED: _l("Not printed yet: its author still has to describe it or say who took it."),
}


def photo_address(found: Draft, photo: Attachment) -> str:
    """Return where the desk sees a photo."""
    return url_for("desk.photo", public_id=found.submission.public_id, photo_id=photo.public_id)


def illustrate_draft(found: Draft, typed: Mapping[str, Any] | None = None) -> IllustratedText:
    """Return the text with its photos as they will be printed: `typed`, or what is saved."""
    saved = {"body": found.body, "photos": {} if found.is_shut else found.photos}
    return illustrate(
        saved if typed is None else {**saved, **typed},
        found.submission.attachments,
        lang=found.lang,
        licence=found.submission.call.coverage.licence,
        address=lambda photo: photo_address(found, photo),
    )


def describe_draft_photos(found: Draft, form: DraftForm) -> list[dict[str, Any]]:
    """Return what the page says about each photo, in the contributor's order."""
    body = form.body.data or ""
    placed, stretches = list_placed(body), list_stretches(body)
    parts = form.photos.form
    described = []
    for number, (key, one) in enumerate(sort_photos(found.submission.attachments, PhotoEdits()).items(), 1):
        photo: dict[str, Any] = {"number": number, "key": key, "mark": make_mark(key)}
        photo |= {"src": photo_address(found, one), "is_placed": key in placed}
        with suppress(CannotOpen):
            photo["width"], photo["height"] = one.width, one.height
        if key in parts:
            at = find_photo_place(body, key)
            photo |= {
                "fields": parts[key].form,
                "is_featured": parts.featured.data == key,
                "is_small": photo.get("width", FEATURED_WIDTH) < FEATURED_WIDTH,
                "places": list(_list_places(stretches, at)),
            }
        else:
            photo["reason"] = _word_reason(one)
        described.append(photo)
    return described


def _list_places(stretches: tuple[tuple[str, str], ...], at: int) -> Iterator[tuple[str, str, bool]]:
    """Give the places a photo can be put at: what is sent, what is shown, and which one is chosen."""
    yield "0", _("At the beginning"), at == 0
    for number, (name, words) in enumerate(stretches, 1):
        yield name, words, at == number


def _word_reason(photo: Attachment) -> str:
    try:
        reason = find_reason(photo)
    except CannotOpen:
        return str(_("This cannot be opened now"))
    return str(_REASONS.get(reason, ""))


def move_photo(form: DraftForm) -> bool:
    """Put a photo into the text that was sent, or take it out, as the button says that was pressed.

    Say whether it was such a button.
    """
    body = form.body.data or ""
    if (key := request.form.get(PUT)) in form.photos.form and key:
        place = find_stretch(body, request.form.get(f"{_AFTER}_{key}", ""))
        form.body.data = put_mark(body, key, after=place)
    elif key := request.form.get(TAKE):
        form.body.data = take_mark(body, key)
    return PUT in request.form or TAKE in request.form
