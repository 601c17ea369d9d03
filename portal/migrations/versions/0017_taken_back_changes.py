"""Changes that are taken back: a form may bring what it brought before."""

from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    with op.batch_alter_table('revision', schema=None) as batch_op:
        batch_op.drop_constraint('uq_revision_form_key_hash_content_hash', type_='unique')


def downgrade() -> None:
    """Go back to the schema before. Fails where a form has brought the same twice since."""
    with op.batch_alter_table('revision', schema=None) as batch_op:
        batch_op.create_unique_constraint(
            'uq_revision_form_key_hash_content_hash', ['form_key_hash', 'content_hash']
        )
