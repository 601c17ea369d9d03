"""Exports remember what they left out, and the audit log is asked which departures came to nothing."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import Json

revision = '0051'
down_revision = '0050'
branch_labels = None
depends_on = None

_IS_CALLED_OFF = sa.text("act = 'call_off_export'")


def upgrade() -> None:
    """Go to this schema."""
    op.add_column('export_file', sa.Column('kept', Json, nullable=False, server_default='{}'))
    op.create_index(
        'ix_audit_entry_called_off',
        'audit_entry',
        ['about'],
        unique=False,
        sqlite_where=_IS_CALLED_OFF,
        postgresql_where=_IS_CALLED_OFF,
    )


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_index('ix_audit_entry_called_off', table_name='audit_entry')
    op.drop_column('export_file', 'kept')
