"""Since when somebody has a submission, beside when they last used its page."""

import sqlalchemy as sa
from alembic import op
from portal.models.base import Moment

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    op.add_column('submission', sa.Column('claimed_since', Moment(), nullable=True))


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_column('submission', 'claimed_since')
