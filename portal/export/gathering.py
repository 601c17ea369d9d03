"""Records of the stories that were chosen, their photos read from the store."""

from collections.abc import Callable, Sequence

from portal.export.pictures import gather_pictures
from portal.export.record import ExportRecord, build_record
from portal.queries.exporting import ExportSource


def gather_records(sources: Sequence[ExportSource], read: Callable[[str], bytes]) -> list[ExportRecord]:
    """Return the records with their photos; `read` as in gather_pictures. Raises ExportRefused."""
    return [
        build_record(
            source.draft,
            source.coverage,
            licence=source.licence,
            refusal=source.refusal,
            pictures=gather_pictures(
                source.draft.submission.attachments, read, lang=source.draft.submission.lang
            ),
        )
        for source in sources
    ]
