"""What was erased has to leave the files of the database; PostgreSQL keeps no samples of what people wrote."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None

_WORDS = {
    'submission': 'heading haystack gist',
    'revision': 'open_answers',
    'message': 'body',
    'gist_version': 'body',
    'event': 'detail',
    'draft': 'title dek excerpt body content_warning topics',
    'draft_revision': 'open_fields',
    'unsaved_edit': 'open_fields',
    'author_check': 'objections reason',
    'publication': 'url',
    'take_down': 'url note',
    'outbox_mail': 'subject body',
}
"""Columns that hold words in clear. The planner has no use for the most common of them, nor for their range."""


def upgrade() -> None:
    """Go to this schema."""
    op.create_table(
        'sweep_request',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('asked_at', Moment(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sweep_request')),
    )
    _keep_samples(False)


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_table('sweep_request')
    _keep_samples(True)


def _keep_samples(kept: bool) -> None:
    """Have ANALYZE sample the words, or not, and let go of what it has."""
    if op.get_bind().dialect.name != 'postgresql':
        return
    inspector = sa.inspect(op.get_bind())
    for table, names in _WORDS.items():
        types = {one['name']: one['type'].compile(op.get_bind().dialect) for one in inspector.get_columns(table)}
        for name in names.split():
            # Said anew, the type stays as it is, and what was sampled goes.
            op.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{name}" TYPE {types[name]}')
            op.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{name}" SET STATISTICS {-1 if kept else 0}')
