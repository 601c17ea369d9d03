"""Editors say why they changed a text; authors answer change by change."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import Json

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    op.add_column('draft_revision', sa.Column('reason', sa.Text(), nullable=False, server_default=''))
    op.add_column('author_check', sa.Column('answers', Json, nullable=False, server_default='{}'))
    if op.get_bind().dialect.name == 'postgresql':
        # What people write is sampled nowhere, so that nothing of it is left when it was erased.
        op.execute('ALTER TABLE draft_revision ALTER COLUMN reason SET STATISTICS 0')
        op.execute('ALTER TABLE author_check ALTER COLUMN answers SET STATISTICS 0')


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_column('author_check', 'answers')
    op.drop_column('draft_revision', 'reason')
