"""Words of drafts stand apart in the search, for who may open drafts: the worker reads texts that have one anew."""

from alembic import op

revision = '0050'
down_revision = '0049'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    _mark_drafts()


def downgrade() -> None:
    """Go back to the schema before, whose release reads them as it did."""
    _mark_drafts()


def _mark_drafts() -> None:
    op.execute(
        'INSERT INTO search_due (submission_id) '
        'SELECT submission_id FROM story_search '
        'WHERE submission_id IN (SELECT submission_id FROM draft WHERE set_aside_at IS NULL) '
        'ORDER BY submission_id'
    )
