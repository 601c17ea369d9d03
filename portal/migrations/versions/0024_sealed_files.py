"""Files are sealed, each under a key of its own: what a file could be recognised by goes into an envelope.

The files themselves come after this step (portal.cli.open_files), one at a time: until then a row has no key.
On the way back they are opened here; cut off in between, run it again.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op
from portal.extensions import current_portal
from portal.sealing.keys import file_facts_place, file_key_place
from portal.sealing.sealed_file import SealedFile
from portal.storage import blunt_time, read_file

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None

_AT_ONCE = 500
_OWNER_ONLY = 0o600
_COUNTS = ('width', 'height', 'pages')
_UNIQUE = 'uq_attachment_submission_id_sha256'
_file = sa.table(
    'attachment',
    sa.column('id', sa.Integer),
    sa.column('public_id', sa.String),
    sa.column('sha256', sa.String),
    sa.column('size', sa.Integer),
    *(sa.column(name, sa.Integer) for name in _COUNTS),
    sa.column('sealed_key', sa.LargeBinary),
    sa.column('sealed_facts', sa.LargeBinary),
)


def upgrade() -> None:
    """Go to this schema."""
    for name in ('sealed_key', 'sealed_facts'):
        op.add_column('attachment', sa.Column(name, sa.LargeBinary(), nullable=True))
    for row in _read('sha256', 'size', *_COUNTS):
        facts = {name: getattr(row, name) for name in _COUNTS if getattr(row, name)}
        known = {'content_sha256': row.sha256, 'content_size': row.size, **facts}
        _write(row.id, sealed_facts=_keys().seal_map(known, file_facts_place(row.public_id)))
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.drop_constraint(_UNIQUE, type_='unique')
        batch_op.alter_column('sealed_facts', existing_type=sa.LargeBinary(), nullable=False)
        for name in _COUNTS:
            batch_op.drop_column(name)
    if op.get_bind().dialect.name == 'postgresql':
        # Written anew, the table's file lets go of what stood in the columns.
        op.execute("ALTER TABLE attachment ALTER COLUMN sealed_facts TYPE bytea USING sealed_facts || ''::bytea")


def downgrade() -> None:
    """Go back to the schema before. Raises CannotOpen, and no row has changed, when a key is missing."""
    for name in _COUNTS:
        op.add_column('attachment', sa.Column(name, sa.Integer(), nullable=False, server_default='0'))
    for row in _read('sha256', 'size', 'sealed_key', 'sealed_facts'):
        facts = _keys().open_map(row.sealed_facts, file_facts_place(row.public_id))
        sha256, size = facts['content_sha256'], facts['content_size']
        counts = {name: facts[name] for name in _COUNTS if name in facts}  # later releases know more of a file
        if row.sealed_key is not None:
            key = _keys().open(row.sealed_key, file_key_place(row.public_id))
            _open(SealedFile(row.public_id, row.sha256, row.size, size, key))
        _write(row.id, sha256=sha256, size=size, **counts)
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        for name in _COUNTS:
            batch_op.alter_column(name, server_default=None)
        for name in ('sealed_key', 'sealed_facts'):
            batch_op.drop_column(name)
        batch_op.create_unique_constraint(_UNIQUE, ['submission_id', 'sha256'])


def _read(*names: str) -> Iterator[Any]:
    """Give the rows in the order of their id, a part at a time."""
    last, wanted = 0, sa.select(_file.c['id', 'public_id', *names])
    while rows := op.get_bind().execute(wanted.where(_file.c.id > last).order_by(_file.c.id).limit(_AT_ONCE)).all():
        last = rows[-1].id
        yield from rows


def _write(row_id: int, **values: Any) -> None:
    op.get_bind().execute(sa.update(_file).where(_file.c.id == row_id).values(**values))


def _keys() -> Any:
    return current_portal().instance.keys


def _open(file: SealedFile) -> None:
    """Put a file in the open; one that is gone, damaged, or open already stays as it is."""
    folder: Path = current_portal().instance.files_folder
    try:
        content = read_file(folder, file)
    except OSError:
        return
    partial = folder / f'.{file.name}'
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), 'wb') as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    blunt_time(partial)
    partial.replace(folder / file.name)
