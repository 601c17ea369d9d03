"""Records of the stories that were chosen, their photos read from the store."""

from collections.abc import Sequence
from pathlib import Path

from portal.export.pictures import gather_pictures
from portal.export.record import ExportRecord, build_record
from portal.queries.exporting import ExportSource
from portal.storage import read_kept


def gather_records(sources: Sequence[ExportSource], folder: Path) -> list[ExportRecord]:
    """Return the records with their photos, whose files lie in `folder`. Raises ExportRefused."""
    sums = {one.public_id: one.sha256 for source in sources for one in source.draft.submission.attachments}

    def read(name: str) -> bytes:
        return read_kept(folder, name, sums[name])

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
