"""Tasks for what has left and must come back; until when a withdrawal can be taken back."""

import sqlalchemy as sa
from alembic import op
from portal.models.base import Moment

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

_IS_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    """Go to this schema."""
    op.add_column('submission', sa.Column('undo_until', Moment(), nullable=True))
    op.create_table(
        'take_down',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('public_id', sa.String(length=32), nullable=False),
        sa.Column('submission_id', sa.Integer(), nullable=False),
        sa.Column('reason', sa.String(length=32), nullable=False),
        sa.Column('lang', sa.String(length=20), nullable=False),
        sa.Column('url', sa.String(length=500), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=True),
        sa.Column('exported_at', Moment(), nullable=True),
        sa.Column('opened_at', Moment(), nullable=False),
        sa.Column('closed_at', Moment(), nullable=True),
        sa.Column('outcome', sa.String(length=32), nullable=True),
        sa.Column('note', sa.Text(), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name='fk_take_down_staff_id_staff', ondelete='SET NULL'),
        sa.ForeignKeyConstraint(['submission_id'], ['submission.id'], name='fk_take_down_submission_id_submission', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name='pk_take_down'),
        sa.UniqueConstraint('public_id', name='uq_take_down_public_id'),
    )
    op.create_index('ix_take_down_submission_id', 'take_down', ['submission_id'])
    op.create_index('ix_take_down_open', 'take_down', ['submission_id'], sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN)


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_table('take_down')
    op.drop_column('submission', 'undo_until')
