"""Changes that are taken back: a form may bring what it brought before, each time as another version.

What is typed into a draft and not saved remembers the save it began with, no longer the row's version.
"""

from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

_BY_CONTENT = ('uq_revision_form_key_hash_content_hash', ['form_key_hash', 'content_hash'])
_BY_NUMBER = ('uq_revision_form_key_hash_number', ['form_key_hash', 'number'])

_COUNT_SAVES = """
    UPDATE unsaved_edit SET began_with = (
        SELECT CASE WHEN draft.version = unsaved_edit.began_with THEN draft.revision ELSE 0 END
        FROM draft WHERE draft.id = unsaved_edit.draft_id
    )
"""


def upgrade() -> None:
    """Go to this schema."""
    with op.batch_alter_table('revision', schema=None) as batch_op:
        batch_op.drop_constraint(_BY_CONTENT[0], type_='unique')
        batch_op.create_unique_constraint(*_BY_NUMBER)
    op.execute(_COUNT_SAVES)


def downgrade() -> None:
    """Go back to the schema before. Fails where a form has brought the same twice since."""
    with op.batch_alter_table('revision', schema=None) as batch_op:
        batch_op.drop_constraint(_BY_NUMBER[0], type_='unique')
        batch_op.create_unique_constraint(*_BY_CONTENT)
