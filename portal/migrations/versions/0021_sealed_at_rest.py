"""Who is at risk, names to print, answers nobody searches in and unsent words are sealed; lengths are hidden.

Everything is read and written some hundred rows at a time, in the transaction of the migration: cut off, it
has changed nothing.
"""

import logging
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op
from portal.domain.questions import split_answers
from portal.extensions import current_portal
from portal.sealing.keys import (
    CannotOpen,
    answers_place,
    desk_answers_place,
    draft_person_place,
    edit_person_place,
    file_name_place,
    note_place,
    page_words_place,
    picture_words_place,
    risk_place,
    save_person_place,
    unsent_version_place,
)
from portal.models.base import Json

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

_AT_ONCE = 500
_SHUT = 'shut'
_log = logging.getLogger('portal.migrations')
_PERSON = ('byline_mode', 'byline', 'bio')
_WORDS = ('description', 'caption', 'credit')
_UNPADDED = b'\x01'
_ERASED = 'erased'
_NEVER_SENT = 'writing'


def _table(name: str, **columns: Any) -> sa.TableClause:
    return sa.table(name, sa.column('id', sa.Integer), *(sa.column(one, kind) for one, kind in columns.items()))


_bytes, _text = sa.LargeBinary, sa.String
_call = _table('call', questions=Json)
_submission = _table(
    'submission',
    public_id=_text,
    call_id=sa.Integer,
    state=_text,
    heading=_text,
    at_risk=sa.Boolean,
    sealed_risk=_bytes,
)
_revision = _table(
    'revision', submission_id=sa.Integer, number=sa.Integer, open_answers=Json, desk_answers=_bytes, sealed=_bytes
)
_writing = _table('submission_draft', public_id=_text, answers=Json, sealed=_bytes)
_draft = _table(
    'draft', public_id=_text, byline_mode=_text, byline=_text, bio=_text, sealed_person=_bytes
)
_save = _table('draft_revision', draft_id=sa.Integer, number=sa.Integer, open_fields=Json, sealed_person=_bytes)
_edit = _table('unsaved_edit', open_fields=Json, sealed_person=_bytes)
_file = _table(
    'attachment',
    public_id=_text,
    description=_text,
    caption=_text,
    credit=_text,
    sealed_words=_bytes,
    sealed_name=_bytes,
)
_note = _table('note', public_id=_text, sealed=_bytes)
_words = _table('page_words', public_id=_text, sealed=_bytes)
_NEW = (
    ('submission', 'sealed_risk'),
    ('revision', 'desk_answers'),
    ('draft', 'sealed_person'),
    ('draft_revision', 'sealed_person'),
    ('unsaved_edit', 'sealed_person'),
    ('attachment', 'sealed_words'),
)
_REWRITTEN = (
    *_NEW,
    ('submission_draft', 'sealed'),
    ('note', 'sealed'),
    ('page_words', 'sealed'),
)


def upgrade() -> None:
    """Go to this schema."""
    for table, column in _NEW:
        op.add_column(table, sa.Column(column, sa.LargeBinary(), nullable=True))
    op.execute('ALTER TABLE revision RENAME COLUMN answers TO open_answers')
    for table in ('draft_revision', 'unsaved_edit'):
        op.execute(f'ALTER TABLE {table} RENAME COLUMN fields TO open_fields')
    _seal_risks()
    _seal_answers()
    _seal_writings()
    _seal_people()
    _seal_pictures()
    for table, column, place in ((_file, 'sealed_name', file_name_place), (_note, 'sealed', note_place), (_words, 'sealed', page_words_place)):
        _pad_lengths(table, column, place)
    op.drop_column('submission', 'at_risk')
    for name in _PERSON:
        op.drop_column('draft', name)
    for name in _WORDS:
        op.drop_column('attachment', name)
    with op.batch_alter_table('submission_draft', schema=None) as batch_op:
        batch_op.drop_column('answers')
        batch_op.alter_column('sealed', existing_type=sa.LargeBinary(), nullable=False)
    if op.get_bind().dialect.name == 'postgresql':
        # PostgreSQL leaves the words in the table's file when a row changes or a column goes: writing the table
        # anew does not.
        for table, column in _REWRITTEN:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE bytea USING {column} || ''::bytea")


