"""Texts keep no words of their own for searching in: the index of the search has them."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import Json

revision = '0045'
down_revision = '0044'
branch_labels = None
depends_on = None

_AT_ONCE = 500
_submission = sa.table(
    'submission',
    sa.column('id', sa.Integer),
    sa.column('heading', sa.String),
    sa.column('haystack', sa.Text),
)
_revision = sa.table(
    'revision',
    sa.column('submission_id', sa.Integer),
    sa.column('number', sa.Integer),
    sa.column('open_answers', Json),
)


def upgrade() -> None:
    """Go to this schema."""
    op.drop_column('submission', 'haystack')


def downgrade() -> None:
    """Go back to the schema before, and write the words that were searched."""
    op.add_column('submission', sa.Column('haystack', sa.Text(), nullable=False, server_default=''))
    _write_words()
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('ALTER TABLE submission ALTER COLUMN haystack DROP DEFAULT')
        op.execute('ALTER TABLE submission ALTER COLUMN haystack SET STATISTICS 0')


def _write_words() -> None:
    """Copy what was sent, some hundred texts at a time; what is unsent or erased has no heading."""
    bind = op.get_bind()
    later = _revision.alias()
    is_newest = ~sa.exists().where(
        later.c.submission_id == _revision.c.submission_id, later.c.number > _revision.c.number
    )
    wanted = (
        sa.select(_submission.c.id, _revision.c.open_answers)
        .join_from(_submission, _revision, _revision.c.submission_id == _submission.c.id)
        .where(is_newest, _submission.c.heading != '')
        .order_by(_submission.c.id)
        .limit(_AT_ONCE)
    )
    last = 0
    while rows := bind.execute(wanted.where(_submission.c.id > last)).all():
        last = rows[-1].id
        for number, answers in rows:
            words = '\n'.join(str(one) for one in answers.values() if one).casefold()
            bind.execute(sa.update(_submission).where(_submission.c.id == number).values(haystack=words))
