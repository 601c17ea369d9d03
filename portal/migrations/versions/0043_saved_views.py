"""Colleagues keep filters of the queue under a name, their own or shared with a desk; both are sealed."""

import sqlalchemy as sa
from alembic import op

revision = '0043'
down_revision = '0042'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    op.create_table(
        'saved_view',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('public_id', sa.String(length=32), nullable=False),
        sa.Column('owner_id', sa.Integer(), nullable=False),
        sa.Column('coverage_id', sa.Integer(), nullable=True),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ['owner_id'], ['staff.id'], name=op.f('fk_saved_view_owner_id_staff'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['coverage_id'],
            ['coverage.id'],
            name=op.f('fk_saved_view_coverage_id_coverage'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_view')),
        sa.UniqueConstraint('public_id', name=op.f('uq_saved_view_public_id')),
    )
    op.create_index(op.f('ix_saved_view_owner_id'), 'saved_view', ['owner_id'])
    op.create_index(op.f('ix_saved_view_coverage_id'), 'saved_view', ['coverage_id'])


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_table('saved_view')
