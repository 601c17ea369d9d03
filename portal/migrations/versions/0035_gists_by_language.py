"""A gist in each language of the desk: the one of before stays what is read in its language."""

import sqlalchemy as sa
from alembic import op

revision = '0035'
down_revision = '0034'
branch_labels = None
depends_on = None

_IS_CURRENT = sa.text('is_current')
_AUTHOR = 'fk_submission_gist_by_id_staff'
_NEWEST = 'SELECT max(id) FROM gist_version{where} GROUP BY submission_id'


def upgrade() -> None:
    """Go to this schema."""
    op.add_column('gist_version', sa.Column('is_current', sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table('gist_version', schema=None) as batch_op:
        batch_op.alter_column('is_current', existing_type=sa.Boolean(), server_default=None)
    op.execute(
        f"UPDATE gist_version SET is_current = {_true()} WHERE body <> '' AND id IN ({_NEWEST.format(where='')})"
    )
    op.create_index(
        'ix_gist_version_current',
        'gist_version',
        ['submission_id', 'lang'],
        unique=True,
        sqlite_where=_IS_CURRENT,
        postgresql_where=_IS_CURRENT,
    )
    with op.batch_alter_table('submission', schema=None, table_args=(_rule(),)) as batch_op:
        batch_op.drop_constraint(_AUTHOR, type_='foreignkey')
        for name in ('gist', 'gist_lang', 'gist_by_id'):
            batch_op.drop_column(name)


def downgrade() -> None:
    """Go back to the schema before: of several gists the newest one stays in view, all others among the earlier."""
    op.add_column('submission', sa.Column('gist', sa.Text(), nullable=False, server_default=''))
    op.add_column('submission', sa.Column('gist_lang', sa.String(length=20), nullable=False, server_default=''))
    op.add_column('submission', sa.Column('gist_by_id', sa.Integer(), nullable=True))
    newest = _NEWEST.format(where=" WHERE is_current AND body <> ''")
    for column, value in (('gist', 'body'), ('gist_lang', 'lang'), ('gist_by_id', 'staff_id')):
        op.execute(
            f'UPDATE submission SET {column} = (SELECT {value} FROM gist_version '
            f'WHERE gist_version.submission_id = submission.id AND gist_version.id IN ({newest})) '
            f'WHERE id IN (SELECT submission_id FROM gist_version WHERE id IN ({newest}))'
        )
    with op.batch_alter_table('submission', schema=None, table_args=(_rule(),)) as batch_op:
        for name, kind in (('gist', sa.Text()), ('gist_lang', sa.String(length=20))):
            batch_op.alter_column(name, existing_type=kind, server_default=None)
        batch_op.create_foreign_key(_AUTHOR, 'staff', ['gist_by_id'], ['id'], ondelete='SET NULL')
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('ALTER TABLE submission ALTER COLUMN gist SET STATISTICS 0')
    op.drop_index('ix_gist_version_current', table_name='gist_version')
    op.drop_column('gist_version', 'is_current')


def _true() -> str:
    return 'true' if op.get_bind().dialect.name == 'postgresql' else '1'


def _rule() -> sa.CheckConstraint:
    """Return the rule that a table of SQLite, made anew, would lose."""
    return sa.CheckConstraint(
        "(state = 'duplicate') = (duplicate_of_id IS NOT NULL)", name=op.f('ck_submission_duplicate_has_original')
    )
