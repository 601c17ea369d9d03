"""Codes of the desk need two people, and a page remembers what opened it.

Codes that one colleague gave out alone before are codes of the desk as well: who holds one proves to be the
author like everybody else, and pages they have open are closed.
"""

import sqlalchemy as sa
from alembic import op
from portal.models.base import Moment

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

_STATES = ('asked', 'issued', 'in_use', 'called_off', 'refused', 'replaced')
_WAYS = ('own_code', 'form', 'link', 'desk_code', 'proved', 'nothing_sealed')
_KEEP_EARLIER = """
    INSERT INTO desk_code (
        public_id, submission_id, state, asked_by_id, asked_at, reason, confirmed_at, code_hash, opens_at
    )
    SELECT substr(submission.replacement_hash, 1, 32), submission.id, 'in_use', event.staff_id, event.at, '',
        event.at, submission.replacement_hash, event.at
    FROM submission JOIN event ON event.id = (
        SELECT max(newest.id) FROM event AS newest
        WHERE newest.submission_id = submission.id AND newest.act = 'replace_code'
    )
    WHERE submission.replacement_hash IS NOT NULL AND NOT event.by_author
"""
_CLOSE_PAGES = """
    DELETE FROM contributor_session WHERE submission_id IN (SELECT submission_id FROM desk_code)
"""


def upgrade() -> None:
    """Go to this schema."""
    op.create_table(
        'desk_code',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('public_id', sa.String(length=32), nullable=False),
        sa.Column('submission_id', sa.Integer(), nullable=False),
        sa.Column('state', sa.Enum(*_STATES, name='codestate', native_enum=False, length=32), nullable=False),
        sa.Column('asked_by_id', sa.Integer(), nullable=True),
        sa.Column('asked_at', Moment(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('confirmed_by_id', sa.Integer(), nullable=True),
        sa.Column('confirmed_at', Moment(), nullable=True),
        sa.Column('code_hash', sa.String(length=64), nullable=True),
        sa.Column('opens_at', Moment(), nullable=True),
        sa.CheckConstraint('confirmed_by_id <> asked_by_id', name=op.f('ck_desk_code_two_people')),
        sa.ForeignKeyConstraint(
            ['submission_id'], ['submission.id'], name=op.f('fk_desk_code_submission_id_submission'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['asked_by_id'], ['staff.id'], name=op.f('fk_desk_code_asked_by_id_staff'), ondelete='SET NULL'
        ),
        sa.ForeignKeyConstraint(
            ['confirmed_by_id'], ['staff.id'], name=op.f('fk_desk_code_confirmed_by_id_staff'), ondelete='SET NULL'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_code')),
        sa.UniqueConstraint('public_id', name=op.f('uq_desk_code_public_id')),
        sa.UniqueConstraint('code_hash', name=op.f('uq_desk_code_code_hash')),
    )
    op.create_index(op.f('ix_desk_code_submission_id'), 'desk_code', ['submission_id'])
    way_in = sa.Enum(*_WAYS, name='wayin', native_enum=False, length=32)
    op.add_column('contributor_session', sa.Column('way_in', way_in, nullable=False, server_default='own_code'))
    with op.batch_alter_table('contributor_session', schema=None) as batch_op:
        batch_op.alter_column('way_in', existing_type=way_in, server_default=None)
    op.add_column('message', sa.Column('by_desk_code', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(_KEEP_EARLIER)
    op.execute(_CLOSE_PAGES)


def downgrade() -> None:
    """Go back to the schema before. Codes that wait for a second person, or to be used, open nothing then."""
    op.drop_column('message', 'by_desk_code')
    op.drop_column('contributor_session', 'way_in')
    op.drop_table('desk_code')
