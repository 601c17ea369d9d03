"""Times of contributors that were kept to the second are kept to the hour: mail, private pages, links, tasks."""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

_BEGUN = (('outbox_mail', 'queued_at'), ('outbox_mail', 'sent_at'), ('outbox_mail', 'failed_at'))
_ENDING = (('contributor_session', 'expires_at'), ('access_link', 'expires_at'))
_UNTRIED = 'attempts = 0 AND run_at <= queued_at'
_OVER = 'sent_at IS NOT NULL OR failed_at IS NOT NULL'


def upgrade() -> None:
    """Go to this schema: the columns stay, what stands in them is rounded."""
    _blunt('outbox_mail', 'run_at', where=f'({_UNTRIED}) OR {_OVER}')
    for table, column in _BEGUN:
        _blunt(table, column)
    for table, column in _ENDING:
        _blunt(table, column, ends=True)
    _blunt('take_down', 'closed_at', where="outcome = 'moot'")


def downgrade() -> None:
    """Go back to the schema before, which takes full hours as well."""


def _blunt(table: str, column: str, *, where: str = '', ends: bool = False) -> None:
    """Write the hour a time lies in; the next one of an end."""
    if op.get_bind().dialect.name == 'sqlite':
        more = ", '+1 hour'" if ends else ''
        hour = f"strftime('%Y-%m-%d %H:00:00.000000', {column}{more})"
    else:
        hour = f"date_trunc('hour', {column}{' + interval ' + repr('1 hour') if ends else ''})"
    known = f'{column} IS NOT NULL' + (f' AND ({where})' if where else '')
    op.execute(sa.text(f'UPDATE {table} SET {column} = {hour} WHERE {known}'))
