"""Files of a contributor under names that say nothing: “Photo 2”, “Document 1”."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from portal.domain.photos import AttachmentKind
from portal.models import Attachment


@dataclass(frozen=True)
class FileLabel:
    """What a file is called on the private page, and where its contributor finds it."""

    name: str
    href: str


def label_files(files: Sequence[Attachment]) -> Mapping[int, FileLabel]:
    """Return a label for each file by its id; photos and documents are counted apart, in their order."""
    labels: dict[int, FileLabel] = {}
    for kind in AttachmentKind:
        ordered = sorted((one for one in files if one.kind is kind), key=lambda one: one.position)
        for number, one in enumerate(ordered, 1):
            labels[one.id] = FileLabel(_name_file(kind, number), _find_address(one))
    return labels


def _name_file(kind: AttachmentKind, number: int) -> str:
    if kind is AttachmentKind.PHOTO:
        return str(_("Photo %(number)s", number=number))
    return str(_("Document %(number)s", number=number))


def _find_address(file: Attachment) -> str:
    endpoint = "photos.picture" if file.kind is AttachmentKind.PHOTO else "photos.document"
    return url_for(endpoint, public_id=file.public_id)
