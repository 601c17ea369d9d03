"""A draft has the end of its address, as it is proposed or as an editor has typed it."""

import sqlalchemy as sa
from alembic import op

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    op.add_column('draft', sa.Column('slug', sa.String(length=60), server_default='', nullable=False))
    op.create_index(op.f('ix_draft_slug'), 'draft', ['slug'], unique=False)
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('ALTER TABLE draft ALTER COLUMN slug SET STATISTICS 0')


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_index(op.f('ix_draft_slug'), table_name='draft')
    op.drop_column('draft', 'slug')
