"""Notices of the desk, and when each colleague wants mail about them, on which clock."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = '0039'
down_revision = '0038'
branch_labels = None
depends_on = None

_WAITS = sa.text('NOT is_read AND NOT is_done')
_OF_STAFF = (
    ('time_zone', sa.String(length=64), ''),
    ('mail_choice', sa.Enum('at_once', 'daily', name='mailchoice', native_enum=False, length=32), 'at_once'),
    ('quiet_from', sa.SmallInteger(), '21'),
    ('quiet_until', sa.SmallInteger(), '8'),
)


def upgrade() -> None:
    """Go to this schema."""
    for name, kind, default in _OF_STAFF:
        op.add_column('staff', sa.Column(name, kind, nullable=False, server_default=default))
    with op.batch_alter_table('staff', schema=None) as batch_op:
        for name, kind, _default in _OF_STAFF:
            batch_op.alter_column(name, existing_type=kind, server_default=None)
    op.create_table(
        'desk_notice',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('public_id', sa.String(length=32), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=False),
        sa.Column('submission_id', sa.Integer(), nullable=False),
        sa.Column(
            'kind',
            sa.Enum(
                'assigned',
                'mentioned',
                'answered',
                'approved',
                'objected',
                'gist_asked',
                'due',
                'late',
                'unread_language',
                'take_down',
                name='noticekind',
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column('about', sa.String(length=40), nullable=False),
        sa.Column('by_id', sa.Integer(), nullable=True),
        sa.Column('made_at', Moment(), nullable=False),
        sa.Column('is_read', sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column('is_done', sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column('done_with', sa.Integer(), nullable=True),
        sa.Column('changed_on', Moment(), nullable=False),
        sa.Column('is_mailed', sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column('mail_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['by_id'], ['staff.id'], name='fk_desk_notice_by_id_staff', ondelete='SET NULL'),
        sa.ForeignKeyConstraint(
            ['mail_id'], ['outbox_mail.id'], name='fk_desk_notice_mail_id_outbox_mail', ondelete='SET NULL'
        ),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name='fk_desk_notice_staff_id_staff', ondelete='CASCADE'),
        sa.ForeignKeyConstraint(
            ['submission_id'], ['submission.id'], name='fk_desk_notice_submission_id_submission', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_desk_notice'),
        sa.UniqueConstraint('public_id', name='uq_desk_notice_public_id'),
        sa.UniqueConstraint(
            'staff_id', 'kind', 'submission_id', 'about', name='uq_desk_notice_staff_id_kind_submission_id_about'
        ),
    )
    op.create_index('ix_desk_notice_submission_id', 'desk_notice', ['submission_id'])
    op.create_index('ix_desk_notice_mail_id', 'desk_notice', ['mail_id'])
    op.create_index(
        'ix_desk_notice_waiting', 'desk_notice', ['staff_id'], sqlite_where=_WAITS, postgresql_where=_WAITS
    )


def downgrade() -> None:
    """Go back to the schema before: what people were told goes, and mail about it that has not left."""
    op.execute("DELETE FROM outbox_mail WHERE kind = 'desk'")
    op.drop_table('desk_notice')
    for name, _kind, _default in reversed(_OF_STAFF):
        op.drop_column('staff', name)
