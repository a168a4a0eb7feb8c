"""Worked examples: every KPI of the catalogue, on a company of a few dozen rows.

`python -m tests.kpi.examples` writes docs/examples.md and docs/examples.ru.md: the rows,
and what the program makes of them. What stands here was found by hand, from the rows;
test_examples compares it with what the program says, so that neither can be wrong alone.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from collector.cli import invoke
from collector.cli.amounts import amount
from collector.cli.explained import as_json
from collector.clock import SystemClock
from collector.kpi.catalogue import known_kpis
from collector.kpi.engine import Engine
from collector.kpi.explain import explain
from collector.kpi.values import Kpi
from collector.plugin.discovery import discover
from collector.settings.load import load
from collector.store import streams
from collector.store.connect import open_store
from collector.vocabulary.texts import LANGUAGES, Language
from collector.vocabulary.texts import WINDOWS as WINDOW_WORDS

DOCS = Path(__file__).parents[2] / "docs"
COMPANY = DOCS / "example-company"
AT = "2025-09-30"
FILES = ("web", "visitors", "ads", "costs", "leads", "deals", "social", "reach", "posts")

DOCUMENTS: Mapping[Language, str] = {"en": "examples.md", "ru": "examples.ru.md"}


@dataclass(frozen=True)
class Figure:
    """A measure of September 2025, found by hand; the notes say from which rows."""

    value: str
    en: str
    ru: str


@dataclass(frozen=True)
class Example:
    """A KPI in a window: what goes in, and what it comes to."""

    kpi: str
    value: str
    window: str = "mtd"
    figures: Mapping[str, Figure] = field(default_factory=dict)
    """Those that are not the ones of September."""
    doubts: tuple[str, ...] = ()
    """The flags that the value bears."""


SEPTEMBER: Mapping[str, Figure] = {
    "sessions": Figure("1600", "web.csv: 400 + 500 + 300 + 400", "web.csv: 400 + 500 + 300 + 400"),
    "engaged_sessions": Figure("800", "web.csv: 240 + 300 + 100 + 160", "web.csv: 240 + 300 + 100 + 160"),
    "key_events": Figure("80", "web.csv: 20 + 40 + 15 + 5", "web.csv: 20 + 40 + 15 + 5"),
    "users_28d": Figure(
        "900",
        "visitors.csv: the row of the last day; such figures are never added up",
        "visitors.csv: строка последнего дня; такие цифры не складываются",
    ),
    "spend": Figure("800", "ads.csv: 150 + 250 + 400 + 0", "ads.csv: 150 + 250 + 400 + 0"),
    "impressions": Figure("50000", "ads.csv: 10000 + 15000 + 25000", "ads.csv: 10000 + 15000 + 25000"),
    "clicks": Figure("1000", "ads.csv: 200 + 300 + 500", "ads.csv: 200 + 300 + 500"),
    "other_costs": Figure("200", "costs.csv: 120 + 80", "costs.csv: 120 + 80"),
    "budget": Figure("1000", "costs.csv: 500 + 500", "costs.csv: 500 + 500"),
    "leads": Figure(
        "8",
        "leads.csv without row 7 (clara again, within a day) and row 8 (junk)",
        "leads.csv без строки 7 (та же clara, в течение суток) и строки 8 (спам)",
    ),
    "web_leads": Figure(
        "7",
        "leads.csv without rows 6 (a call), 7 (a duplicate) and 8 (junk)",
        "leads.csv без строк 6 (звонок), 7 (дубль) и 8 (спам)",
    ),
    "qualified_leads": Figure(
        "5",
        "leads.csv: rows 3 and 9, and 1, 2, 6: converted implies qualified",
        "leads.csv: строки 3 и 9, а также 1, 2, 6: ставший сделкой квалифицирован",
    ),
    "leads_converted": Figure("3", "leads.csv: rows 1, 2, 6", "leads.csv: строки 1, 2, 6"),
    "leads_response_due": Figure(
        "8",
        "leads.csv: 6 answered; rows 4 and 10 ought to have been",
        "leads.csv: 6 с ответом; строкам 4 и 10 давно пора было ответить",
    ),
    "leads_answered_in_time": Figure(
        "4",
        "leads.csv: rows 1, 2, 6, 9 within 15 minutes; exactly 15 is in time",
        "leads.csv: строки 1, 2, 6, 9 — за 15 минут; ровно 15 — ещё в срок",
    ),
    "response_seconds": Figure(
        "750",
        "the median of 0, 300, 600, 900, 1200, 3600 seconds",
        "медиана из 0, 300, 600, 900, 1200, 3600 секунд",
    ),
    "deals_won": Figure(
        "6",
        "deals.csv: rows 2 to 7; row 1 was won in August, row 11 is a refund",
        "deals.csv: строки 2–7; строка 1 выиграна в августе, строка 11 — возврат",
    ),
    "deals_lost": Figure("2", "deals.csv: rows 8 and 9", "deals.csv: строки 8 и 9"),
    "revenue": Figure(
        "2700",
        "deals.csv: 400 + 1600 + 100 + 200 + 100 + 300",
        "deals.csv: 400 + 1600 + 100 + 200 + 100 + 300",
    ),
    "refunds": Figure("100", "deals.csv: row 11", "deals.csv: строка 11"),
    "gross_profit": Figure("1300", "(2700 − 100) × the margin 0.5", "(2700 − 100) × маржинальность 0,5"),
    "seconds_to_win": Figure(
        "129600",
        "the median of 1, 1, 1, 2, 3, 12 days",
        "медиана из 1, 1, 1, 2, 3, 12 дней",
    ),
    "pipeline_amount": Figure("700", "deals.csv: row 10 is open at the end", "deals.csv: на конец открыта строка 10"),
    "new_customers": Figure(
        "4",
        "anna, boris, clara, dora; greta bought first in August",
        "anna, boris, clara, dora; greta впервые купила в августе",
    ),
    "active_customers": Figure("5", "the four and greta", "эти четверо и greta"),
    "returning_customers": Figure("1", "greta, who bought before September", "greta: покупала до сентября"),
    "followers": Figure("1000", "social.csv: the last row", "social.csv: последняя строка"),
    "followers_gained": Figure("65", "social.csv: 20 + 45", "social.csv: 20 + 45"),
    "social_views": Figure("5000", "social.csv: 2000 + 3000", "social.csv: 2000 + 3000"),
    "likes": Figure("150", "social.csv: 60 + 90", "social.csv: 60 + 90"),
    "comments": Figure("25", "social.csv: 10 + 15", "social.csv: 10 + 15"),
    "shares": Figure("15", "social.csv: 5 + 10", "social.csv: 5 + 10"),
    "saves": Figure("10", "social.csv: 5 + 5", "social.csv: 5 + 5"),
    "posts": Figure("3", "posts.csv: all rows", "posts.csv: все строки"),
    "post_engagement": Figure(
        "130",
        "posts.csv: 50 + 80; the views of row 3 are not known",
        "posts.csv: 50 + 80; просмотры строки 3 неизвестны",
    ),
    "post_views": Figure("2500", "posts.csv: 1000 + 1500", "posts.csv: 1000 + 1500"),
    "reach_1d": Figure("300", "reach.csv: the last row", "reach.csv: последняя строка"),
    "reach_7d": Figure("1500", "reach.csv: the last row", "reach.csv: последняя строка"),
    "reach_28d": Figure("4000", "reach.csv: the last row", "reach.csv: последняя строка"),
}

PAID: Mapping[str, Figure] = {
    "spend": Figure("800", "all of it is Paid Search and Paid Social", "весь он — Paid Search и Paid Social"),
    "new_customers": Figure(
        "2",
        "anna (Paid Search) and boris (Paid Social): their leads have UTM",
        "anna (Paid Search) и boris (Paid Social): у их лидов есть UTM",
    ),
    "new_customer_revenue": Figure("2000", "their first deals: 400 + 1600", "их первые сделки: 400 + 1600"),
    "new_customer_gross_profit": Figure(
        "1000", "their first deals: (400 + 1600) × 0.5", "их первые сделки: (400 + 1600) × 0,5"
    ),
}
"""Of the paid channels alone."""

EVER: Mapping[str, Figure] = {
    "new_customers": Figure("5", "all customers, greta too", "все клиенты, и greta тоже"),
    "repeat_customers": Figure("2", "anna and greta bought on two days", "anna и greta купили в два разных дня"),
    "customer_gross_profit": Figure(
        "1450", "(300 + 2700 − 100) × the margin 0.5", "(300 + 2700 − 100) × маржинальность 0,5"
    ),
}
"""Since the first deal."""

LATE: Mapping[str, Figure] = {
    "likes": Figure("90", "social.csv: the row of 30 September", "social.csv: строка за 30 сентября"),
    "comments": Figure("15", "the same row", "та же строка"),
    "shares": Figure("10", "the same row", "та же строка"),
    "saves": Figure("5", "the same row", "та же строка"),
}
"""Of the 28 days from 3 September on."""

EXAMPLES = (
    Example("traffic", "1600"),
    Example("visitors", "900", "28d"),
    Example("engagement_rate", "0.5"),
    Example("leads", "8"),
    Example("qualified_leads", "5"),
    Example("cost_per_lead", "100"),
    Example("visit_to_lead", "0.004375"),
    Example("lead_to_deal", "0.375"),
    Example("deal_to_win", "0.75"),
    Example("visit_to_customer", "0.0025"),
    Example("key_event", "0.05"),
    Example("response_time", "750"),
    Example("response_sla", "0.5"),
    Example("sales", "6"),
    Example("revenue", "2600"),
    Example("gross_profit", "1300"),
    Example("average_order_value", "450"),
    Example("sales_cycle", "129600"),
    Example("pipeline_value", "700"),
    Example("new_customers", "4"),
    Example("active_customers", "5"),
    Example("returning_customers", "1"),
    Example("returning_share", "0.2"),
    Example("repeat_purchase_rate", "0.4", "all", EVER),
    Example("cltv_historical", "290", "all", EVER),
    Example("spend", "800"),
    Example("budget_use", "0.8"),
    Example("ctr", "0.02"),
    Example("cpc", "0.8"),
    Example("cac", "250"),
    Example("cac_paid", "400", figures=PAID),
    Example("romi", "0.25", figures=PAID),
    Example("roas", "2.5", figures=PAID),
    Example("marketing_profit", "300"),
    Example("audience", "1000"),
    Example("followers_gained", "65"),
    Example("reach_1d", "300", "1d"),
    Example("reach_7d", "1500", "7d"),
    Example("reach_28d", "4000", "28d"),
    Example("social_views", "5000"),
    Example("posts", "3"),
    Example("social_engagement", "200"),
    Example("social_engagement_rate", "0.052"),
    Example("engagement_reach", "0.03", "28d", LATE),
    Example("engagement_followers", "0.2"),
)
"""In the order of the catalogue."""


def by_hand(example: Example, measure: str) -> Figure:
    """A measure's figure, as it was found by hand."""
    return example.figures.get(measure) or SEPTEMBER[measure]


