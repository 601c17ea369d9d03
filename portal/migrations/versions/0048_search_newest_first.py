"""PostgreSQL looks for words among the newest texts first, and reads no words of the texts it only counts.

Each text has a term for the block of numbers it stands in, in the index alone: of a word that stands in every
text, those of the newest blocks are found at once. Words of a text lie apart from its number. What is written
goes into the index at once instead of a list that every search would read through.
"""

from alembic import op

revision = '0048'
down_revision = '0047'
branch_labels = None
depends_on = None

_TERMS = "array_to_tsvector(array_remove(string_to_array({}, ' '), ''))"
_FUNCTION = (
    'CREATE FUNCTION story_search_vector({}) RETURNS tsvector LANGUAGE plpgsql '
    'IMMUTABLE PARALLEL SAFE COST 10000 AS $$ BEGIN RETURN {}; END $$'
)
_NEWEST_FIRST = (
    'DROP INDEX story_search_terms',
    'DROP FUNCTION story_search_vector(text, text)',
    'ALTER TABLE story_search SET (toast_tuple_target = 128)',
    _FUNCTION.format(
        'number integer, body text, extra text',
        _TERMS.format("body || ' ' || extra || ' \u2023' || number / 4096"),
    ),
    'CREATE INDEX story_search_terms ON story_search '
    'USING gin (story_search_vector(submission_id, body_terms, extra_terms)) WITH (fastupdate = off)',
    'ALTER INDEX story_search_terms ALTER COLUMN 1 SET STATISTICS 0',
)
_ALL_AT_ONCE = (
    'DROP INDEX story_search_terms',
    'DROP FUNCTION story_search_vector(integer, text, text)',
    'ALTER TABLE story_search RESET (toast_tuple_target)',
    _FUNCTION.format('body text, extra text', _TERMS.format("body || ' ' || extra")),
    'CREATE INDEX story_search_terms ON story_search USING gin (story_search_vector(body_terms, extra_terms))',
    'ALTER INDEX story_search_terms ALTER COLUMN 1 SET STATISTICS 0',
)


def upgrade() -> None:
    """Go to this schema."""
    _run(_NEWEST_FIRST)


def downgrade() -> None:
    """Go back to the schema before."""
    _run(_ALL_AT_ONCE)


def _run(statements: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name == 'postgresql':
        for statement in statements:
            op.execute(statement)
