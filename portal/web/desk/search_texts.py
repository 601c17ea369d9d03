"""What a search found, in words: how many texts, what the query could not say, where the hits stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from portal.domain.permissions import Permission
from portal.models import Staff
from portal.queries.desk.queue import QueueFilter
from portal.queries.desk.queue_pages import QueuePage
from portal.queries.desk.queue_rows import QueueRow
from portal.queries.desk.search import MOST_FOUND, count_found
from portal.queries.searched_words import read_words
from portal.story.search.highlight import Piece, mark_hits, repeats_title, show_hits
from portal.story.search.query import QueryNote, SearchQuery, read_query
from portal.web.site.desk_addresses import TEXT_LENGTH

NOTHING_FITS: Final = _l("Nothing matches these filters. Remove one to see more.")
_NOTES: Mapping[QueryNote, LazyString] = {
    QueryNote.NO_WORDS: _l("There is no word in this to search for. Type words of a text, a name or an id."),
    QueryNote.TOO_LONG: _l("This is too long to search for at once, so we searched for its beginning."),
    QueryNote.OPEN_QUOTE: _l(
        "A quotation mark is missing, so these words were not searched for as a phrase."
    ),
    QueryNote.OPERATOR: _l("OR, NOT and NEAR are ignored: a text has to contain all the other words."),
    QueryNote.SHORT_BEGINNING: _l(
        "The beginning of a word needs three letters: a shorter one is searched for as a whole word."
    ),
    QueryNote.RECEIPT_CODE: _l(
        "This is a receipt code. It belongs to the author alone, and no text can be searched for by it."
    ),
}


@dataclass(frozen=True, slots=True)
class FoundHits:
    """The hits of one text, in pieces."""

    title: Sequence[Piece]
    words: Sequence[Piece]
    """The stretch of it that has most of what was searched for."""
    lang: str
    """Of these words; empty where that is not known."""


@dataclass(frozen=True, slots=True)
class FoundList:
    """What a search found, besides its rows."""

    sentences: Sequence[str]
    hits: Mapping[int, FoundHits]
    """By the numbers of submissions."""


def describe_hits(
    session: Session, actor: Staff, wanted: QueueFilter, page: QueuePage, *, at: datetime
) -> FoundList:
    """Return what is said of a page of a search. Two queries."""
    query = read_query(wanted.text)
    notes = list(query.notes)
    if len(wanted.text) == TEXT_LENGTH and QueryNote.TOO_LONG not in notes:
        notes.append(QueryNote.TOO_LONG)
    said = [str(_NOTES[note]) for note in notes]
    if not query.wanted:
        return FoundList(said, {})
    counted = count_found(session, actor, wanted, at=at, total=page.total)
    said.insert(0, _count_in_words(counted.total, counted.most) if counted.total else _say_none(wanted))
    if counted.behind:
        said.append(_say_behind(counted.behind))
    in_drafts = actor.may(Permission.DRAFT_EDIT)
    return FoundList(said, _find_hits(session, query, page.rows, in_drafts=in_drafts))


def _say_none(wanted: QueueFilter) -> str:
    if wanted != QueueFilter(text=wanted.text, view=wanted.view, order=wanted.order):
        return str(NOTHING_FITS)
    return str(
        _("No text contains all of these words. Try fewer of them, or only the beginning of one: war*")
    )


def _say_behind(number: int) -> str:
    if number >= MOST_FOUND:
        return str(_("Some texts are still being read for the search, and may be missing."))
    return str(
        ngettext(
            "%(num)s text is still being read for the search, and may be missing.",
            "%(num)s texts are still being read for the search, and may be missing.",
            number,
        )
    )


def _count_in_words(total: int, most: int) -> str:
    if total >= most:
        return str(_("%(number)s texts or more", number=format_decimal(most)))
    return str(ngettext("%(num)s text", "%(num)s texts", total))


def _find_hits(
    session: Session, query: SearchQuery, rows: Sequence[QueueRow], *, in_drafts: bool
) -> Mapping[int, FoundHits]:
    words = read_words(session, [row.id for row in rows]) if rows else {}
    found = {}
    for row in rows:
        its = words[row.id]
        of_text, own = [*its.parts, *(its.draft if in_drafts else ())], its.own_parts
        shown, lang = show_hits(of_text[:own], query), row.lang
        if not shown:
            shown, lang = show_hits(of_text[own:], query), ""
        title = mark_hits(row.heading, query)
        found[row.id] = FoundHits(title, () if repeats_title(shown, title) else shown, lang)
    return found
