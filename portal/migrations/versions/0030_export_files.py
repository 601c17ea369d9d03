"""Files of exports are made by the worker, and fetched for a day."""

import sqlalchemy as sa
from alembic import op
from portal.models.base import Json, Moment

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    op.create_table(
        'export_file',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('public_id', sa.String(length=32), nullable=False),
        sa.Column('coverage_id', sa.Integer(), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=True),
        sa.Column('format', sa.String(length=32), nullable=False),
        sa.Column('choice', Json, nullable=False),
        sa.Column('has_gaps', sa.Boolean(), nullable=False),
        sa.Column('state', sa.String(length=32), nullable=False),
        sa.Column('problem', sa.String(length=32), nullable=True),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('total', sa.Integer(), nullable=False),
        sa.Column('done', sa.Integer(), nullable=False),
        sa.Column('written', sa.Integer(), nullable=False),
        sa.Column('lost', Json, nullable=False),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('content_size', sa.Integer(), nullable=False),
        sa.Column('sealed_key', sa.LargeBinary(), nullable=True),
        sa.Column('asked_at', Moment(), nullable=False),
        sa.Column('lease_until', Moment(), nullable=True),
        sa.Column('ended_at', Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ['coverage_id'],
            ['coverage.id'],
            name=op.f('fk_export_file_coverage_id_coverage'),
            ondelete='CASCADE',
        ),
        sa.ForeignKeyConstraint(
            ['staff_id'], ['staff.id'], name=op.f('fk_export_file_staff_id_staff'), ondelete='SET NULL'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_export_file')),
        sa.UniqueConstraint('public_id', name=op.f('uq_export_file_public_id')),
    )
    op.create_index(op.f('ix_export_file_coverage_id'), 'export_file', ['coverage_id'], unique=False)


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_table('export_file')