def downgrade() -> None:
    """Go back to the schema before. Raises CannotOpen, and nothing has changed, when a key is missing."""
    op.add_column(
        'submission', sa.Column('at_risk', sa.Boolean(), nullable=False, server_default=sa.false())
    )
    for name, kind in (('byline_mode', sa.String(20)), ('byline', sa.String(200)), ('bio', sa.Text())):
        op.add_column('draft', sa.Column(name, kind, nullable=False, server_default=''))
    for name, length in zip(_WORDS, (400, 600, 200), strict=True):
        op.add_column('attachment', sa.Column(name, sa.String(length), nullable=False, server_default=''))
    op.add_column('submission_draft', sa.Column('answers', Json, nullable=False, server_default='{}'))
    with op.batch_alter_table('submission_draft', schema=None) as batch_op:
        batch_op.alter_column('sealed', existing_type=sa.LargeBinary(), nullable=True)
    _open_risks()
    _open_answers()
    _open_writings()
    _open_people()
    _open_pictures()
    for table, columns in (('submission', ('at_risk',)), ('draft', _PERSON), ('attachment', _WORDS), ('submission_draft', ('answers',))):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in columns:
                batch_op.alter_column(name, server_default=None)
    for table in ('draft_revision', 'unsaved_edit'):
        op.execute(f'ALTER TABLE {table} RENAME COLUMN open_fields TO fields')
    op.execute('ALTER TABLE revision RENAME COLUMN open_answers TO answers')
    for table, column in _NEW:
        op.drop_column(table, column)


def _read(wanted: sa.Select[Any], row_id: Any) -> Iterator[Any]:
    """Give the rows of a query in the order of an id, a part at a time."""
    last = 0
    while rows := op.get_bind().execute(wanted.where(row_id > last).order_by(row_id).limit(_AT_ONCE)).all():
        last = rows[-1].id
        yield from rows


def _write(table: sa.TableClause, row_id: int, **values: Any) -> None:
    op.get_bind().execute(sa.update(table).where(table.c.id == row_id).values(**values))


def _keys() -> Any:
    return current_portal().instance.keys


def _seal_risks() -> None:
    """Seal the mark of what was sent, and let go of the heading of what was not: its words are sealed."""
    op.execute(sa.update(_submission).where(_submission.c.state == _NEVER_SENT).values(heading=''))
    for row in _read(sa.select(_submission.c['id', 'public_id', 'state', 'at_risk']), _submission.c.id):
        if row.state not in (_ERASED, _NEVER_SENT):
            sealed = _keys().seal_map({'at_risk': bool(row.at_risk)}, risk_place(row.public_id))
            _write(_submission, row.id, sealed_risk=sealed)


def _open_risks() -> None:
    for row in _read(sa.select(_submission.c['id', 'public_id', 'sealed_risk']), _submission.c.id):
        opened = _keys().open_map(row.sealed_risk, risk_place(row.public_id))
        _write(_submission, row.id, at_risk=opened.get('at_risk', False))


def _select_answers() -> sa.Select[Any]:
    return sa.select(_revision, _submission.c.public_id, _submission.c.call_id).join_from(
        _revision, _submission, _revision.c.submission_id == _submission.c.id
    )


def _seal_answers() -> None:
    """Part the answers, and hide the length of those that were sealed before."""
    questions = {row.id: row.questions for row in op.get_bind().execute(sa.select(_call))}
    for row in _read(_select_answers(), _revision.c.id):
        searched, inside = split_answers(questions[row.call_id], row.open_answers)
        place = desk_answers_place(row.public_id, row.number)
        values = {'open_answers': searched, 'desk_answers': _keys().seal_map(inside, place)}
        padded = _pad(row.sealed, answers_place(row.public_id, row.number))
        _write(_revision, row.id, **values, sealed=padded)


def _open_answers() -> None:
    for row in _read(_select_answers(), _revision.c.id):
        inside = _keys().open_map(row.desk_answers, desk_answers_place(row.public_id, row.number))
        _write(_revision, row.id, open_answers={**row.open_answers, **inside})


