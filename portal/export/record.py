"""The neutral value every format is made from: filled name by name, so what is not named cannot leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.domain.consent import ExportRefusal, printed_byline
from portal.domain.errors import ExportRefused
from portal.domain.languages import best_text
from portal.domain.photo_edits import PhotoEdits
from portal.domain.slugs import propose_slug
from portal.export.photos import FILE_MISSING, PictureRecord, Pictures, WithheldPicture
from portal.models import Consent, Coverage, Draft
from portal.story.blocks import Block, Figures, Picture, list_pictures
from portal.story.markdown import to_blocks

SHORT_ID = 8
SPECIAL_COVERAGE = "special"
"""The newsroom's category above all special coverages."""


NO_PICTURES = Pictures()


@dataclass(frozen=True)
class Topic:
    """A topic by the newsroom's own slug, named in the language of the story."""

    slug: str
    name: str


@dataclass(frozen=True)
class LicenceRecord:
    """The licence and the consent it stands on: version and language of the text agreed to, and when."""

    name: str
    uri: str
    consent_version: int
    consent_language: str
    consent_given_at: datetime


@dataclass(frozen=True)
class Address:
    """Where the story is published in one language."""

    lang: str
    url: str


@dataclass(frozen=True)
class ExportRecord:
    """One story as it may leave the portal. Times are UTC, languages BCP 47 tags."""

    uid: str
    lang: str
    original_lang: str
    title: str
    dek: str
    excerpt: str
    body: tuple[Block, ...]
    byline: str
    bio: str
    content_warning: str
    topics: tuple[Topic, ...]
    coverage_slug: str
    coverage_title: str
    slug: str
    licence: LicenceRecord
    addresses: tuple[Address, ...]
    revision: int
    accepted_at: datetime
    edited_at: datetime
    pictures: tuple[PictureRecord, ...] = ()
    withheld_pictures: tuple[WithheldPicture, ...] = ()
    featured: str = ""
    """The file of the photo that stands for the story in lists; empty when none was chosen."""

    @property
    def figures(self) -> Figures:
        """Return what writers show of the photos, by key; their files are in the story's folder."""
        return {one.key: one.show(self.licence.name) for one in self.pictures}

    @property
    def unplaced_pictures(self) -> tuple[PictureRecord, ...]:
        """Return the photos that come after the text, because nobody has put them into it."""
        placed = list_pictures(self.body)
        return tuple(one for one in self.pictures if one.key not in placed)

    @property
    def missing_files(self) -> tuple[str, ...]:
        """Return the photos that should be here and could not be read."""
        return tuple(one.file for one in self.withheld_pictures if one.reason == FILE_MISSING)

    @property
    def short_id(self) -> str:
        """Return the beginning of the id, for names of files and addresses."""
        return self.uid[:SHORT_ID]

    @property
    def attribution(self) -> str:
        """Return the line that goes with every copy: title, author, licence and its address."""
        return " · ".join(
            part for part in (self.title, self.byline, self.licence.name, self.licence.uri) if part
        )

    @property
    def categories(self) -> tuple[str, ...]:
        """Return category slugs: that of special coverages, this coverage, then the topics."""
        return (SPECIAL_COVERAGE, self.coverage_slug, *(topic.slug for topic in self.topics))

    @property
    def category_names(self) -> tuple[str, ...]:
        """Return the categories as people read them: this coverage, then the topics."""
        return (self.coverage_title, *(topic.name for topic in self.topics))


def build_record(
    draft: Draft,
    coverage: Coverage,
    *,
    licence: Consent | None,
    refusal: ExportRefusal | None,
    pictures: Pictures = NO_PICTURES,
) -> ExportRecord:
    """Copy what may leave. Raises ExportRefused when the rules of consent keep the draft here."""
    if refusal is not None or licence is None:
        raise ExportRefused(refusal or ExportRefusal.NO_LICENCE)
    person = draft.person
    return ExportRecord(
        uid=draft.public_id,
        lang=draft.lang,
        original_lang=draft.submission.lang,
        title=draft.title,
        dek=draft.dek,
        excerpt=draft.excerpt,
        body=_read_body(draft.body, pictures),
        byline=printed_byline(person["byline_mode"], person["byline"]),
        bio=person["bio"],
        content_warning=draft.content_warning,
        topics=_name_topics(draft.topics, coverage.topics, [draft.lang, coverage.primary_locale]),
        coverage_slug=coverage.slug,
        coverage_title=best_text(coverage.title, [draft.lang, coverage.primary_locale])[1],
        slug=draft.slug or propose_slug(draft.title, draft.lang, draft.public_id),
        licence=LicenceRecord(
            name=coverage.licence,
            uri=coverage.licence_uri,
            consent_version=licence.text_version,
            consent_language=licence.locale,
            consent_given_at=licence.given_at.astimezone(UTC),
        ),
        addresses=tuple(Address(one.lang, one.url) for one in draft.addresses),
        revision=draft.revision,
        accepted_at=draft.accepted_at.astimezone(UTC),
        edited_at=draft.edited_at.astimezone(UTC),
        pictures=pictures.leaving,
        withheld_pictures=pictures.withheld,
        featured=_find_featured(draft, pictures),
    )


def _read_body(source: str, pictures: Pictures) -> tuple[Block, ...]:
    """Read the text; the mark of a photo that does not leave leaves nothing behind."""
    leaving = {one.key for one in pictures.leaving}
    read = to_blocks(source, has_pictures=True)
    return tuple(block for block in read if not isinstance(block, Picture) or block.key in leaving)


def _find_featured(draft: Draft, pictures: Pictures) -> str:
    """Return the file of the featured photo; empty when it does not leave."""
    chosen = PhotoEdits.read(draft.photos).featured
    return next((one.file for one in pictures.leaving if one.key == chosen), "")


def _name_topics(
    chosen: Sequence[str], offered: Sequence[Mapping[str, Any]], wanted: Sequence[str]
) -> tuple[Topic, ...]:
    """Name the chosen topics in the coverage's order; one the coverage no longer has is left out."""
    return tuple(
        Topic(topic["slug"], best_text(topic["label"], wanted)[1])
        for topic in offered
        if topic["slug"] in chosen
    )
