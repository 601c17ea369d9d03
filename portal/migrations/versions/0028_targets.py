"""Stories are sent to targets: the sites, a ledger of what stands there, and what is on its way."""

import sqlalchemy as sa
from alembic import op
from portal.models.base import Json, Moment

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

_UNDER_WAY = sa.text("state IN ('waiting', 'running')")


def upgrade() -> None:
    """Go to this schema."""
    op.create_table(
        'target',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('public_id', sa.String(length=32), nullable=False),
        sa.Column('coverage_id', sa.Integer(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('lang', sa.String(length=20), nullable=False),
        sa.Column('name', sa.String(length=100), nullable=False),
        sa.Column('address', sa.String(length=500), nullable=False),
        sa.Column('markup', sa.String(length=32), nullable=False),
        sa.Column('wanted_status', sa.String(length=32), nullable=False),
        sa.Column('dek_key', sa.String(length=100), nullable=False),
        sa.Column('author_id', sa.Integer(), nullable=True),
        sa.Column('author_name', sa.String(length=200), nullable=False),
        sa.Column('categories', Json, nullable=False),
        sa.Column('sealed_account', sa.LargeBinary(), nullable=True),
        sa.Column('tried_at', Moment(), nullable=True),
        sa.Column('trial', Json, nullable=False),
        sa.Column('closed_at', Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ['coverage_id'],
            ['coverage.id'],
            name=op.f('fk_target_coverage_id_coverage'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_target')),
        sa.UniqueConstraint('public_id', name=op.f('uq_target_public_id')),
        sa.UniqueConstraint('coverage_id', 'name', name=op.f('uq_target_coverage_id_name')),
    )
    op.create_table(
        'remote_copy',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('public_id', sa.String(length=32), nullable=False),
        sa.Column('submission_id', sa.Integer(), nullable=False),
        sa.Column('target_id', sa.Integer(), nullable=False),
        sa.Column('remote_id', sa.Integer(), nullable=True),
        sa.Column('url', sa.String(length=500), nullable=False),
        sa.Column('edit_url', sa.String(length=500), nullable=False),
        sa.Column('slug', sa.String(length=200), nullable=False),
        sa.Column('key', sa.String(length=60), nullable=False),
        sa.Column('sent_hash', sa.String(length=64), nullable=False),
        sa.Column('fingerprint', sa.String(length=64), nullable=False),
        sa.Column('modified', sa.String(length=40), nullable=False),
        sa.Column('media', Json, nullable=False),
        sa.Column('status', sa.String(length=32), nullable=True),
        sa.Column('revision', sa.Integer(), nullable=True),
        sa.Column('staff_id', sa.Integer(), nullable=True),
        sa.Column('sent_at', Moment(), nullable=False),
        sa.Column('looked_at', Moment(), nullable=True),
        *_references('remote_copy'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_remote_copy')),
        sa.UniqueConstraint('public_id', name=op.f('uq_remote_copy_public_id')),
        sa.UniqueConstraint('submission_id', 'target_id', name=op.f('uq_remote_copy_submission_id_target_id')),
    )
    op.create_index(op.f('ix_remote_copy_target_id'), 'remote_copy', ['target_id'], unique=False)
    op.create_table(
        'push',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('public_id', sa.String(length=32), nullable=False),
        sa.Column('submission_id', sa.Integer(), nullable=False),
        sa.Column('target_id', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=32), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('run_at', Moment(), nullable=False),
        sa.Column('lease_until', Moment(), nullable=True),
        sa.Column('problem', sa.String(length=40), nullable=False),
        sa.Column('detail', Json, nullable=False),
        sa.Column('theirs', Json, nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=True),
        sa.Column('asked_at', Moment(), nullable=False),
        sa.Column('ended_at', Moment(), nullable=True),
        *_references('push'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_push')),
        sa.UniqueConstraint('public_id', name=op.f('uq_push_public_id')),
        sa.UniqueConstraint('submission_id', 'target_id', name=op.f('uq_push_submission_id_target_id')),
    )
    op.create_index(op.f('ix_push_target_id'), 'push', ['target_id'], unique=False)
    op.create_index(
        'ix_push_under_way', 'push', ['run_at'], sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY
    )
    op.add_column('take_down', sa.Column('copy_id', sa.Integer(), nullable=True))


def _references(table: str) -> list[sa.ForeignKeyConstraint]:
    owners = {'submission_id': 'submission', 'target_id': 'target', 'staff_id': 'staff'}
    return [
        sa.ForeignKeyConstraint(
            [column],
            [f'{owner}.id'],
            name=op.f(f'fk_{table}_{column}_{owner}'),
            ondelete='SET NULL' if owner == 'staff' else 'CASCADE',
        )
        for column, owner in owners.items()
    ]


def downgrade() -> None:
    """Go back to the schema before."""
    op.drop_column('take_down', 'copy_id')
    op.drop_table('push')
    op.drop_table('remote_copy')
    op.drop_table('target')
