"""The search index: the terms of every text that was sent, a row each, and which texts wait for it."""

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base


class StorySearch(Base):
    """The terms of one text (story.search.terms), and by which version of the tokenizer they were made.

    The databases' own indexes over it are made by its migration: FTS5 on SQLite, GIN on PostgreSQL.
    """

    __tablename__ = "story_search"
    __table_args__ = (Index("ix_story_search_version", "tokenizer_version", "submission_id"),)

    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    tokenizer_version: Mapped[int]
    """Zero where the text has not been read for the search yet, below where it could not be read."""
    body_terms: Mapped[str] = mapped_column(Text, default="")
    """In the order of the text, then of its draft, for phrases."""
    extra_terms: Mapped[str] = mapped_column(Text, default="")


class SearchDue(Base):
    """A text whose words have changed and wait to be read for the search; a row for each change.

    No number comes twice: whoever has read a text deletes the marks seen then, and no later one.
    """

    __tablename__ = "search_due"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)


def is_search_structure(name: str | None) -> bool:
    """Say whether a table or an index of the database is the search's own, which no model names."""
    return name is not None and name.startswith("story_search_")
