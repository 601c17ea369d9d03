"""Who has a text on the screen now, as marks that say neither who nor where; people can switch it off."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = '0040'
down_revision = '0039'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    op.create_table(
        'presence',
        sa.Column('mark', sa.String(length=64), nullable=False),
        sa.Column('is_writing', sa.Boolean(), nullable=False),
        sa.Column('seen_at', Moment(), nullable=False),
        sa.PrimaryKeyConstraint('mark', name='pk_presence'),
    )
    op.create_index('ix_presence_seen_at', 'presence', ['seen_at'])
    op.add_column('staff', sa.Column('shows_presence', sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.alter_column('shows_presence', existing_type=sa.Boolean(), server_default=None)


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_column('staff', 'shows_presence')
    op.drop_table('presence')
