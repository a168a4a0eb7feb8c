"""The terms of business: what both the configuration and the books have to know.

`files` writes them into a collector.yml, the books compute by them; nothing here is chance.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

NAME = "Sosna"
SITE = "sosna.example"
CURRENCY = "RUB"
FOREIGN = "USD"
"""The currency of the web analytics' property, of Google Ads in it, and of some projects."""

CURRENCIES: Mapping[str, int] = {"USD": 1, "EUR": 1, "KZT": 100, "UZS": 10_000}
"""Those with rates → the nominal for which the bank quotes them."""

VAT: Mapping[date, Decimal] = {
    date(2004, 1, 1): Decimal("0.18"),
    date(2019, 1, 1): Decimal("0.20"),
    date(2026, 1, 1): Decimal("0.22"),
}
"""The company pays VAT; its deals are told with it."""

SPEND_WITH_VAT: Mapping[str, bool] = {
    "yandex_direct": True,
    "vk_ads": True,
    "google_ads": False,
    "costs": False,
    "plan": True,
}
"""Source of costs → whether what it tells has VAT in it."""

MARGIN = Decimal("0.42")
MARGINS: Mapping[int, Decimal] = {2: Decimal("0.27")}
"""Pipeline → its margin, where that is not `MARGIN`."""

REFUND_PIPELINES = frozenset({3})
LEAD_DEDUP = timedelta(hours=24)
RESPONSE_TARGET = timedelta(minutes=15)
TOUCH_LASTS = timedelta(days=90)
IDLE_AFTER = timedelta(days=30)
OLDEST_RATE = timedelta(days=10)
