"""Which of the author's revisions a draft began with; every revision says all answers.

The first release kept with the full story of an invited pitch only what its form asked for. Such a revision is
known by the pitch's own answer that it lacks: the pitch's answers are laid under it.
"""

from itertools import pairwise

import sqlalchemy as sa
from alembic import op
from portal.models.base import Json

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

_IDEA = 'idea'
_revision = sa.table(
    'revision',
    sa.column('id', sa.Integer),
    sa.column('submission_id', sa.Integer),
    sa.column('number', sa.Integer),
    sa.column('answers', Json),
)


def upgrade() -> None:
    """Go to this schema."""
    op.add_column('draft', sa.Column('source_revision', sa.Integer(), nullable=True))
    op.add_column(
        'draft_revision', sa.Column('by_author', sa.Boolean(), nullable=False, server_default=sa.false())
    )
    with op.batch_alter_table('draft_revision', schema=None) as batch_op:
        batch_op.alter_column('by_author', existing_type=sa.Boolean(), server_default=None)
    _make_whole()


def downgrade() -> None:
    """Go back to the schema before."""
    with op.batch_alter_table('draft_revision', schema=None) as batch_op:
        batch_op.drop_column('by_author')
    with op.batch_alter_table('draft', schema=None) as batch_op:
        batch_op.drop_column('source_revision')


def _make_whole() -> None:
    connection = op.get_bind()
    several = sa.select(_revision.c.submission_id).where(_revision.c.number > 1)
    rows = connection.execute(
        sa.select(_revision.c.id, _revision.c.submission_id, _revision.c.answers)
        .where(_revision.c.submission_id.in_(several))
        .order_by(_revision.c.submission_id, _revision.c.number)
    ).all()
    whole = {row.id: row.answers for row in rows}
    for before, after in pairwise(rows):
        is_next = before.submission_id == after.submission_id
        if is_next and _IDEA in whole[before.id] and _IDEA not in after.answers:
            whole[after.id] = {**whole[before.id], **after.answers}
            connection.execute(
                sa.update(_revision).where(_revision.c.id == after.id).values(answers=whole[after.id])
            )
