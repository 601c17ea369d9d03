"""Tags of a coverage and the texts they are on; what colleagues recommend about a text."""

import sqlalchemy as sa
from alembic import op
from portal.models.base import Moment

revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None

_IS_CURRENT = sa.text('ended_at IS NULL')


def upgrade() -> None:
    """Go to this schema."""
    op.create_table(
        'tag',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('public_id', sa.String(length=32), nullable=False),
        sa.Column('coverage_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=40), nullable=False),
        sa.Column('folded', sa.String(length=160), nullable=False),
        sa.Column('made_at', Moment(), nullable=False),
        sa.ForeignKeyConstraint(['coverage_id'], ['coverage.id'], name='fk_tag_coverage_id_coverage', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name='pk_tag'),
        sa.UniqueConstraint('coverage_id', 'folded', name='uq_tag_coverage_id_folded'),
        sa.UniqueConstraint('public_id', name='uq_tag_public_id'),
    )
    op.create_table(
        'submission_tag',
        sa.Column('submission_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('tag_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(['submission_id'], ['submission.id'], name='fk_submission_tag_submission_id_submission', ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['tag_id'], ['tag.id'], name='fk_submission_tag_tag_id_tag', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('submission_id', 'tag_id', name='pk_submission_tag'),
    )
    op.create_index('ix_submission_tag_tag_id', 'submission_tag', ['tag_id'])
    op.create_table(
        'recommendation',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('public_id', sa.String(length=32), nullable=False),
        sa.Column('submission_id', sa.Integer(), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=True),
        sa.Column('advice', sa.String(length=32), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.Column('sent_number', sa.Integer(), nullable=False),
        sa.Column('reads', sa.Boolean(), nullable=False),
        sa.Column('given_at', Moment(), nullable=False),
        sa.Column('ended_at', Moment(), nullable=True),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name='fk_recommendation_staff_id_staff', ondelete='SET NULL'),
        sa.ForeignKeyConstraint(['submission_id'], ['submission.id'], name='fk_recommendation_submission_id_submission', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name='pk_recommendation'),
        sa.UniqueConstraint('public_id', name='uq_recommendation_public_id'),
    )
    op.create_index('ix_recommendation_submission_id', 'recommendation', ['submission_id'])
    op.create_index(
        'ix_recommendation_current',
        'recommendation',
        ['submission_id', 'staff_id'],
        unique=True,
        sqlite_where=_IS_CURRENT,
        postgresql_where=_IS_CURRENT,
    )


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_table('recommendation')
    op.drop_table('submission_tag')
    op.drop_table('tag')
