"""Reports of GA4 through the connector: a million facts, requests and tokens.

Whole processes against a vendor in another one, which knows its rows by heart and answers a
90-day report at once. The peer asks the same reports by httpx and puts the rows into one sqlite3
table, nothing checked, nothing rolled up. Tokens are what the simulator charges for the polls of
a day; a property of the company's size.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.imports import Process, measured
from bench.table import Table

DAYS = 400
CAMPAIGNS = {100_000: 32, 1_000_000: 352}
"""Facts → rows a day by source, medium and campaign: seven facts each, over 401 days."""
SERVER = """
import asyncio, json, re, sys
from datetime import date, timedelta
campaigns = int(sys.argv[1])
METRICS = ("sessions", "engagedSessions", "newUsers", "screenPageViews", "keyEvents", "ecommercePurchases",
           "purchaseRevenue")
def cells(values): return ",".join('{"value":"%s"}' % value for value in values)
def row(members, number, metrics):
    values = [f"{number % 900 + at}.5" if name == "purchaseRevenue" else number % 900 + at
              for at, name in enumerate(metrics)]
    return '{"dimensionValues":[%s],"metricValues":[%s]}' % (cells(members), cells(values))
def members(dimensions):
    if "sessionCampaignName" in dimensions:
        return [(f"source{n % 40} / cpc", f"campaign-{n}") for n in range(campaigns)]
    if len(dimensions) > 1:
        return [(f"group {n}",) for n in range(10)]
    return [()]
def page(body):
    asked = json.loads(body)
    days = asked["dateRanges"][0]
    first, last = date.fromisoformat(days["startDate"]), date.fromisoformat(days["endDate"])
    dimensions, metrics = ([each["name"] for each in asked[kind]] for kind in ("dimensions", "metrics"))
    offset, limit = int(asked.get("offset", 0)), int(asked["limit"])
    rows = []
    for n in range((last - first).days + 1):
        day = (first + timedelta(days=n)).strftime("%Y%m%d")
        rows += [row((day, *each), at + n, metrics) for at, each in enumerate(members(dimensions))]
    shown = rows[offset : offset + limit]
    headers = ",".join('{"name":"%s"}' % name for name in dimensions)
    kinds = ",".join('{"name":"%s","type":"TYPE_INTEGER"}' % name for name in metrics)
    text = ('{"dimensionHeaders":[%s],"metricHeaders":[%s],"rows":[%s],"rowCount":%d,'
            '"metadata":{"currencyCode":"RUB","timeZone":"UTC"},'
            '"propertyQuota":{"tokensPerDay":{"consumed":5,"remaining":199000}}}'
            % (headers, kinds, ",".join(shown), len(rows)))
    return b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(text) + text.encode()
class Answers(asyncio.Protocol):
    def connection_made(self, transport): self.transport, self.data = transport, b""
    def data_received(self, data):
        self.data += data
        head, found, body = self.data.partition(b"\\r\\n\\r\\n")
        length = re.search(rb"content-length: (\\d+)", head, re.I)
        if found and length and len(body) >= int(length[1]):
            self.data = b""
            self.transport.write(page(body))
async def main():
    server = await asyncio.get_running_loop().create_server(Answers, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
PEER = """
import httpx, sqlite3, sys
from datetime import date, timedelta
from connectors.google_analytics.asking import body_of
from connectors.google_analytics.reports import CAMPAIGN, ECOMMERCE, TRAFFIC, VENDOR_CHANNEL, Report
from collector.plugin import Window
store = sqlite3.connect(sys.argv[2])
store.execute("CREATE TABLE fact (day TEXT, members TEXT, metric TEXT, value TEXT)")
today = date(2026, 11, 20)
with httpx.Client(trust_env=False, timeout=60) as http:
    for start in range(0, 401, 90):
        last = today - timedelta(days=start)
        window = Window(max(last - timedelta(days=89), today - timedelta(days=400)), last)
        for cut in ({}, VENDOR_CHANNEL, CAMPAIGN):
            body = body_of(Report(cut, {**TRAFFIC, **ECOMMERCE}), window, 0)
            told = http.post(sys.argv[1] + "/v1beta/properties/1:runReport", json=body).json()
            names = [each["name"] for each in told["metricHeaders"]]
            rows = []
            for row in told["rows"]:
                day, *members = [each["value"] for each in row["dimensionValues"]]
                values = [each["value"] for each in row["metricValues"]]
                rows += [(day, "|".join(members), name, value) for name, value in zip(names, values)]
            store.executemany("INSERT INTO fact VALUES (?, ?, ?, ?)", rows)
            store.commit()
"""


def run() -> Iterator[Table]:
    """Each size in processes of its own."""
    rows = []
    for facts, campaigns in CAMPAIGNS.items():
        server = subprocess.Popen([sys.executable, "-c", SERVER, str(campaigns)], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{int(server.stdout.readline())}"
            with tempfile.TemporaryDirectory() as folder:
                ours = measured([sys.executable, "-m", "bench.google_analytics_poll", url, folder])
                peer = measured([sys.executable, "-c", PEER, url, str(Path(folder) / "peer.db")])
        finally:
            server.kill()
            server.wait()
        rows.append(_row(facts, campaigns, ours, peer))
    yield Table(
        f"{DAYS} days of GA4, in reports of 90 days",
        ("facts", "CPU s", "facts/CPU s", "peak MB", "peer CPU s", "peer peak MB", "CPU ours/peer"),
        rows,
        "fetched, checked, flagged, stored, rolled up by 4 dimensions. Target: a million under 25 s, memory flat",
    )
    yield _tokens()


def _row(facts: int, campaigns: int, ours: Process, peer: Process) -> tuple[str, ...]:
    exact = (DAYS + 1) * 7 * (campaigns + 11)
    assert exact > facts * 0.95
    return (
        f"{exact:,}",
        f"{ours.cpu_seconds:.1f}",
        f"{exact / ours.cpu_seconds:,.0f}",
        f"{ours.peak_bytes / 1e6:.0f}",
        f"{peer.cpu_seconds:.1f}",
        f"{peer.peak_bytes / 1e6:.0f}",
        f"{ours.cpu_seconds / peer.cpu_seconds:.1f}",
    )


def _tokens() -> Table:
    from tests.connectors.google_analytics.place import placed

    with tempfile.TemporaryDirectory() as folder, placed(Path(folder) / "place", backfill=f"{DAYS}d") as place:
        place.poll()
        now, asked = place.bench.clock.now(), list(place.switches.asked)
        buckets = place.simulator.buckets[place.simulator.property_id]
        backfill = buckets.used("tokensPerDay", now)
        place.poll()
        hourly = (buckets.used("tokensPerDay", now) - backfill) * 24
    cuts = len({each.rpartition(" ")[2] for each in asked})
    return Table(
        "Requests and tokens",
        ("", "requests", "cuts", "tokens", "of a day's quota"),
        [
            (f"{DAYS} days of backfill", f"{len(asked)}", f"{cuts}", f"{backfill}", f"{backfill / 200_000:.2%}"),
            ("a day of hourly polls", f"{(len(place.switches.asked) - len(asked)) * 24}", f"{cuts}", f"{hourly}",
             f"{hourly / 200_000:.2%}"),
        ],
        "Target: at most a request for 90 days and cut; hourly polls under 2% of a standard property's quota",
    )  # fmt: skip
