"""The books kept a second time, in another way: the company's events in tables, and SQL over these.

Amounts are floating-point numbers here, for SQLite has no others; `test_books` compares with that
in mind. Nothing of the books is used, only events and the terms of business.
"""

import sqlite3
from datetime import date

from collector.testing.company.calendar import DAY, OFFSET
from collector.testing.company.company import Company
from collector.testing.company.terms import CURRENCY, FOREIGN, MARGIN, MARGINS, SPEND_WITH_VAT, VAT
from collector.testing.company.ways import CLICK_CHANNELS, SOURCE_CHANNELS, channel_of

EPOCH = date(1970, 1, 1).toordinal()

SCHEMA = """
CREATE TABLE lead (id, created, contact, company, status, qualified, converted, own, source, manager, answered);
CREATE TABLE deal (id, created, closed, updated, contact, company, lead, status, cents, currency, repeat, own,
                   source, manager, pipeline);
CREATE TABLE contact (id, company, merged);
CREATE TABLE visits (day, channel, sessions, engaged, events, revenue);
CREATE TABLE spend (day, channel, system, cents, currency, impressions, clicks);
CREATE TABLE rate (day, currency, value);
CREATE TABLE source (name, channel);
CREATE TABLE vat (since, share);
CREATE TABLE margin (pipeline, share);
CREATE TABLE told (system, with_vat);
CREATE INDEX of_rates ON rate (currency, day);

CREATE VIEW root AS  -- each contact's customer, through all merges and then the company
WITH RECURSIVE way (id, now) AS (
  SELECT id, id FROM contact UNION
  SELECT way.id, contact.merged FROM way JOIN contact ON contact.id = way.now WHERE contact.merged IS NOT NULL)
SELECT way.id, coalesce('company:' || contact.company, 'contact:' || contact.id) AS customer
FROM way JOIN contact ON contact.id = way.now WHERE contact.merged IS NULL;

CREATE TABLE book AS SELECT 0 AS day, 0 AS is_refund, '' AS customer, deal.* FROM deal WHERE 0;
CREATE TABLE request AS SELECT 0 AS day, '' AS customer, lead.* FROM lead WHERE 0;
"""
DAY_OF = f"({{}} + {OFFSET}) / {DAY} + {EPOCH}"
FILL = f"""
INSERT INTO book SELECT {DAY_OF.format("closed")}, status = 'won' AND (cents < 0 OR pipeline = 3),
  coalesce('company:' || deal.company, root.customer), deal.*
FROM deal LEFT JOIN root ON root.id = deal.contact;
INSERT INTO request SELECT {DAY_OF.format("created")}, coalesce('company:' || lead.company, root.customer), lead.*
FROM lead LEFT JOIN root ON root.id = lead.contact;
CREATE INDEX of_books ON book (customer, closed);
CREATE INDEX of_requests ON request (customer, created);

CREATE TABLE touch AS
SELECT customer, created, own FROM request WHERE own IS NOT NULL AND customer IS NOT NULL
UNION ALL SELECT customer, created, own FROM book WHERE own IS NOT NULL AND customer IS NOT NULL AND NOT is_refund;
CREATE INDEX of_touches ON touch (customer, created);

CREATE TABLE deal_channel AS SELECT id, coalesce(own,
  (SELECT named.own FROM lead AS named WHERE named.id = book.lead),
  (SELECT touch.own FROM touch WHERE touch.customer = book.customer AND touch.created < book.created
     AND touch.created >= book.created - 90 * {DAY} ORDER BY touch.created DESC LIMIT 1),
  CASE WHEN repeat OR EXISTS (SELECT 1 FROM book AS won WHERE won.customer = book.customer AND won.status = 'won'
     AND NOT won.is_refund AND won.closed < book.created) THEN 'Existing customers' END,
  (SELECT channel FROM source WHERE name = book.source), 'Unassigned') AS channel FROM book;
CREATE TABLE lead_channel AS SELECT id, coalesce(own,
  (SELECT touch.own FROM touch WHERE touch.customer = request.customer AND touch.created < request.created
     AND touch.created >= request.created - 90 * {DAY} ORDER BY touch.created DESC LIMIT 1),
  CASE WHEN EXISTS (SELECT 1 FROM book AS won WHERE won.customer = request.customer AND won.status = 'won'
     AND NOT won.is_refund AND won.closed < request.created) THEN 'Existing customers' END,
  (SELECT channel FROM source WHERE name = request.source), 'Unassigned') AS channel FROM request;
CREATE INDEX of_deal_channels ON deal_channel (id);
CREATE INDEX of_lead_channels ON lead_channel (id);

CREATE TABLE counted AS  -- no junk; of a customer's within a day after the last counted one, the first
WITH RECURSIVE step (id, customer, day, created) AS (
  SELECT id, customer, day, created FROM request AS r WHERE status <> 'junk' AND (customer IS NULL OR NOT EXISTS (
    SELECT 1 FROM request AS e WHERE e.customer = r.customer AND e.status <> 'junk'
      AND (e.created, e.id) < (r.created, r.id)))
  UNION ALL SELECT r.id, r.customer, r.day, r.created FROM step JOIN request AS r ON r.id = (
    SELECT next.id FROM request AS next WHERE next.customer = step.customer AND next.status <> 'junk'
      AND next.created >= step.created + {DAY} ORDER BY next.created, next.id LIMIT 1))
SELECT *, (SELECT max(r.qualified) FROM request AS r WHERE r.id = step.id OR (r.customer = step.customer
    AND r.status <> 'junk' AND r.created >= step.created AND r.created < step.created + {DAY})) AS qualified,
  (SELECT max(r.converted) FROM request AS r WHERE r.id = step.id OR (r.customer = step.customer
    AND r.status <> 'junk' AND r.created >= step.created AND r.created < step.created + {DAY})) AS converted
FROM step;

CREATE VIEW worth AS  -- each closed deal in rubles, without VAT
SELECT book.*, channel, cents / 100.0 / (1 + (SELECT share FROM vat WHERE since <= day ORDER BY since DESC LIMIT 1))
  * CASE currency WHEN '{CURRENCY}' THEN 1 ELSE (SELECT value FROM rate WHERE rate.currency = book.currency
      AND rate.day <= book.day ORDER BY rate.day DESC LIMIT 1) END AS amount,
  coalesce((SELECT share FROM margin WHERE margin.pipeline = book.pipeline), {MARGIN}) AS margin
FROM book JOIN deal_channel USING (id) WHERE closed IS NOT NULL;
CREATE TABLE first_win AS SELECT * FROM (SELECT *, row_number() OVER
  (PARTITION BY customer ORDER BY closed, created, id) AS place FROM worth
  WHERE status = 'won' AND NOT is_refund AND customer IS NOT NULL) WHERE place = 1;
CREATE VIEW cost AS SELECT spend.*, cents / 100.0
  / (1 + with_vat * (SELECT share FROM vat WHERE since <= day ORDER BY since DESC LIMIT 1))
  * CASE currency WHEN '{CURRENCY}' THEN 1 ELSE (SELECT value FROM rate WHERE rate.currency = spend.currency
      AND rate.day <= spend.day ORDER BY rate.day DESC LIMIT 1) END AS amount
FROM spend JOIN told USING (system);
"""

