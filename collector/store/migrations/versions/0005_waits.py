"""A stream that waits for its quota remembers until when, also over a restart."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column."""
    op.add_column("stream", sa.Column("waits_until", sa.BigInteger(), nullable=True))
