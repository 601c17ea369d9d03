"""The queue tells pitches and stories apart by what lies there now."""

from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

_QUEUE = ['state', 'due_at', 'id', 'call_id', 'lang']
_LANE = ['state', 'lane', 'due_at', 'id', 'call_id', 'state_before', 'lang']


def upgrade() -> None:
    """Go to this schema."""
    _make_indexes('stage')


def downgrade() -> None:
    """Go back to the schema before."""
    _make_indexes('kind')


def _make_indexes(told_apart_by: str) -> None:
    for name, columns in (('queue', _QUEUE), ('lane', _LANE)):
        op.drop_index(f'ix_submission_{name}', 'submission')
        op.create_index(f'ix_submission_{name}', 'submission', [*columns, told_apart_by])
