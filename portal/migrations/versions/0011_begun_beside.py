"""Beside which text another one was begun, in the same browser."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    op.add_column('submission', sa.Column('begun_beside_id', sa.Integer(), nullable=True))
    op.create_index(
        op.f('ix_submission_begun_beside'),
        'submission',
        ['begun_beside_id'],
        sqlite_where=sa.text('begun_beside_id IS NOT NULL'),
        postgresql_where=sa.text('begun_beside_id IS NOT NULL'),
    )


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_index(op.f('ix_submission_begun_beside'), 'submission')
    op.drop_column('submission', 'begun_beside_id')
