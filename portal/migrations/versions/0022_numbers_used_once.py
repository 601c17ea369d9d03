"""SQLite gives the number of a deleted act or message to no other: pages and marks of what was read remember them."""

from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None

_REMEMBERED = ('event', 'message')


def upgrade() -> None:
    """Go to this schema."""
    _make_anew(sqlite_autoincrement=True)


def downgrade() -> None:
    """Go back to the schema before."""
    _make_anew()


def _make_anew(**table_kwargs: bool) -> None:
    if op.get_bind().dialect.name != 'sqlite':
        return
    for name in _REMEMBERED:
        with op.batch_alter_table(name, schema=None, recreate='always', table_kwargs=table_kwargs):
            pass
