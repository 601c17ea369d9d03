"""Gists are kept as versions; whether somebody knows what a colleague has made them responsible for."""

import secrets

import sqlalchemy as sa
from alembic import op
from portal.models.base import Moment

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

_GISTS = sa.text(
    "SELECT id, gist AS body, gist_lang AS lang, gist_by_id AS staff_id, received_at FROM submission WHERE gist <> ''"
).columns(received_at=Moment())


def upgrade() -> None:
    """Go to this schema."""
    op.add_column('submission', sa.Column('assignment_is_new', sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table('submission', schema=None) as batch_op:
        batch_op.alter_column('assignment_is_new', existing_type=sa.Boolean(), server_default=None)
    versions = op.create_table(
        'gist_version',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('public_id', sa.String(length=32), nullable=False),
        sa.Column('submission_id', sa.Integer(), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.Column('lang', sa.String(length=20), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=True),
        sa.Column('written_at', Moment(), nullable=False),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name='fk_gist_version_staff_id_staff', ondelete='SET NULL'),
        sa.ForeignKeyConstraint(['submission_id'], ['submission.id'], name='fk_gist_version_submission_id_submission', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name='pk_gist_version'),
        sa.UniqueConstraint('public_id', name='uq_gist_version_public_id'),
    )
    op.create_index('ix_gist_version_submission_id', 'gist_version', ['submission_id'])
    known = [
        {
            'public_id': secrets.token_hex(16),
            'submission_id': row.id,
            'body': row.body,
            'lang': row.lang,
            'staff_id': row.staff_id,
            'written_at': row.received_at,
        }
        for row in op.get_bind().execute(_GISTS)
    ]
    op.bulk_insert(versions, known)


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_table('gist_version')
    op.drop_column('submission', 'assignment_is_new')
