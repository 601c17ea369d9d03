"""Withdrawals that may still be taken back are found without a look at every text."""

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    may_be_undone = sa.text('undo_until IS NOT NULL')
    op.create_index(
        'ix_submission_undoable',
        'submission',
        ['undo_until'],
        sqlite_where=may_be_undone,
        postgresql_where=may_be_undone,
    )


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_index('ix_submission_undoable', table_name='submission')
