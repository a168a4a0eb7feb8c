"""A ledger keeps a posting for each customer instead of an entry for each share of each entity.

What was derived from entities is dropped: it is made anew at the next start. Channels of
facts are derived by rules of the project's, and each stream counts its changes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Replace the ledger's tables, add the columns."""
    for table in ("entry", "purchase", "holder", "touched"):  # all ledgers are made anew, so nothing else is due
        op.drop_table(table)
    op.create_table(
        "touched",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "posting",
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("part_id", "owner"),
        sqlite_with_rowid=False,
    )
    op.create_index("posting_by_number", "posting", ["part_id", "number"])
    op.create_table(
        "visit",
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("part_id", "dimension_id", "day", "customer", "member_id", "previous", "first", "second")
        ),
        sa.PrimaryKeyConstraint("part_id", "dimension_id", "day", "customer", "member_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sample",
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("members", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("part_id", "measure_id", "day", "key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "grouping",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "dimset_channel",
        sa.Column("grouping_id", sa.Integer(), nullable=False),
        sa.Column("dimset_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("grouping_id", "dimset_id"),
        sqlite_with_rowid=False,
    )
    op.add_column("stream", sa.Column("version", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("part", sa.Column("rolled", sa.Text(), nullable=True))
    op.add_column("daily", sa.Column("entries", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("entity", sa.Column("lead", sa.Text(), nullable=True))
    op.execute("UPDATE entity SET lead = json_extract(body, '$.lead_id') WHERE kind = 'deal'")
    given = sa.text("lead IS NOT NULL")
    op.create_index("entity_by_lead", "entity", ["lead"], sqlite_where=given, postgresql_where=given)
    # the ledgers' rows have lost what they were made of: without their parts they are made anew
    ledgers = "SELECT part.id FROM part JOIN stream ON stream.id = part.stream_id WHERE stream.kind = 'ledger'"
    op.execute(f"DELETE FROM daily WHERE part_id IN ({ledgers})")  # noqa: S608
    op.execute("DELETE FROM part WHERE stream_id IN (SELECT id FROM stream WHERE kind = 'ledger')")
