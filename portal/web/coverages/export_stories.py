"""What the pages of an export say about stories: which may leave, which not and why, and what has left."""

from collections.abc import Sequence
from typing import Any

from flask import abort

from portal.export.record import ExportRecord
from portal.export.story_records import gather_records
from portal.extensions import current_portal, db
from portal.models import Coverage, Draft
from portal.queries.coverages.export import ExportSource
from portal.queries.coverages.overview import find_coverage
from portal.web.site.current_staff import acting_staff
from portal.web.site.labels import refusal_sentence, state_label


def load_coverage(slug: str) -> Coverage:
    """Return a coverage of the acting member of staff, or answer 404."""
    return find_coverage(db.session(), acting_staff(), slug) or abort(404)


def has_outdated_copies(draft: Draft) -> bool:
    """Say whether copies outside the portal show an older text than the draft."""
    return draft.exported_revision is not None and draft.exported_revision != draft.revision


def has_current_copies(draft: Draft) -> bool:
    """Say whether copies outside the portal show the text of the draft."""
    return draft.exported_revision is not None and draft.exported_revision == draft.revision


def list_exportable(sources: Sequence[ExportSource]) -> list[ExportSource]:
    """Return those that may leave."""
    return [source for source in sources if source.refusal is None]


def build_records(sources: Sequence[ExportSource]) -> list[ExportRecord]:
    """Return the records with their photos. Raises ExportRefused."""
    return gather_records(sources, current_portal().instance.files_folder)


def describe_refused(sources: Sequence[ExportSource]) -> list[dict[str, Any]]:
    """Return those that may not leave, with the reason."""
    return [
        {
            "public_id": source.draft.public_id,
            "title": source.draft.title,
            "lang": source.draft.lang,
            "state": state_label(source.draft.submission.state),
            "reason": refusal_sentence(source.refusal, source.embargo),
        }
        for source in sources
        if source.refusal is not None
    ]
