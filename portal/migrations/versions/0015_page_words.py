"""Words typed on the private page are kept before they are sent."""

import sqlalchemy as sa
from alembic import op
from portal.models.base import Moment

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    op.create_table(
        'page_words',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('public_id', sa.String(length=32), nullable=False),
        sa.Column('submission_id', sa.Integer(), nullable=False),
        sa.Column('place', sa.Enum('thread', 'check', 'photos', name='place', native_enum=False, length=32), nullable=False),
        sa.Column('sequence', sa.Integer(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.Column('saved_at', Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ['submission_id'], ['submission.id'], name=op.f('fk_page_words_submission_id_submission'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_page_words')),
        sa.UniqueConstraint('public_id', name=op.f('uq_page_words_public_id')),
    )
    op.create_index(op.f('ix_page_words_submission_id'), 'page_words', ['submission_id'])


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_index(op.f('ix_page_words_submission_id'), table_name='page_words')
    op.drop_table('page_words')
