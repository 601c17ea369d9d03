"""Unsaved states of a draft stay as versions, colleagues comment on its paragraphs, each change has a reason."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import Json, Moment, PublicId

revision = '0041'
down_revision = '0040'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    op.create_table(
        'autosave',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('public_id', PublicId, nullable=False),
        sa.Column('draft_id', sa.Integer(), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=True),
        sa.Column('open_fields', Json, nullable=False),
        sa.Column('sealed_person', sa.LargeBinary(), nullable=True),
        sa.Column('saved_at', Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ['draft_id'], ['draft.id'], name=op.f('fk_autosave_draft_id_draft'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['staff_id'], ['staff.id'], name=op.f('fk_autosave_staff_id_staff'), ondelete='SET NULL'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_autosave')),
        sa.UniqueConstraint('public_id', name=op.f('uq_autosave_public_id')),
    )
    op.create_index(op.f('ix_autosave_draft_id'), 'autosave', ['draft_id'])
    op.create_table(
        'draft_comment',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('public_id', PublicId, nullable=False),
        sa.Column('draft_id', sa.Integer(), nullable=False),
        sa.Column('answers_id', sa.Integer(), nullable=True),
        sa.Column('staff_id', sa.Integer(), nullable=True),
        sa.Column('sealed', sa.LargeBinary(), nullable=True),
        sa.Column('written_at', Moment(), nullable=False),
        sa.Column('resolved_at', Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ['answers_id'],
            ['draft_comment.id'],
            name=op.f('fk_draft_comment_answers_id_draft_comment'),
            ondelete='CASCADE',
        ),
        sa.ForeignKeyConstraint(
            ['draft_id'], ['draft.id'], name=op.f('fk_draft_comment_draft_id_draft'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['staff_id'], ['staff.id'], name=op.f('fk_draft_comment_staff_id_staff'), ondelete='SET NULL'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_draft_comment')),
        sa.UniqueConstraint('public_id', name=op.f('uq_draft_comment_public_id')),
    )
    op.create_index(op.f('ix_draft_comment_answers_id'), 'draft_comment', ['answers_id'])
    op.create_index(op.f('ix_draft_comment_draft_id'), 'draft_comment', ['draft_id'])
    op.add_column('draft_revision', sa.Column('change_reasons', Json, nullable=False, server_default='{}'))
    op.add_column('unsaved_edit', sa.Column('autosaved_at', Moment(), nullable=True))
    if op.get_bind().dialect.name == 'postgresql':
        # What people write is sampled nowhere, so that nothing of it is left when it was erased.
        op.execute('ALTER TABLE draft_revision ALTER COLUMN change_reasons SET STATISTICS 0')
        op.execute('ALTER TABLE autosave ALTER COLUMN open_fields SET STATISTICS 0')


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_column('unsaved_edit', 'autosaved_at')
    op.drop_column('draft_revision', 'change_reasons')
    op.drop_table('draft_comment')
    op.drop_table('autosave')
