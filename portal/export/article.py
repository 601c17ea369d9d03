"""A story as one article: its text with all photos in it, in the order in which it is read."""

from portal.export.record import ExportRecord
from portal.story.blocks import Block, Picture, add_pictures


def compose_article(record: ExportRecord) -> tuple[Block, ...]:
    """Return the text. Of the photos nobody has put into it the featured one is first, the others follow."""
    first = (Picture(one.key) for one in record.unplaced_pictures if one.file == record.featured)
    return add_pictures((*first, *record.body), [one.key for one in record.pictures])
