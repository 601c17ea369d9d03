"""The drafts of a coverage as a table: what the desk knows of each, without its text."""

from collections.abc import Iterator

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.bulk_run import cut_blocks
from portal.database import snapshot
from portal.domain.consent import printed_byline
from portal.domain.permissions import Permission
from portal.domain.remote_sites import RemoteStatus
from portal.export.tables import Row
from portal.models import Draft, RemoteCopy
from portal.queries.coverages.export import SETTLED, list_drafts
from portal.queries.coverages.overview import list_table_block
from portal.queries.coverages.pushes import list_copies
from portal.story.count import count_source
from portal.web.coverages.export_stories import load_coverage
from portal.web.site.access import access
from portal.web.site.labels import state_label
from portal.web.site.push_texts import word_status
from portal.web.site.tables import KINDS, send_table, word_or_code

COLUMNS = {
    "id": _l("Id"),
    "language": _l("Language"),
    "original_language": _l("Language of the original"),
    "title": _l("Headline"),
    "byline": _l("Name to print"),
    "state": _l("State"),
    "accepted_at": _l("Accepted"),
    "edited_at": _l("Last edited"),
    "words": _l("Words"),
    "unspaced_characters": _l("Characters (Chinese, Japanese, Korean, Thai and similar)"),
    "licence": _l("Licence"),
    "slug": _l("Slug"),
    "exported_at": _l("Last exported"),
    "export_outdated": _l("Changed since the last export"),
    "published_at": _l("Published at"),
    "site": _l("Newsroom’s site"),
    "site_post": _l("Number of the post on the site"),
    "site_edit_address": _l("Address for editing the post"),
    "site_status": _l("Status of the post"),
    "site_sent_at": _l("Sent to the site on"),
    "site_sent_by": _l("Sent to the site by"),
    "site_published_at": _l("Address of the published post"),
}
"""Those from `site` on are the ledger's: what stands on a newsroom's site."""

_OF_SITE = [name for name in COLUMNS if name.startswith("site")]


def add_routes(room: Blueprint) -> None:
    """Add the table to the room of the coverages."""
    room.add_url_rule(f"/<slug>/table/<{KINDS}>", view_func=drafts_table)


@access(Permission.COVERAGE_EXPORT)
def drafts_table(slug: str, suffix: str) -> ResponseReturnValue:
    """Send a row for each draft of a coverage, whatever its state; for one on several sites a row each."""
    coverage = load_coverage(slug)
    return send_table(coverage.slug, suffix, COLUMNS, _iter_rows(slug, coverage.licence, suffix))


def _iter_rows(slug: str, licence: str, suffix: str) -> Iterator[Row]:
    with snapshot() as session:
        numbers = list(list_drafts(session, load_coverage(slug)).values())
        for block in cut_blocks(numbers):
            drafts = list_table_block(session, block)
            copies = list_copies(session, [draft.submission_id for draft in drafts])
            for draft in drafts:
                row = _describe(draft, licence, suffix)
                for copy in copies.get(draft.submission_id, [None]):
                    yield [*row, *_describe_copy(copy, suffix)]
            session.expunge_all()


def _describe(draft: Draft, licence: str, suffix: str) -> Row:
    state = draft.submission.state
    counted = count_source(draft.body)
    return [
        draft.public_id,
        draft.lang,
        draft.submission.lang,
        draft.title,
        _find_byline(draft),
        word_or_code(suffix, state, lambda: state_label(state)),
        draft.accepted_at,
        draft.edited_at,
        counted.words,
        counted.characters,
        licence,
        draft.slug,
        draft.exported_at,
        int(draft.exported_revision not in {None, draft.revision}),
        " ".join(one.url for one in draft.addresses),
    ]


def _describe_copy(copy: RemoteCopy | None, suffix: str) -> Row:
    """Return what the ledger knows of a draft on a site; empty cells where it was never sent."""
    if copy is None:
        return [""] * len(_OF_SITE)
    status = copy.status
    return [
        copy.target.name,
        copy.remote_id,
        copy.edit_url,
        word_or_code(suffix, status.value if status else "", lambda: word_status(status)),
        copy.sent_at,
        copy.staff.name if copy.staff else "",
        copy.url if status is RemoteStatus.PUBLISHED else "",
    ]


def _find_byline(draft: Draft) -> str:
    """Return the name to print as its author agreed to it; until then, or where no key opens it, none."""
    if draft.submission.state not in SETTLED or draft.approved_revision != draft.revision or draft.is_shut:
        return ""
    return printed_byline(draft.byline_mode, draft.byline)
