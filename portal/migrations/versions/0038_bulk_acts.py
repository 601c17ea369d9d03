"""An event names the act on many that it is part of in a column of its own, so that all of it is found at once."""

import sqlalchemy as sa
from alembic import op

revision = '0038'
down_revision = '0037'
branch_labels = None
depends_on = None

_IS_PART = sa.text('batch IS NOT NULL')
_OUT_OF_DETAIL = {
    'sqlite': "UPDATE event SET batch = json_extract(detail, '$.batch'), detail = json_remove(detail, '$.batch') WHERE json_extract(detail, '$.batch') IS NOT NULL",
    'postgresql': "UPDATE event SET batch = detail ->> 'batch', detail = detail - 'batch' WHERE detail ->> 'batch' IS NOT NULL",
}
_INTO_DETAIL = {
    'sqlite': "UPDATE event SET detail = json_set(detail, '$.batch', batch) WHERE batch IS NOT NULL",
    'postgresql': "UPDATE event SET detail = jsonb_set(detail, '{batch}', to_jsonb(CAST(batch AS text))) WHERE batch IS NOT NULL",
}


def upgrade() -> None:
    """Go to this schema."""
    op.add_column('event', sa.Column('batch', sa.String(length=32), nullable=True))
    op.execute(_OUT_OF_DETAIL[op.get_bind().dialect.name])
    op.create_index('ix_event_batch', 'event', ['batch'], sqlite_where=_IS_PART, postgresql_where=_IS_PART)


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_index('ix_event_batch', table_name='event')
    op.execute(_INTO_DETAIL[op.get_bind().dialect.name])
    op.drop_column('event', 'batch')
