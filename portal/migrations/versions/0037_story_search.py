"""The desk's search has an index: terms of every text, found by FTS5 of SQLite or GIN of PostgreSQL.

Texts that are there already have an empty row each, which the worker or `portal search reindex` fills.
"""

import sqlalchemy as sa
from alembic import op

revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None

_ADDED = (
    f'INSERT INTO story_search_words (rowid, body_terms, extra_terms) '
    f'VALUES (new.submission_id, new.body_terms, new.extra_terms);'
)
_TAKEN = (
    f'INSERT INTO story_search_words (story_search_words, rowid, body_terms, extra_terms) '
    f"VALUES ('delete', old.submission_id, old.body_terms, old.extra_terms);"
)
_SQLITE = (
    # Every character beyond ASCII is a letter to `ascii`: terms are made in Python, the same for both kinds.
    'CREATE VIRTUAL TABLE story_search_words USING fts5(body_terms, extra_terms, content=story_search, '
    'content_rowid=submission_id, tokenize=ascii, detail=none, columnsize=0)',
    # What is deleted leaves the index at once, and no trace in its pages.
    "INSERT INTO story_search_words (story_search_words, rank) VALUES ('secure-delete', 1)",
    f'CREATE TRIGGER story_search_added AFTER INSERT ON story_search BEGIN {_ADDED} END',
    f'CREATE TRIGGER story_search_deleted AFTER DELETE ON story_search BEGIN {_TAKEN} END',
    f'CREATE TRIGGER story_search_changed AFTER UPDATE ON story_search BEGIN {_TAKEN} {_ADDED} END',
)
_POSTGRESQL = (
    # Says what it costs: else a planner rather makes the terms of a few thousand texts than look them up.
    "CREATE FUNCTION story_search_vector(body text, extra text) RETURNS tsvector LANGUAGE plpgsql "
    "IMMUTABLE PARALLEL SAFE COST 10000 AS $$ BEGIN RETURN "
    "array_to_tsvector(array_remove(string_to_array(body || ' ' || extra, ' '), '')); END $$",
    'CREATE INDEX story_search_terms ON story_search USING gin (story_search_vector(body_terms, extra_terms))',
    # ANALYZE keeps no samples of what people wrote: the index is looked up whatever they would say.
    'ALTER TABLE story_search ALTER COLUMN body_terms SET STATISTICS 0',
    'ALTER TABLE story_search ALTER COLUMN extra_terms SET STATISTICS 0',
    'ALTER INDEX story_search_terms ALTER COLUMN 1 SET STATISTICS 0',
)


def upgrade() -> None:
    """Go to this schema."""
    op.create_table(
        'story_search',
        sa.Column('submission_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('tokenizer_version', sa.Integer(), nullable=False),
        sa.Column('body_terms', sa.Text(), nullable=False),
        sa.Column('extra_terms', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ['submission_id'],
            ['submission.id'],
            name=op.f('fk_story_search_submission_id_submission'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('submission_id', name=op.f('pk_story_search')),
    )
    op.create_index('ix_story_search_version', 'story_search', ['tokenizer_version', 'submission_id'])
    for statement in _SQLITE if op.get_bind().dialect.name == 'sqlite' else _POSTGRESQL:
        op.execute(statement)
    op.execute(
        'INSERT INTO story_search (submission_id, tokenizer_version, body_terms, extra_terms) '
        "SELECT id, 0, '', '' FROM submission WHERE state NOT IN ('writing', 'erased')"
    )


def downgrade() -> None:
    """Go back to the schema before."""
    if op.get_bind().dialect.name == 'sqlite':
        op.execute('DROP TABLE story_search_words')
    op.drop_table('story_search')
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP FUNCTION story_search_vector')
