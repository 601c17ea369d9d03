"""Notes of colleagues are sealed; since when the end of a submission is in sight."""

import secrets

import sqlalchemy as sa
from alembic import op
from portal.extensions import current_portal
from portal.sealing.keys import note_place
from portal.models.base import Moment

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

_note = sa.table(
    'note',
    sa.column('id', sa.Integer),
    sa.column('public_id', sa.String),
    sa.column('body', sa.Text),
    sa.column('sealed', sa.LargeBinary),
)


def upgrade() -> None:
    """Go to this schema."""
    op.add_column('submission', sa.Column('ending_seen_at', Moment(), nullable=True))
    with op.batch_alter_table('note', schema=None) as batch_op:
        batch_op.add_column(sa.Column('public_id', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('sealed', sa.LargeBinary(), nullable=True))
    _seal_bodies()
    if op.get_bind().dialect.name == "postgresql":
        # PostgreSQL leaves the words in the table's file when a column goes: writing the table anew does not.
        op.execute("ALTER TABLE note ALTER COLUMN sealed TYPE bytea USING sealed || ''::bytea")
    with op.batch_alter_table('note', schema=None) as batch_op:
        batch_op.alter_column('public_id', existing_type=sa.String(length=32), nullable=False)
        batch_op.alter_column('sealed', existing_type=sa.LargeBinary(), nullable=False)
        batch_op.drop_column('body')
        batch_op.create_unique_constraint(batch_op.f('uq_note_public_id'), ['public_id'])


def downgrade() -> None:
    """Go back to the schema before."""
    with op.batch_alter_table('note', schema=None) as batch_op:
        batch_op.add_column(sa.Column('body', sa.Text(), nullable=False, server_default=''))
    _open_bodies()
    with op.batch_alter_table('note', schema=None) as batch_op:
        batch_op.alter_column('body', existing_type=sa.Text(), server_default=None)
        batch_op.drop_constraint(batch_op.f('uq_note_public_id'), type_='unique')
        batch_op.drop_column('sealed')
        batch_op.drop_column('public_id')
    op.drop_column('submission', 'ending_seen_at')


def _seal_bodies() -> None:
    """Seal every note, and leave nothing of its words in the row."""
    connection, keys = op.get_bind(), current_portal().instance.keys
    for note_id, body in connection.execute(sa.select(_note.c.id, _note.c.body)).all():
        public_id = secrets.token_hex(16)
        connection.execute(
            sa.update(_note)
            .where(_note.c.id == note_id)
            .values(public_id=public_id, sealed=keys.seal(body.encode(), note_place(public_id)), body='')
        )


def _open_bodies() -> None:
    """Write the words back. Raises CannotOpen, and nothing has changed, when a key is missing."""
    connection, keys = op.get_bind(), current_portal().instance.keys
    for note_id, public_id, sealed in connection.execute(
        sa.select(_note.c.id, _note.c.public_id, _note.c.sealed)
    ).all():
        body = keys.open(sealed, note_place(public_id)).decode()
        connection.execute(sa.update(_note).where(_note.c.id == note_id).values(body=body))
