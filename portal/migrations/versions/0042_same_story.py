"""Texts of one coverage that tell the same story are found; those that are there already wait to be compared."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import Json

revision = '0042'
down_revision = '0041'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    op.create_table(
        'comparison_due',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('submission_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['submission_id'],
            ['submission.id'],
            name=op.f('fk_comparison_due_submission_id_submission'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_comparison_due')),
    )
    op.create_index('ix_comparison_due_submission_id', 'comparison_due', ['submission_id'])
    op.create_table(
        'story_mark',
        sa.Column('mark', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('submission_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ['submission_id'],
            ['submission.id'],
            name=op.f('fk_story_mark_submission_id_submission'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('mark', 'submission_id', name=op.f('pk_story_mark')),
        sqlite_with_rowid=False,
    )
    op.create_index('ix_story_mark_submission_id', 'story_mark', ['submission_id'])
    op.create_table(
        'same_story',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('one_id', sa.Integer(), nullable=False),
        sa.Column('other_id', sa.Integer(), nullable=False),
        sa.Column('is_copy', sa.Boolean(), nullable=False),
        sa.Column('shared', Json, nullable=False),
        sa.CheckConstraint('one_id < other_id', name=op.f('ck_same_story_older_first')),
        sa.ForeignKeyConstraint(
            ['one_id'], ['submission.id'], name=op.f('fk_same_story_one_id_submission'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['other_id'], ['submission.id'], name=op.f('fk_same_story_other_id_submission'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_same_story')),
        sa.UniqueConstraint('one_id', 'other_id', name=op.f('uq_same_story_one_id_other_id')),
    )
    op.create_index('ix_same_story_other_id', 'same_story', ['other_id'])
    op.execute(
        'INSERT INTO comparison_due (submission_id) '
        "SELECT id FROM submission WHERE state NOT IN ('writing', 'erased') ORDER BY id"
    )


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_table('same_story')
    op.drop_table('story_mark')
    op.drop_table('comparison_due')
