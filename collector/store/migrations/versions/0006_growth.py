"""The growth of posts stays on its days when the readings that it was made of go: from when on they are all there."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column."""
    op.add_column("part", sa.Column("counted_from", sa.BigInteger(), nullable=True))