DAYS = "WHERE day BETWEEN :first AND :last"
OPEN = f"""SELECT channel, sum(cents / 100.0
  / (1 + (SELECT share FROM vat WHERE since <= :last ORDER BY since DESC LIMIT 1))
  * CASE currency WHEN '{CURRENCY}' THEN 1 ELSE (SELECT value FROM rate WHERE rate.currency = book.currency
      AND rate.day <= :last ORDER BY rate.day DESC LIMIT 1) END)
FROM book JOIN deal_channel USING (id) WHERE NOT is_refund AND (closed IS NULL OR day > :last) AND {{}} <= :last
GROUP BY 1"""
BY_CHANNEL = {
    "pipeline_amount": OPEN.format(DAY_OF.format("created")),
    "pipeline_idle_amount": OPEN.format(DAY_OF.format(f"updated + 30 * {DAY}")),
    "sessions": f"SELECT channel, sum(sessions) FROM visits {DAYS} GROUP BY 1",
    "engaged_sessions": f"SELECT channel, sum(engaged) FROM visits {DAYS} GROUP BY 1",
    "key_events": f"SELECT channel, sum(events) FROM visits {DAYS} GROUP BY 1",
    "spend": f"SELECT channel, sum(amount) FROM cost {DAYS} GROUP BY 1",
    "clicks": f"SELECT channel, sum(clicks) FROM cost {DAYS} GROUP BY 1",
    "impressions": f"SELECT channel, sum(impressions) FROM cost {DAYS} GROUP BY 1",
    "leads": f"SELECT channel, count(*) FROM counted JOIN lead_channel USING (id) {DAYS} GROUP BY 1",
    "web_leads": f"SELECT channel, count(*) FROM counted JOIN lead_channel USING (id) {DAYS} AND channel NOT IN "
    "('Calls', 'Offline', 'Partners', 'Existing customers') GROUP BY 1",
    "qualified_leads": f"SELECT channel, sum(qualified) FROM counted JOIN lead_channel USING (id) {DAYS} GROUP BY 1",
    "leads_converted": f"SELECT channel, sum(converted) FROM counted JOIN lead_channel USING (id) {DAYS} GROUP BY 1",
    "deals": f"SELECT channel, count(*) FROM book JOIN deal_channel USING (id) WHERE NOT is_refund "
    f"AND {DAY_OF.format('created')} BETWEEN :first AND :last GROUP BY 1",
    "deals_won": f"SELECT channel, count(*) FROM worth {DAYS} AND status = 'won' AND NOT is_refund GROUP BY 1",
    "deals_lost": f"SELECT channel, count(*) FROM worth {DAYS} AND status = 'lost' GROUP BY 1",
    "revenue": f"SELECT channel, sum(amount) FROM worth {DAYS} AND status = 'won' AND NOT is_refund GROUP BY 1",
    "refunds": f"SELECT channel, sum(abs(amount)) FROM worth {DAYS} AND is_refund GROUP BY 1",
    "gross_profit": "SELECT channel, sum(CASE WHEN is_refund THEN -abs(amount) ELSE amount END * margin) "
    f"FROM worth {DAYS} AND status = 'won' GROUP BY 1",
    "customer_gross_profit": "SELECT coalesce(f.channel, w.channel), "
    "sum(CASE WHEN w.is_refund THEN -abs(w.amount) ELSE w.amount END * w.margin) FROM worth AS w "
    "LEFT JOIN first_win AS f USING (customer) WHERE w.day BETWEEN :first AND :last AND w.status = 'won' "
    "AND w.customer IS NOT NULL GROUP BY 1",
    "new_customers": f"SELECT channel, count(*) FROM first_win {DAYS} GROUP BY 1",
    "new_customer_revenue": f"SELECT channel, sum(amount) FROM first_win {DAYS} GROUP BY 1",
    "new_customer_gross_profit": f"SELECT channel, sum(amount * margin) FROM first_win {DAYS} GROUP BY 1",
    "active_customers": "SELECT f.channel, count(DISTINCT customer) FROM worth AS w JOIN first_win AS f USING "
    "(customer) WHERE w.day BETWEEN :first AND :last AND w.status = 'won' AND NOT w.is_refund GROUP BY 1",
    "returning_customers": "SELECT f.channel, count(DISTINCT customer) FROM worth AS w JOIN first_win AS f USING "
    "(customer) WHERE w.day BETWEEN :first AND :last AND w.status = 'won' AND NOT w.is_refund AND f.day < :first "
    "GROUP BY 1",
    "repeat_customers": "SELECT f.channel, count(DISTINCT customer) FROM worth AS w JOIN first_win AS f USING "
    "(customer) WHERE w.day BETWEEN :first AND :last AND w.status = 'won' AND NOT w.is_refund AND (SELECT "
    "count(DISTINCT o.day) FROM book AS o WHERE o.customer = w.customer AND o.status = 'won' AND NOT o.is_refund "
    "AND o.day <= :last) > 1 GROUP BY 1",
}
"""Measure → its figures by channel; all of which add up to the whole, too."""


