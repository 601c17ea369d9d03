"""People say that two texts tell different stories; a notice alone knows that somebody was made responsible."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import Moment

revision = '0046'
down_revision = '0045'
branch_labels = None
depends_on = None

_NEW = """
UPDATE submission SET assignment_is_new = true WHERE EXISTS (
    SELECT 1 FROM desk_notice WHERE desk_notice.submission_id = submission.id
    AND desk_notice.staff_id = submission.assignee_id AND kind = 'assigned' AND is_done = false
)
"""


def upgrade() -> None:
    """Go to this schema."""
    with op.batch_alter_table('same_story') as batch_op:
        batch_op.add_column(sa.Column('told_apart_at', Moment(), nullable=True))
        batch_op.add_column(sa.Column('told_apart_by_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('told_apart_score', sa.Double(), nullable=True))
        batch_op.create_foreign_key(
            op.f('fk_same_story_told_apart_by_id_staff'),
            'staff',
            ['told_apart_by_id'],
            ['id'],
            ondelete='SET NULL',
        )
    op.drop_column('submission', 'assignment_is_new')


def downgrade() -> None:
    """Go back to the schema before."""
    op.add_column('submission', sa.Column('assignment_is_new', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(_NEW)
    if op.get_bind().dialect.name == 'postgresql':
        op.alter_column('submission', 'assignment_is_new', server_default=None)
    op.execute('DELETE FROM same_story WHERE told_apart_at IS NOT NULL')
    with op.batch_alter_table('same_story') as batch_op:
        batch_op.drop_constraint(op.f('fk_same_story_told_apart_by_id_staff'), type_='foreignkey')
        batch_op.drop_column('told_apart_score')
        batch_op.drop_column('told_apart_by_id')
        batch_op.drop_column('told_apart_at')
