"""What editors have typed into a draft and not saved.

Stories stored before version 0012 are plain text, whatever marks stand in them: nothing says that a file
brought them.
"""

import sqlalchemy as sa
from alembic import op
from portal.models.base import Json, Moment

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    op.create_table(
        'unsaved_edit',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('draft_id', sa.Integer(), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=True),
        sa.Column('fields', Json, nullable=False),
        sa.Column('began_with', sa.Integer(), nullable=False),
        sa.Column('sequence', sa.Integer(), nullable=False),
        sa.Column('saved_at', Moment(), nullable=False),
        sa.Column('open_at', Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ['draft_id'], ['draft.id'], name=op.f('fk_unsaved_edit_draft_id_draft'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['staff_id'], ['staff.id'], name=op.f('fk_unsaved_edit_staff_id_staff'), ondelete='SET NULL'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_unsaved_edit')),
        sa.UniqueConstraint('draft_id', 'staff_id', name=op.f('uq_unsaved_edit_draft_id_staff_id')),
    )


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_table('unsaved_edit')
