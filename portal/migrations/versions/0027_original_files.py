"""Files as they were sent are kept sealed until their author has seen what was taken from them."""

import sqlalchemy as sa
from alembic import op
from portal.models.base import Moment

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None

_SQLITE = (
    'CREATE TRIGGER original_file_goes AFTER DELETE ON original_file '
    'BEGIN INSERT OR IGNORE INTO removed_file (name) VALUES (OLD.public_id); END',
)
_POSTGRESQL = (
    'CREATE FUNCTION original_note_file() RETURNS trigger LANGUAGE plpgsql AS $$ '
    'BEGIN INSERT INTO removed_file (name) VALUES (OLD.public_id) ON CONFLICT DO NOTHING; RETURN NULL; END $$',
    'CREATE TRIGGER original_file_goes AFTER DELETE ON original_file '
    'FOR EACH ROW EXECUTE FUNCTION original_note_file()',
)


def upgrade() -> None:
    """Go to this schema."""
    op.create_table(
        'original_file',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('public_id', sa.String(length=32), nullable=False),
        sa.Column('submission_id', sa.Integer(), nullable=False),
        sa.Column('attachment_id', sa.Integer(), nullable=True),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
        sa.Column('sealed_facts', sa.LargeBinary(), nullable=False),
        sa.Column('received_at', Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ['attachment_id'],
            ['attachment.id'],
            name=op.f('fk_original_file_attachment_id_attachment'),
            ondelete='CASCADE',
        ),
        sa.ForeignKeyConstraint(
            ['submission_id'],
            ['submission.id'],
            name=op.f('fk_original_file_submission_id_submission'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_original_file')),
        sa.UniqueConstraint('public_id', name=op.f('uq_original_file_public_id')),
    )
    for column in ('submission_id', 'attachment_id'):
        op.create_index(op.f(f'ix_original_file_{column}'), 'original_file', [column], unique=False)
    for statement in _SQLITE if op.get_bind().dialect.name == 'sqlite' else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Go back to the schema before. Each row notes its file as one that has to go."""
    op.execute('DELETE FROM original_file')
    op.drop_table('original_file')
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP FUNCTION IF EXISTS original_note_file()')
