"""Retention remembers what it took, and people who were erased are recognised when a source tells of them again.

Nothing that is there changes; each store gets a random key of its own.
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns and tables."""
    op.add_column("stream", sa.Column("kept_from", sa.Integer(), nullable=True))
    op.add_column("part", sa.Column("kept_from", sa.Integer(), nullable=True))
    salt = op.create_table(
        "salt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.bulk_insert(salt, [{"id": 1, "value": secrets.token_bytes(32)}])
    op.create_table(
        "forgotten",
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("wiped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("project", "system", "digest"),
    )
