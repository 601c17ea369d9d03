"""A change of words marks its text for the search, and the worker writes the index, which SQLite fills by itself.

SQLite's index is made anew here, and the worker fills it: what triggers wrote before may be damaged.
"""

import sqlalchemy as sa
from alembic import op

revision = '0047'
down_revision = '0046'
branch_labels = None
depends_on = None

_ADDED = (
    'INSERT INTO story_search_words (rowid, body_terms, extra_terms) '
    'VALUES (new.submission_id, new.body_terms, new.extra_terms);'
)
_TAKEN = (
    'INSERT INTO story_search_words (story_search_words, rowid, body_terms, extra_terms) '
    "VALUES ('delete', old.submission_id, old.body_terms, old.extra_terms);"
)
_TRIGGERS = {
    'story_search_added': f'AFTER INSERT ON story_search BEGIN {_ADDED} END',
    'story_search_deleted': f'AFTER DELETE ON story_search BEGIN {_TAKEN} END',
    'story_search_changed': f'AFTER UPDATE ON story_search BEGIN {_TAKEN} {_ADDED} END',
}
_INDEX = (
    'DROP TABLE story_search_words',
    'CREATE VIRTUAL TABLE story_search_words USING fts5(body_terms, extra_terms, content=story_search, '
    'content_rowid=submission_id, tokenize=ascii, detail=none, columnsize=0)',
    "INSERT INTO story_search_words (story_search_words, rank) VALUES ('secure-delete', 1)",
)
_LAST = 2**31 - 1


def upgrade() -> None:
    """Go to this schema."""
    op.create_table(
        'search_due',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('submission_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['submission_id'],
            ['submission.id'],
            name=op.f('fk_search_due_submission_id_submission'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_search_due')),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_search_due_submission_id', 'search_due', ['submission_id'])
    if op.get_bind().dialect.name == 'sqlite':
        for name in _TRIGGERS:
            op.execute(f'DROP TRIGGER {name}')
    op.execute(
        'INSERT INTO search_due (submission_id) '
        'SELECT submission_id FROM story_search WHERE tokenizer_version = 0 ORDER BY submission_id'
    )
    op.execute("DELETE FROM story_search WHERE tokenizer_version = 0 AND body_terms = ''")
    if op.get_bind().dialect.name != 'sqlite':
        return
    for statement in _INDEX:
        op.execute(statement)
    op.execute('CREATE TABLE story_search_fill (below INTEGER NOT NULL, is_damaged BOOLEAN NOT NULL)')
    op.execute(
        'INSERT INTO story_search_fill (below, is_damaged) '
        f'SELECT CASE WHEN EXISTS (SELECT 1 FROM story_search) THEN {_LAST} ELSE 0 END, 0'
    )


def downgrade() -> None:
    """Go back to the schema before; what is marked is read by its worker, as of an older release."""
    op.execute(
        'INSERT INTO story_search (submission_id, tokenizer_version, body_terms, extra_terms) '
        "SELECT DISTINCT submission_id, 0, '', '' FROM search_due "
        'WHERE submission_id NOT IN (SELECT submission_id FROM story_search)'
    )
    op.execute(
        'UPDATE story_search SET tokenizer_version = 0 '
        'WHERE submission_id IN (SELECT submission_id FROM search_due)'
    )
    op.drop_table('search_due')
    if op.get_bind().dialect.name != 'sqlite':
        return
    op.execute('DROP TABLE story_search_fill')
    for statement in _INDEX:
        op.execute(statement)
    op.execute("INSERT INTO story_search_words (story_search_words) VALUES ('rebuild')")
    for name, body in _TRIGGERS.items():
        op.execute(f'CREATE TRIGGER {name} {body}')
