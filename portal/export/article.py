"""A story as one article: its text with all photos in it, in the order in which it is read."""

from portal.export.record import ExportRecord
from portal.story.blocks import Block, Notes, Picture


def compose_article(record: ExportRecord) -> tuple[Block, ...]:
    """Return the text. Photos nobody has put into it follow, before its notes; the featured one is first."""
    others = record.unplaced_pictures
    first = tuple(Picture(one.key) for one in others if one.file == record.featured)
    rest = tuple(Picture(one.key) for one in others if one.file != record.featured)
    notes = tuple(block for block in record.body if isinstance(block, Notes))
    text = tuple(block for block in record.body if not isinstance(block, Notes))
    return (*first, *text, *rest, *notes)
