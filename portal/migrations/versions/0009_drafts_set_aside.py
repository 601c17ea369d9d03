"""Drafts are set aside instead of deleted, and say which of their revisions are copies of the author's."""

import sqlalchemy as sa
from alembic import op
from portal.models.base import Moment

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

_NEWEST_THEN = """UPDATE draft SET source_revision = coalesce(
    (SELECT max(number) FROM revision
     WHERE revision.submission_id = draft.submission_id AND revision.received_at <= draft.accepted_at), 1)
    WHERE source_revision IS NULL"""
_FIRST_COPY = """UPDATE draft_revision SET sent_number =
    (SELECT source_revision FROM draft WHERE draft.id = draft_revision.draft_id) WHERE number = 1"""


def upgrade() -> None:
    """Go to this schema."""
    op.add_column('draft', sa.Column('set_aside_at', Moment(), nullable=True))
    op.add_column('draft_revision', sa.Column('sent_number', sa.Integer(), nullable=True))
    op.execute(_NEWEST_THEN)
    op.execute(_FIRST_COPY)


def downgrade() -> None:
    """Go back to the schema before, where a draft that stands aside would look like one that is worked on."""
    for table in ('publication', 'author_check', 'draft_revision'):
        op.execute(f'DELETE FROM {table} WHERE draft_id IN (SELECT id FROM draft WHERE set_aside_at IS NOT NULL)')
    op.execute('DELETE FROM draft WHERE set_aside_at IS NOT NULL')
    op.drop_column('draft_revision', 'sent_number')
    op.drop_column('draft', 'set_aside_at')
