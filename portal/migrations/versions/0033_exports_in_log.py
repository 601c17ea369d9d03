"""The audit log is asked which save of a story left in a file, and who took it, without being read whole."""

import sqlalchemy as sa
from alembic import op

revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None

_IS_EXPORT = sa.text("act = 'export'")


def upgrade() -> None:
    """Go to this schema."""
    op.create_index(
        'ix_audit_entry_exports',
        'audit_entry',
        ['about', 'actor'],
        unique=False,
        sqlite_where=_IS_EXPORT,
        postgresql_where=_IS_EXPORT,
    )


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_index('ix_audit_entry_exports', table_name='audit_entry')