def recounted(company: Company) -> sqlite3.Connection:
    """The company's events in tables."""
    base = sqlite3.connect(":memory:")
    base.executescript(SCHEMA)
    _fill(base, company)
    base.executescript(FILL)
    return base


def _fill(base: sqlite3.Connection, company: Company) -> None:
    def put(table: str, rows: list[tuple[object, ...]]) -> None:
        base.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)

    put("lead", [
        (one.id, one.created, one.contact, one.company, one.status, one.ever_qualified, one.ever_converted,
         channel_of(one.tags) or CLICK_CHANNELS.get(one.click), one.crm_source, one.manager, one.answered)
        for one in company.leads()
    ])  # fmt: skip
    put("deal", [
        (one.id, one.created, one.closed, one.updated, one.contact, one.company, one.lead, one.status, one.cents,
         one.currency, one.is_repeat, channel_of(one.tags) or CLICK_CHANNELS.get(one.click), one.crm_source,
         one.manager, one.pipeline)
        for one in company.deals()
    ])  # fmt: skip
    put("contact", [(one.id, one.company, one.merged_into) for one in company.customers()])
    put("visits", [
        (one.day, one.way.channel or "Unassigned", one.sessions, one.engaged, one.key_events, one.revenue)
        for one in company.visits(last=company.yesterday)
    ])  # fmt: skip
    put("spend", [
        (one.day, one.campaign.channel, one.campaign.system, one.amount, one.campaign.currency, one.impressions,
         one.clicks)
        for one in company.spend(last=company.yesterday)
    ])  # fmt: skip
    put("rate", [(one.day, one.currency, float(one.value)) for one in company.rates() if one.currency == FOREIGN])
    put("source", list(SOURCE_CHANNELS.items()))
    put("vat", [(since.toordinal(), float(share)) for since, share in VAT.items()])
    put("margin", [(pipeline, float(share)) for pipeline, share in MARGINS.items()])
    put("told", list(SPEND_WITH_VAT.items()))
