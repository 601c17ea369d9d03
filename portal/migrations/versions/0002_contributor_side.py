"""The contributor side: texts not sent yet, documents, lost codes, lanes, what the portal keeps of its work."""

import sqlalchemy as sa
from alembic import op
from portal.models.base import Moment
from sqlalchemy.dialects import postgresql
revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    op.create_table('job_run',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('ran_at', Moment(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_job_run'))
    )
    op.create_table('rate_bucket',
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('level', sa.Double(), nullable=False),
    sa.Column('updated_at', Moment(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_rate_bucket'))
    )
    op.create_table('used_proof',
    sa.Column('proof_hash', sa.String(length=64), nullable=False),
    sa.Column('expires_at', Moment(), nullable=False),
    sa.PrimaryKeyConstraint('proof_hash', name=op.f('pk_used_proof'))
    )
    with op.batch_alter_table('used_proof', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_used_proof_expires_at'), ['expires_at'], unique=False)

    op.create_table('access_link',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=32), nullable=False),
    sa.Column('submission_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('expires_at', Moment(), nullable=False),
    sa.ForeignKeyConstraint(['submission_id'], ['submission.id'], name=op.f('fk_access_link_submission_id_submission'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_link')),
    sa.UniqueConstraint('public_id', name=op.f('uq_access_link_public_id')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_access_link_token_hash'))
    )
    with op.batch_alter_table('access_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_access_link_submission_id'), ['submission_id'], unique=False)

    op.create_table('submission_draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=32), nullable=False),
    sa.Column('submission_id', sa.Integer(), nullable=False),
    sa.Column('stage', sa.Enum('pitch', 'story', name='stage', native_enum=False, length=32), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('lang', sa.String(length=20), nullable=False),
    sa.Column('answers', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('sealed_form_key', sa.LargeBinary(), nullable=True),
    sa.Column('saved_at', Moment(), nullable=False),
    sa.ForeignKeyConstraint(['submission_id'], ['submission.id'], name=op.f('fk_submission_draft_submission_id_submission'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_submission_draft')),
    sa.UniqueConstraint('public_id', name=op.f('uq_submission_draft_public_id'))
    )
    with op.batch_alter_table('submission_draft', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_submission_draft_submission_id'), ['submission_id'], unique=False)

    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.add_column(sa.Column('kind', sa.Enum('photo', 'document', name='attachmentkind', native_enum=False, length=32), nullable=False, server_default='photo'))
        batch_op.add_column(sa.Column('format', sa.String(length=10), nullable=False, server_default='jpeg'))
        batch_op.add_column(sa.Column('message_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('sealed_name', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('pages', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('caption', sa.String(length=600), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('licence', sa.Enum('own', 'allowed', 'editors_only', name='photolicence', native_enum=False, length=32), nullable=True))
        batch_op.add_column(sa.Column('changed_at', Moment(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_attachment_message_id_message'), 'message', ['message_id'], ['id'], ondelete='SET NULL')

    with op.batch_alter_table('call', schema=None) as batch_op:
        batch_op.add_column(sa.Column('unfinished_kept_days', sa.Integer(), nullable=False, server_default='14'))

    with op.batch_alter_table('contributor_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('unread_from', sa.Integer(), nullable=True))

    with op.batch_alter_table('submission', schema=None) as batch_op:
        batch_op.add_column(sa.Column('replacement_hash', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('address_hash', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('lane', sa.Enum('verified', 'unverified', name='lane', native_enum=False, length=32), nullable=False, server_default='verified'))
        batch_op.add_column(sa.Column('signals', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('thread_read_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('desk_read_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_submission_address_hash'), ['address_hash'], unique=False)
        batch_op.create_unique_constraint(batch_op.f('uq_submission_replacement_hash'), ['replacement_hash'])



def downgrade() -> None:
    """Go back to the schema before."""
    with op.batch_alter_table('submission', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_submission_replacement_hash'), type_='unique')
        batch_op.drop_index(batch_op.f('ix_submission_address_hash'))
        batch_op.drop_column('desk_read_id')
        batch_op.drop_column('thread_read_id')
        batch_op.drop_column('signals')
        batch_op.drop_column('lane')
        batch_op.drop_column('address_hash')
        batch_op.drop_column('replacement_hash')

    with op.batch_alter_table('contributor_session', schema=None) as batch_op:
        batch_op.drop_column('unread_from')

    with op.batch_alter_table('call', schema=None) as batch_op:
        batch_op.drop_column('unfinished_kept_days')

    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_attachment_message_id_message'), type_='foreignkey')
        batch_op.drop_column('changed_at')
        batch_op.drop_column('licence')
        batch_op.drop_column('caption')
        batch_op.drop_column('pages')
        batch_op.drop_column('sealed_name')
        batch_op.drop_column('message_id')
        batch_op.drop_column('format')
        batch_op.drop_column('kind')

    with op.batch_alter_table('submission_draft', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_submission_draft_submission_id'))

    op.drop_table('submission_draft')
    with op.batch_alter_table('access_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_access_link_submission_id'))

    op.drop_table('access_link')
    with op.batch_alter_table('used_proof', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_used_proof_expires_at'))

    op.drop_table('used_proof')
    op.drop_table('rate_bucket')
    op.drop_table('job_run')
