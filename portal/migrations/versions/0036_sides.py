"""The queue knows where texts are rooted, and finds them by when they came; lists of drafts have their orders."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from portal.domain.questions import AnswersByRole, QuestionRole
from portal.domain.sides import read_rooted, write_sides
from portal.extensions import current_portal
from portal.models.base import Json
from portal.sealing.keys import CannotOpen, desk_answers_place

revision = '0036'
down_revision = '0035'
branch_labels = None
depends_on = None

_AT_ONCE = 500
_BEFORE: Mapping[str, Sequence[str]] = {
    'queue': ('state', 'due_at', 'id', 'call_id', 'lang', 'stage'),
    'lane': ('state', 'lane', 'due_at', 'id', 'call_id', 'state_before', 'lang', 'stage'),
}
_LOOKED_AT = ('call_id', 'state_before', 'lang', 'stage', 'sides')
_NOW: Mapping[str, Sequence[str]] = {
    'queue': ('state', 'due_at', 'id', *_LOOKED_AT, 'received_at'),
    'lane': ('state', 'lane', 'due_at', 'id', *_LOOKED_AT, 'received_at'),
    'received': ('state', 'lane', 'received_at', 'id', *_LOOKED_AT, 'due_at'),
}
_OF_DRAFTS: Mapping[str, Sequence[str]] = {
    'accepted_at': ('accepted_at', 'id'),
    'edited_at': ('edited_at', 'id'),
    'lang': ('lang',),
}
_call = sa.table('call', sa.column('id', sa.Integer), sa.column('questions', Json))
_submission = sa.table(
    'submission',
    sa.column('id', sa.Integer),
    sa.column('public_id', sa.String),
    sa.column('call_id', sa.Integer),
    sa.column('sides', sa.String),
)
_revision = sa.table(
    'revision',
    sa.column('id', sa.Integer),
    sa.column('submission_id', sa.Integer),
    sa.column('number', sa.Integer),
    sa.column('desk_answers', sa.LargeBinary),
)


def upgrade() -> None:
    """Go to this schema."""
    op.add_column('submission', sa.Column('sides', sa.String(length=40), server_default='', nullable=False))
    _name_sides()
    _make_indexes('submission', _BEFORE, _NOW)
    _make_indexes('draft', {}, _OF_DRAFTS)


def downgrade() -> None:
    """Go back to the schema before."""
    _make_indexes('draft', _OF_DRAFTS, {})
    _make_indexes('submission', _NOW, _BEFORE)
    op.drop_column('submission', 'sides')


def _make_indexes(table: str, old: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]]) -> None:
    for name in old:
        op.drop_index(f'ix_{table}_{name}', table)
    for name, columns in new.items():
        op.create_index(f'ix_{table}_{name}', table, list(columns))


def _name_sides() -> None:
    """Read what authors have answered, some hundred texts at a time; of one that no key opens nobody knows."""
    bind, keys = op.get_bind(), current_portal().instance.keys
    questions = {row.id: row.questions for row in bind.execute(sa.select(_call))}
    later = _revision.alias()
    is_newest = ~sa.exists().where(
        later.c.submission_id == _revision.c.submission_id, later.c.number > _revision.c.number
    )
    wanted = (
        sa.select(_submission.c['id', 'public_id', 'call_id'], _revision.c['number', 'desk_answers'])
        .join_from(_submission, _revision, _revision.c.submission_id == _submission.c.id)
        .where(is_newest, _revision.c.desk_answers.is_not(None))
        .order_by(_submission.c.id)
        .limit(_AT_ONCE)
    )
    last = 0
    while rows := bind.execute(wanted.where(_submission.c.id > last)).all():
        last = rows[-1].id
        for row in rows:
            try:
                answers = keys.open_map(row.desk_answers, desk_answers_place(row.public_id, row.number))
            except CannotOpen:
                continue
            _keep_sides(row.id, AnswersByRole(questions[row.call_id], answers))


def _keep_sides(number: int, given: AnswersByRole) -> None:
    sides: Any = write_sides(read_rooted(given.chosen(QuestionRole.SIDE)))
    if sides:
        op.get_bind().execute(
            sa.update(_submission).where(_submission.c.id == number).values(sides=sides)
        )
