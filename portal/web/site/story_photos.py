"""The photos of a story as its pages show them: in the text, after it, and as the featured one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.domain.photo_edits import PhotoEdits
from portal.export.photos import show_photos
from portal.models import Attachment
from portal.story.blocks import Block, Figure, add_pictures
from portal.story.markdown import to_blocks


@dataclass(frozen=True)
class IllustratedText:
    """A text with its photos: those nobody has put into it come after it."""

    blocks: tuple[Block, ...]
    figures: Mapping[str, Figure]
    featured: Figure | None


def illustrate(
    fields: Mapping[str, Any],
    attachments: Sequence[Attachment],
    *,
    lang: str,
    licence: str,
    address: Callable[[Attachment], str],
) -> IllustratedText:
    """Return the text of a draft's fields with the photos that may leave now. Raises CannotOpen."""
    edits = PhotoEdits.read(fields.get("photos", {}))
    figures = show_photos(attachments, edits, lang=lang, licence=licence, address=address)
    body = to_blocks(fields["body"], has_pictures=True)
    return IllustratedText(add_pictures(body, figures), figures, figures.get(edits.featured))