# ── what the program says ────────────────────────────────────────────────────────────


class Company:
    """The files, read into a store of their own, and the engine on it as of the last day."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "company"
        shutil.copytree(COMPANY, self.folder)
        quiet = SystemClock().now().timestamp() - 3600
        for path in self.folder.iterdir():
            os.utime(path, (quiet, quiet))  # nobody is writing to them any more
        self.config_path = self.folder / "collector.yml"
        with redirect_stdout(StringIO()):
            assert invoke(["--config", str(self.config_path), "--log.level", "error", "poll", "--all"]) == 0

    @contextmanager
    def reading(self) -> Iterator["Reader"]:
        """The company in one transaction."""
        plugins = discover()
        config = load(self.config_path, plugins=plugins, environ={}, clock=SystemClock())
        project = config.projects["default"]
        kpis = known_kpis(config, project, plugins.kpis).kpis
        store = open_store(config.store)
        with store.read() as tx:
            states = {(key[1], key[2]): state for key, state in streams.states(tx).items()}
            engine = Engine(
                tx,
                project,
                kpis=kpis.values(),
                measures=config.measures,
                states=states,
                now=SystemClock().now(),
                at=date.fromisoformat(AT),
            )
            yield Reader(engine, kpis)
        store.close()


@dataclass(frozen=True)
class Reader:
    """What computes the examples."""

    engine: Engine
    kpis: Mapping[str, Kpi]

    def explained(
        self, example: Example, language: Language = "en", *, by: str | None = None, member: str | None = None
    ) -> dict[str, Any]:
        """What `kpi explain --format json` says of an example."""
        told = explain(self.engine, self.kpis[example.kpi], example.window, by=by, member=member)
        found: dict[str, Any] = json.loads(as_json(told, project=self.engine.project, language=language))
        return found


# ── the documents ────────────────────────────────────────────────────────────────────

TEXTS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "title": "# Worked examples",
        "head": "A company so small that every number can be checked by hand, and what each KPI of the\n"
        "[catalogue](kpis.md#catalogue) comes to on 30 September 2025. The files are in\n"
        "[example-company](example-company/collector.yml); its CRM has a margin of 0.5, and its currency is EUR.\n"
        "Made by `python -m tests.kpi.examples`, and checked against figures that were found by hand.\n"
        "По-русски: [examples.ru.md](examples.ru.md).",
        "try": "Try it: in a copy of that folder,",
        "rows": "## The rows",
        "kpis": "## The KPIs",
        "table": "| what goes in | figure | from |",
        "window": "Window",
        "doubt": "To be doubted",
    },
    "ru": {
        "title": "# Примеры расчёта",
        "head": "Компания, такая маленькая, что каждое число можно проверить вручную, и чему равен каждый\n"
        "показатель [каталога](kpis.md#catalogue) на 30 сентября 2025 года. Файлы лежат в\n"
        "[example-company](example-company/collector.yml); маржинальность в CRM — 0,5, валюта — EUR.\n"
        "Создано командой `python -m tests.kpi.examples` и сверено с числами, найденными вручную.\n"
        "In English: [examples.md](examples.md).",
        "try": "Попробуйте сами, в копии этой папки:",
        "rows": "## Строки",
        "kpis": "## Показатели",
        "table": "| что входит | число | откуда |",
        "window": "Окно",
        "doubt": "Оговорка",
    },
}
TYPED = "kpi-collector poll --all\nkpi-collector kpi explain cac --window mtd --at 2025-09-30"


def document(company: Reader, language: Language) -> str:
    """One of the two documents."""
    return "\n".join([*_head(language), *(line for each in EXAMPLES for line in _section(company, each, language)), ""])


def _head(language: Language) -> Iterator[str]:
    texts = TEXTS[language]
    yield from (texts["title"], "", texts["head"], "", texts["try"], "", "```sh", TYPED, "```", "", texts["rows"], "")
    for name in FILES:
        rows = (COMPANY / f"{name}.csv").read_text(encoding="utf-8").strip()
        yield from (f"`{name}.csv`", "", "```csv", rows, "```", "")
    yield texts["kpis"]


def _section(company: Reader, example: Example, language: Language) -> Iterator[str]:
    found, texts = company.explained(example, language), TEXTS[language]
    description = f": {found['description']}" if found["description"] else ""
    yield from ("", f"### `{example.kpi}`", "")
    yield f"**{found['title']}**{description}. {texts['window']}: {WINDOW_WORDS[example.window][language]}."
    yield from ("", texts["table"], "| --- | ---: | --- |")
    for each in found["inputs"]:
        figure = amount(Decimal(each["value"]), each["unit"], "EUR", language)
        where = f" ({each['where']})" if each["where"] else ""
        yield f"| `{each['name']}`{where} | {figure} | {getattr(by_hand(example, each['name']), language)} |"
    value = amount(Decimal(found["value"]), found["unit"], found["currency"], language)
    put_in = "" if found["put_in"] is None else f" = {found['put_in']}"
    yield from ("", f"`{found['formula']}`{put_in} → **{value}**")
    for doubt in found["doubts"]:
        yield from ("", f"{texts['doubt']}: {doubt}.")


def write() -> None:
    """Write both documents."""
    with tempfile.TemporaryDirectory() as folder, Company(Path(folder)).reading() as company:
        for language in LANGUAGES:
            (DOCS / DOCUMENTS[language]).write_text(document(company, language), encoding="utf-8")


if __name__ == "__main__":
    write()
