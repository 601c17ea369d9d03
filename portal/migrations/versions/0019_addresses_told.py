"""An address of a published piece is told when the desk can take it back no more."""

import sqlalchemy as sa
from alembic import op
from portal.models.base import Moment

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    op.add_column('publication', sa.Column('visible_at', Moment(), nullable=True))
    op.execute('UPDATE publication SET visible_at = recorded_at')
    with op.batch_alter_table('publication', schema=None) as batch_op:
        batch_op.alter_column('visible_at', existing_type=Moment(), nullable=False)


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_column('publication', 'visible_at')
