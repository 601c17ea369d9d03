"""Whose database this is; which files have to go because their rows are gone."""

import sqlalchemy as sa
from alembic import op
from portal.models.base import Moment

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

_SQLITE = (
    "CREATE TRIGGER attachment_file_goes AFTER DELETE ON attachment "
    "BEGIN INSERT OR IGNORE INTO removed_file (name) VALUES (OLD.public_id); END",
    "CREATE TRIGGER outbox_mail_file_goes AFTER DELETE ON outbox_mail "
    "BEGIN INSERT OR IGNORE INTO removed_file (name) VALUES (OLD.public_id || '.eml'); END",
)
_POSTGRESQL = (
    "CREATE FUNCTION attachment_note_file() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN INSERT INTO removed_file (name) VALUES (OLD.public_id) ON CONFLICT DO NOTHING; RETURN NULL; END $$",
    "CREATE FUNCTION outbox_mail_note_file() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN INSERT INTO removed_file (name) VALUES (OLD.public_id || '.eml') ON CONFLICT DO NOTHING; "
    "RETURN NULL; END $$",
    "CREATE TRIGGER attachment_file_goes AFTER DELETE ON attachment "
    "FOR EACH ROW EXECUTE FUNCTION attachment_note_file()",
    "CREATE TRIGGER outbox_mail_file_goes AFTER DELETE ON outbox_mail "
    "FOR EACH ROW EXECUTE FUNCTION outbox_mail_note_file()",
)


def upgrade() -> None:
    """Go to this schema."""
    op.create_table('installation',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('instance_id', sa.String(length=32), nullable=False),
    sa.Column('standing', sa.Enum('here', 'arriving', 'moved', name='standing', native_enum=False, length=32), nullable=False),
    sa.Column('since', Moment(), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_installation_only_one')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_installation'))
    )
    op.create_table('removed_file',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_removed_file'))
    )
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Go back to the schema before."""
    for table in ('attachment', 'outbox_mail'):
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER IF EXISTS {table}_file_goes")
        else:
            op.execute(f"DROP TRIGGER IF EXISTS {table}_file_goes ON {table}")
            op.execute(f"DROP FUNCTION IF EXISTS {table}_note_file()")
    op.drop_table('removed_file')
    op.drop_table('installation')
