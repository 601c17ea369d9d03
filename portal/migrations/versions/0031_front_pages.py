"""A coverage has a front page: sentences, a title that breaks well, a picture, and cards that answer others."""

import sqlalchemy as sa
from alembic import op
from portal.models.base import Json

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    op.add_column('coverage', sa.Column('title_breaks', Json, server_default='{}', nullable=False))
    op.add_column('coverage', sa.Column('summary', Json, server_default='{}', nullable=False))
    op.create_table(
        'lead_picture',
        sa.Column('coverage_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.Column('width', sa.Integer(), nullable=False),
        sa.Column('height', sa.Integer(), nullable=False),
        sa.Column('alt', Json, nullable=False),
        sa.Column('credit', sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ['coverage_id'],
            ['coverage.id'],
            name=op.f('fk_lead_picture_coverage_id_coverage'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('coverage_id', name=op.f('pk_lead_picture')),
    )
    op.create_table(
        'story_card',
        sa.Column('draft_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('answers_id', sa.Integer(), nullable=True),
        sa.Column('title_breaks', sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(
            ['draft_id'], ['draft.id'], name=op.f('fk_story_card_draft_id_draft'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['answers_id'], ['draft.id'], name=op.f('fk_story_card_answers_id_draft'), ondelete='SET NULL'
        ),
        sa.PrimaryKeyConstraint('draft_id', name=op.f('pk_story_card')),
    )
    op.create_index(op.f('ix_story_card_answers_id'), 'story_card', ['answers_id'], unique=False)


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_table('story_card')
    op.drop_table('lead_picture')
    op.drop_column('coverage', 'summary')
    op.drop_column('coverage', 'title_breaks')
