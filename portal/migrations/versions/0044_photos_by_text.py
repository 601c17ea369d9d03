"""Photos and documents of a text are looked up in an index: a row of the queue counts its photos."""

from alembic import op

revision = '0044'
down_revision = '0043'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    op.create_index(op.f('ix_attachment_submission_id'), 'attachment', ['submission_id'])


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_index(op.f('ix_attachment_submission_id'), 'attachment')
