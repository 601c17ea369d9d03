"""Indexes from which the pages of the queue are read, and a mark on what has news from its author."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

_IS_UNREAD = sa.text("unread_letter_id IS NOT NULL")
_NEWEST = """UPDATE submission SET unread_letter_id =
    (SELECT max(id) FROM message
     WHERE submission_id = submission.id AND NOT from_desk AND id > coalesce(submission.desk_read_id, 0))
    WHERE id IN (SELECT submission_id FROM message)"""


def upgrade() -> None:
    """Go to this schema."""
    op.add_column('submission', sa.Column('unread_letter_id', sa.Integer(), nullable=True))
    op.execute(_NEWEST)
    op.drop_index('ix_submission_queue', 'submission')
    op.drop_index('ix_submission_call_id', 'submission')
    op.drop_index('ix_submission_assignee_id', 'submission')
    op.create_index('ix_submission_queue', 'submission', ['state', 'due_at', 'id', 'call_id', 'lang', 'kind'])
    op.create_index('ix_submission_lane', 'submission', ['state', 'lane', 'due_at', 'id', 'call_id', 'state_before', 'lang', 'kind'])
    op.create_index('ix_submission_language', 'submission', ['call_id', 'state', 'lang'])
    op.create_index('ix_submission_assignee', 'submission', ['assignee_id', 'state', 'call_id'])
    op.create_index('ix_submission_unread', 'submission', ['unread_letter_id'], sqlite_where=_IS_UNREAD, postgresql_where=_IS_UNREAD)
    op.create_index('ix_submission_announce_at', 'submission', ['announce_at'])
    op.create_index('ix_message_visible_at', 'message', ['visible_at'])


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_index('ix_message_visible_at', 'message')
    for name in ('announce_at', 'unread', 'assignee', 'language', 'lane', 'queue'):
        op.drop_index(f'ix_submission_{name}', 'submission')
    op.create_index('ix_submission_assignee_id', 'submission', ['assignee_id'])
    op.create_index('ix_submission_call_id', 'submission', ['call_id'])
    op.create_index('ix_submission_queue', 'submission', ['state', 'due_at', 'id'])
    op.drop_column('submission', 'unread_letter_id')
