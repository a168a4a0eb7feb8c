"""The tables. Migrations make them; this says what they mean.

Days are ordinals (`date.toordinal`), instants microseconds since 1970 UTC, amounts and
all other values millionths: whole 64-bit numbers, so that sums are exact on every
database. `''` stands for "no currency", id 0 for "the whole" among dimensions and members.

Facts are a star: `fact` rows name a `dimset`, whose members stand once. A `part` is a
batch of rows that lives or is hidden as one: a file's rows are staged under a hidden part
and appear by one flip, so a crash leaves the old rows whole. A window stream has one
part for ever; a system's ledger (what is rolled up from entities) is a part as well.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

WHOLE = 0
"""The dimension and the member of what is not broken down."""

metadata = MetaData()

# ── who delivers, and how far it has come ────────────────────────────────────────────
stream = Table(
    "stream",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project", Text, nullable=False),
    Column("source", Text, nullable=False),  # of a ledger: the system
    Column("name", Text, nullable=False),
    Column("kind", String(8), nullable=False),  # window since part now ledger
    Column("system", Text, nullable=False),  # whose entities these are
    Column("counted", Boolean, nullable=False),  # configured and live
    Column("active_from", Integer),  # its life: rows of other days do not count
    Column("active_until", Integer),
    Column("first_poll", BigInteger),
    Column("last_attempt", BigInteger),
    Column("last_success", BigInteger),
    Column("last_duration", BigInteger),  # microseconds
    Column("data_through", Integer),
    Column("history_complete", Boolean, nullable=False),
    Column("state", String(8), nullable=False),
    Column("reason", Text),
    Column("message", Text),
    Column("complete_since", BigInteger),  # since: the start of the last complete run
    Column("run_start", BigInteger),  # since: the start of the run that is under way
    Column("cursor", Text),  # since: how far that run has come; window: what is awaited, by days
    Column("swept", BigInteger),  # when its sweep was last applied
    Column("version", BigInteger, nullable=False, server_default="0"),  # grows with every change of its data
    Column("kept_from", Integer),  # entities: those of days before this one are not all there, or were taken
    Column("waits_until", BigInteger),  # state waiting: when the vendor will answer again
    UniqueConstraint("project", "source", "name"),
)
covered = Table(
    "covered",  # window streams: the days that were read
    metadata,
    Column("stream_id", Integer, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("read_at", BigInteger, nullable=False),
    Column("complete", Boolean, nullable=False),  # read after the day had ended
    sqlite_with_rowid=False,
)
part = Table(
    "part",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("stream_id", Integer, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("modified", BigInteger),  # a file; of a since stream: the start of the last run that read everything
    Column("live", Boolean, nullable=False),
    Column("missing", Boolean, nullable=False),  # the file is gone, its rows are kept
    Column("first_day", Integer),
    Column("last_day", Integer),
    Column("records", BigInteger, nullable=False),
    Column("rolled", Text),  # the digest of what its facts were rolled up by; NULL: not yet
    Column("kept_from", Integer),  # as the stream's, of this part; one that is read anew is whole again
    Column("counted_from", BigInteger),  # posts: of readings before this instant each post's last one is left
)

# ── names, interned ──────────────────────────────────────────────────────────────────
measure = Table("measure", metadata, Column("id", Integer, primary_key=True), Column("name", Text, unique=True))
dimension = Table("dimension", metadata, Column("id", Integer, primary_key=True), Column("name", Text, unique=True))
member = Table(
    "member",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("dimension_id", Integer, nullable=False),
    Column("value", Text, nullable=False),
    UniqueConstraint("dimension_id", "value"),
)
dimset = Table(
    "dimset",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("cut", Text, nullable=False),  # its dimensions' names, sorted, by comma
    Column("key", LargeBinary, nullable=False, unique=True),  # a digest of its members
)
dimset_member = Table(
    "dimset_member",
    metadata,
    Column("dimset_id", Integer, primary_key=True),
    Column("dimension_id", Integer, primary_key=True),
    Column("member_id", Integer, nullable=False),
    sqlite_with_rowid=False,
)
grouping = Table(
    "grouping",  # a set of channel rules, by its digest
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
)
dimset_channel = Table(
    "dimset_channel",  # the channel that the rules find for a set of dimensions
    metadata,
    Column("grouping_id", Integer, primary_key=True),
    Column("dimset_id", Integer, primary_key=True),
    Column("member_id", Integer, nullable=False),
    sqlite_with_rowid=False,
)
title = Table(
    "title",  # what people call a member
    metadata,
    Column("stream_id", Integer, primary_key=True),
    Column("dimension_id", Integer, primary_key=True),
    Column("member", Text, primary_key=True),
    Column("title", Text, nullable=False),
)

# ── what was read ────────────────────────────────────────────────────────────────────
fact = Table(
    "fact",
    metadata,
    Column("part_id", Integer, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("measure_id", Integer, primary_key=True),
    Column("dimset_id", Integer, primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("value", BigInteger, nullable=False),
    Column("flags", Integer, nullable=False),
    sqlite_with_rowid=False,
)
entity = Table(
    "entity",  # leads, deals, customers, posts, stage changes in their full present state
    metadata,
    Column("part_id", Integer, primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("updated", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),  # when it was last delivered
    Column("gone", Boolean, nullable=False),
    Column("link", Text),  # lead, deal: customer; customer: whom it belongs to; stage change: lead:1, deal:1
    Column("body", Text, nullable=False),  # JSON, the record whole
    Column("lead", Text),  # deal: the lead that it names
    Index("entity_by_key", "kind", "key"),
    Index("entity_by_link", "link", "kind"),
    Index("entity_by_lead", "lead", sqlite_where=text("lead IS NOT NULL"), postgresql_where=text("lead IS NOT NULL")),
)
reading = Table(
    "reading",
    metadata,
    Column("part_id", Integer, primary_key=True),
    Column("measure_id", Integer, primary_key=True),
    Column("dimset_id", Integer, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("value", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
post_reading = Table(
    "post_reading",  # a post's counters at an instant, where it had changed: those known by then
    metadata,
    Column("part_id", Integer, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("body", Text, nullable=False),
)
rate = Table(
    "rate",
    metadata,
    Column("part_id", Integer, primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("per", String(3), primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("value", Text, nullable=False),  # a decimal in full: rates have more digits than millionths hold
    sqlite_with_rowid=False,
)

# ── who was erased ───────────────────────────────────────────────────────────────────
salt = Table(
    "salt",  # one random key a store, so that a digest of an id says nothing elsewhere
    metadata,
    Column("id", Integer, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
forgotten = Table(
    "forgotten",  # what stands in the place of a customer's id when a source tells it again
    metadata,
    Column("project", Text, primary_key=True),
    Column("system", Text, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),  # of the id, keyed by the salt
    Column("pseudonym", Text, nullable=False),
    Column("wiped", Boolean, nullable=False),  # no old page of the file can hold the id any more
)

# ── what is derived: it can be rebuilt at any time ───────────────────────────────────
daily = Table(
    "daily",  # the kept roll-up: each measure by day, whole and by each dimension
    metadata,
    Column("part_id", Integer, primary_key=True),
    Column("measure_id", Integer, primary_key=True),
    Column("dimension_id", Integer, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("member_id", Integer, primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("value", BigInteger, nullable=False),
    Column("flags", Integer, nullable=False),
    Column("entries", BigInteger, nullable=False, server_default="0"),  # of a ledger: how many a row sums up
    sqlite_with_rowid=False,
)
posting = Table(
    "posting",  # what one customer's (or one customerless) entities add to `daily`, `visit` and `sample`
    metadata,
    Column("part_id", Integer, primary_key=True),
    Column("owner", Text, primary_key=True),  # customer/contact:1 after merging; lead/1, deal/1, post/1 without one
    Column("number", Integer, nullable=False),  # of the owner, within its part
    Column("body", Text, nullable=False),  # JSON: entries, purchases, samples
    Index("posting_by_number", "part_id", "number"),
    sqlite_with_rowid=False,
)
visit = Table(
    "visit",  # a day on which a customer bought, whole and by each dimension: for distinct customers
    metadata,
    Column("part_id", Integer, primary_key=True),
    Column("dimension_id", Integer, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("customer", Integer, primary_key=True),  # the number of its posting
    Column("member_id", Integer, primary_key=True),
    Column("previous", Integer, nullable=False),  # the customer's visit before, of the same member; 0: none
    Column("first", Integer, nullable=False),  # the customer's first visit ever, of any member
    Column("second", Integer, nullable=False),  # the second one; 0: none
    sqlite_with_rowid=False,
)
sample = Table(
    "sample",  # a number of one entity, for medians and percentiles
    metadata,
    Column("part_id", Integer, primary_key=True),
    Column("measure_id", Integer, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
    Column("members", Text, nullable=False),  # numbers of members, in the order of the ledger's dimensions
    sqlite_with_rowid=False,
)
touched = Table(
    "touched",  # entities whose roll-up is due; kind `*`: all of the system's
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("key", Text, nullable=False),
    sqlite_autoincrement=True,  # a number is never given again: it tells what was due before a ledger was read
)

# ── access that vendors gave ─────────────────────────────────────────────────────────
token = Table(
    "token",  # what a source's grant has obtained, and who is renewing it; see `tokens`
    metadata,
    Column("project", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("identity", Text, primary_key=True),  # a digest of what it is a grant of
    Column("pair", Text, nullable=False, server_default=""),  # a digest of the present token; '': none
    Column("body", Text),  # JSON, sealed where a key is configured
    Column("sealed", Boolean, nullable=False),
    Column("renewable", Boolean, nullable=False),  # without a person
    Column("expires_at", BigInteger),
    Column("refresh_expires_at", BigInteger),
    Column("renewed_at", BigInteger),
    Column("holder", Text),  # the lease: who may spend the token, until when, and which
    Column("lease_until", BigInteger),
    Column("spending", Text),
    Column("contested_until", BigInteger),  # until then somebody who lost the lease may still write
    Column("refused_at", BigInteger),  # the grant is used up: a person must sign in
    Column("refused", Text),
    Column("refused_by", Text),  # a digest of the settings that were refused
)
