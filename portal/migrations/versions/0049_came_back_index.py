"""What came back from its author has an index: little of what waits for the desk, which nobody looks through."""

import sqlalchemy as sa
from alembic import op

revision = '0049'
down_revision = '0048'
branch_labels = None
depends_on = None

_CAME_BACK = sa.text("state_before IN ('invited', 'needs_reply')")
_COLUMNS = ['state', 'lane', 'due_at', 'id', 'call_id', 'state_before', 'lang', 'stage', 'sides', 'received_at']


def upgrade() -> None:
    """Go to this schema."""
    op.create_index(
        'ix_submission_came_back',
        'submission',
        _COLUMNS,
        sqlite_where=_CAME_BACK,
        postgresql_where=_CAME_BACK,
    )


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_index('ix_submission_came_back', 'submission')