def _seal_writings() -> None:
    """Seal what stood in clear beside what was sealed; an envelope no key opens goes along as it is."""
    shut = 0
    for row in _read(sa.select(_writing), _writing.c.id):
        place = unsent_version_place(row.public_id)
        held: dict[str, Any] = {'answers': row.answers, 'sealed': {}}
        try:
            held['sealed'] = _keys().open_map(row.sealed, place)
        except CannotOpen:
            held[_SHUT] = b64encode(row.sealed).decode()
            shut += 1
        _write(_writing, row.id, sealed=_keys().seal_map(held, place), answers={})
    if shut:
        _log.warning(
            'unsent texts whose encrypted answers no key opens: %s. They stay shut; the other words are kept.',
            shut,
        )


def _open_writings() -> None:
    for row in _read(sa.select(_writing), _writing.c.id):
        place = unsent_version_place(row.public_id)
        held = _keys().open_map(row.sealed, place)
        sealed = _keys().seal_map(held['sealed'], place) if held['sealed'] else None
        if _SHUT in held:
            sealed = b64decode(held[_SHUT])
        _write(_writing, row.id, answers=held['answers'], sealed=sealed)


def _select_saves() -> sa.Select[Any]:
    return sa.select(_save, _draft.c.public_id).join_from(_save, _draft, _save.c.draft_id == _draft.c.id)


def _part_fields(fields: Mapping[str, Any], place: str) -> dict[str, Any]:
    person = {name: value for name, value in fields.items() if name in _PERSON}
    return {
        'open_fields': {name: value for name, value in fields.items() if name not in _PERSON},
        'sealed_person': _keys().seal_map(person, place) if person else None,
    }


def _seal_people() -> None:
    for row in _read(sa.select(_draft), _draft.c.id):
        person = {name: getattr(row, name) for name in _PERSON}
        sealed = _keys().seal_map(person, draft_person_place(row.public_id))
        _write(_draft, row.id, sealed_person=sealed, **dict.fromkeys(_PERSON, ''))
    for row in _read(_select_saves(), _save.c.id):
        _write(_save, row.id, **_part_fields(row.open_fields, save_person_place(row.public_id, row.number)))
    for row in _read(sa.select(_edit), _edit.c.id):
        _write(_edit, row.id, **_part_fields(row.open_fields, edit_person_place(row.id)))


def _open_people() -> None:
    for row in _read(sa.select(_draft), _draft.c.id):
        opened = _keys().open_map(row.sealed_person, draft_person_place(row.public_id))
        _write(_draft, row.id, **{name: opened.get(name, '') for name in _PERSON})
    for row in _read(_select_saves(), _save.c.id):
        opened = _keys().open_map(row.sealed_person, save_person_place(row.public_id, row.number))
        _write(_save, row.id, open_fields={**row.open_fields, **opened})
    for row in _read(sa.select(_edit), _edit.c.id):
        opened = _keys().open_map(row.sealed_person, edit_person_place(row.id))
        _write(_edit, row.id, open_fields={**row.open_fields, **opened})


def _seal_pictures() -> None:
    for row in _read(sa.select(_file), _file.c.id):
        words = {name: getattr(row, name) for name in _WORDS}
        if any(words.values()):
            sealed = _keys().seal_map(words, picture_words_place(row.public_id))
            _write(_file, row.id, sealed_words=sealed, **dict.fromkeys(_WORDS, ''))


def _open_pictures() -> None:
    for row in _read(sa.select(_file), _file.c.id):
        words = _keys().open_map(row.sealed_words, picture_words_place(row.public_id))
        _write(_file, row.id, **{name: words.get(name, '') for name in _WORDS})


def _pad_lengths(table: sa.TableClause, column: str, place: Callable[[str], str]) -> None:
    for row in _read(sa.select(table).where(table.c[column].is_not(None)), table.c.id):
        _write(table, row.id, **{column: _pad(getattr(row, column), place(row.public_id))})


def _pad(envelope: bytes | None, place: str) -> bytes | None:
    """Seal an envelope anew whose length tells how long its words are; one no key opens stays as it is."""
    if envelope is None or envelope[:1] != _UNPADDED:
        return envelope
    try:
        return _keys().seal(_keys().open(envelope, place), place)
    except CannotOpen:
        return envelope
