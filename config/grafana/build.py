"""The overview dashboard, in English and Russian, from one description.

    python -m config.grafana.build            write dashboards/*.json
    python -m config.grafana.build --check    exit 1 if they are not what would be written

Metric names, units and titles of KPIs come from the catalogue, so a panel cannot ask for
what `/metrics` does not call so. Needs the project installed.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from collector.kpi.catalogue import built_in
from collector.kpi.definition import Definition
from collector.snapshot.families import unit_suffix
from config.grafana.panels import (
    Column,
    Json,
    Query,
    datasource_variable,
    placed,
    row,
    series,
    stat,
    table,
    variable,
)

FOLDER = Path(__file__).parent / "dashboards"
LANGUAGES = {"en": "overview.json", "ru": "overview-ru.json"}

_KPIS = {definition.name: definition for definition in built_in()}
_OF_PROJECT = 'project="$project"'
_TITLED = f"on (job, instance, project, kpi) group_left (title) marketing_kpi_info{{{_OF_PROJECT}}}"


def expression(name: str, *, by: str | None = None, window: str | None = None) -> str:
    """A KPI's whole, or its members, in a window: the chosen one; of what exists for all time only, that."""
    kpi = _KPIS[name]
    window = window or ("$window" if kpi.windows is None else kpi.windows[0])
    family = f"marketing_{kpi.group or name}{f'_by_{by}' if by else ''}{unit_suffix(kpi.unit)}"
    chosen = [_OF_PROJECT, f'window="{window}"']
    chosen += ['currency="$currency"'] if _is_money(kpi) else []
    chosen += [f'{label}="{value}"' for label, value in (("step", kpi.step), ("model", kpi.model)) if value]
    return f"{family}{{{', '.join(chosen)}}}"


def _is_money(kpi: Definition) -> bool:
    return kpi.unit.partition("/")[0] == "money"


def _unit(kpi: Definition) -> str:
    """Grafana's name of a unit; a currency stands in the title, since it is a label's value."""
    return {"_ratio": "percentunit", "_seconds": "s"}.get(unit_suffix(kpi.unit), "locale")


class Overview:
    """The dashboard in one language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def _say(self, en: str, ru: str) -> str:
        return {"en": en, "ru": ru}[self._language]

    def _title(self, kpi: Definition) -> str:
        return kpi.title[self._language]

    def _figure(self, name: str) -> Json:
        kpi = _KPIS[name]
        title = f"{self._title(kpi)}, $currency" if _is_money(kpi) else self._title(kpi)
        return stat(title, kpi.description[self._language], Query(expression(name)), _unit(kpi))

    def _course(self, title: str, names: Sequence[str]) -> Json:
        kpis = [_KPIS[name] for name in names]
        told = "; ".join(f"{self._title(kpi)}: {kpi.description[self._language]}" for kpi in kpis)
        queries = [Query(expression(kpi.name), self._title(kpi)) for kpi in kpis]
        return series(title, told, queries, _unit(kpis[0]))

    def figures(self) -> list[Json]:
        """What is now."""
        names = (
            *("revenue", "sales", "new_customers", "average_order_value", "returning_share", "leads"),
            *("cltv_historical", "repeat_purchase_rate", "gross_profit", "spend", "cac", "cost_per_lead"),
            *("response_time", "response_sla", "sales_cycle", "pipeline_value"),
        )
        return [row(self._say("Now", "Сейчас")), *(self._figure(name) for name in names)]

    def courses(self) -> list[Json]:
        """How it came to be so."""
        return [
            row(self._say("Over time", "В динамике")),
            self._course(self._say("Revenue, $currency", "Выручка, $currency"), ["revenue", "gross_profit"]),
            self._course(self._say("Sales", "Продажи"), ["sales"]),
            self._course(
                self._say("Customers", "Клиенты"), ["active_customers", "new_customers", "returning_customers"]
            ),
            self._course(self._say("Loyalty", "Лояльность"), ["returning_share", "repeat_purchase_rate"]),
            self._course(self._say("Leads", "Лиды"), ["leads", "qualified_leads"]),
            self._course(self._say("Conversion", "Конверсия"), ["lead_to_deal", "deal_to_win"]),
            self._course(
                self._say("Value and cost of a customer, $currency", "Ценность и стоимость клиента, $currency"),
                ["average_order_value", "cltv_historical", "cac", "cost_per_lead"],
            ),
            self._course(self._say("Ad spend, $currency", "Расход на рекламу, $currency"), ["spend"]),
        ]

    def _members(self, title: str, by: str, heading: str, names: Sequence[str]) -> Json:
        """A row for each member of a dimension, a column for each KPI."""
        kpis = [_KPIS[name] for name in names]
        columns = [
            Column(f"Value #{chr(ord('A') + place)}", self._title(kpi), _unit(kpi)) for place, kpi in enumerate(kpis)
        ]
        told = "; ".join(f"{self._title(kpi)}: {kpi.description[self._language]}" for kpi in kpis)
        queries = [Query(f"sum by ({by}) ({expression(name, by=by)})") for name in names]
        return table(title, told, queries, [Column(by, heading), *columns], key=by, width=24)

    def members(self) -> list[Json]:
        """Who and what it comes from."""
        channel, cac = self._say("Channel", "Канал"), _KPIS["cac"]
        windows = ("7d", "30d", "90d")
        return [
            row(self._say("By channel and person", "По каналам и людям")),
            self._members(
                self._say("Channels, money in $currency", "Каналы, деньги в $currency"),
                "channel",
                channel,
                ("traffic", "leads", "sales", "new_customers", "spend", "cost_per_lead", "cac", "romi"),
            ),
            table(
                self._say("CAC by channel, lately and before, $currency", "CAC по каналам: сейчас и раньше, $currency"),
                self._say(
                    "A channel whose last days cost far more than its quarter has gone bad.",
                    "Канал, у которого последние дни намного дороже квартала, испортился.",
                ),
                [Query(f"sum by (channel) ({expression('cac', by='channel', window=each)})") for each in windows],
                [
                    Column("channel", channel),
                    *(
                        Column(f"Value #{letter}", f"{each[:-1]} {self._say('days', 'дн.')}", _unit(cac))
                        for letter, each in zip("ABC", windows, strict=True)
                    ),
                ],
                key="channel",
                width=12,
            ),
            series(
                self._say("CAC by channel, $currency", "CAC по каналам, $currency"),
                cac.description[self._language],
                [Query(expression("cac", by="channel"), "{{channel}}")],
                _unit(cac),
            ),
            self._members(
                self._say("Managers, money in $currency", "Менеджеры, деньги в $currency"),
                "manager",
                self._say("Manager", "Менеджер"),
                ("leads", "sales", "revenue", "deal_to_win", "response_time", "response_sla", "pipeline_value"),
            ),
            self._members(
                self._say("Pipelines, money in $currency", "Воронки, деньги в $currency"),
                "pipeline",
                self._say("Pipeline", "Воронка"),
                ("sales", "revenue", "gross_profit", "deal_to_win", "sales_cycle", "pipeline_value"),
            ),
        ]

    def trust(self) -> list[Json]:
        """How far the figures go, and why some have no value."""
        current = {"1": self._say("current", "актуально"), "0": self._say("held", "устарело")}
        name = self._say("Figure", "Показатель")
        return [
            row(self._say("Can I trust it?", "Можно ли верить")),
            table(
                self._say("Figures without a value, and why", "Показатели без значения и почему"),
                self._say("A missing value is never shown as 0.", "Отсутствующее значение никогда не показано как 0."),
                [Query(f"max by (title, window, reason) (marketing_kpi_undefined{{{_OF_PROJECT}}} * {_TITLED})")],
                [
                    Column("title", name),
                    Column("window", self._say("Window", "Период")),
                    Column("reason", self._say("Reason", "Причина"), texts=self._reasons()),
                ],
                key="title",
                width=12,
            ),
            table(
                self._say("How current the figures are", "Насколько данные свежи"),
                self._say(
                    "Held: a source has not answered lately, its last good value is shown.",
                    "Устарело: источник давно не отвечал, показано последнее верное значение.",
                ),
                [
                    Query(f"min by (kpi, title) (marketing_kpi_fresh{{{_OF_PROJECT}}} * {_TITLED})"),
                    Query(f"min by (kpi) (marketing_kpi_data_through_timestamp_seconds{{{_OF_PROJECT}}}) * 1000"),
                ],
                [
                    Column("title", name),
                    Column("Value #A", self._say("State", "Состояние"), texts=current),
                    Column("Value #B", self._say("Complete until", "Данные полны до"), "dateTimeAsLocal"),
                ],
                key="kpi",
                width=12,
            ),
        ]

    def _reasons(self) -> dict[str, str]:
        return {
            "not_configured": self._say("no source gives it", "нет источника"),
            "history_incomplete": self._say("history is being loaded", "история ещё загружается"),
            "no_data": self._say("no data", "нет данных"),
            "stale": self._say("too old to be shown", "слишком старое"),
            "too_short": self._say("not enough days yet", "пока мало дней"),
            "no_rate": self._say("no exchange rate", "нет курса валюты"),
            "no_margin": self._say("margin is not set", "не задана маржинальность"),
            "not_additive": self._say("cannot be added up", "нельзя сложить"),
            "zero_denominator": self._say("divided by zero", "деление на ноль"),
            "no_events": self._say("nothing happened", "не было событий"),
        }

    def health(self) -> list[Json]:
        """Sources and the collector."""
        by, source = "by (source)", f"{{{_OF_PROJECT}}}"
        last, through = "poll_last_success_timestamp_seconds", "data_through_timestamp_seconds"
        failed = f"increase(kpi_collector_poll_failures_total{source}[$__rate_interval])"
        return [
            row(self._say("Sources", "Источники")),
            table(
                self._say("Sources", "Источники"),
                self._say("Of several streams the latest is told.", "Из нескольких потоков показан самый отстающий."),
                [
                    Query(f"min by (source, connector) (kpi_collector_source_up{source})"),
                    Query(f"time() - min {by} (kpi_collector_{last}{source})"),
                    Query(f"min {by} (kpi_collector_{through}{source}) * 1000"),
                    Query(f"sum {by} (increase(kpi_collector_poll_failures_total{source}[24h]))"),
                ],
                [
                    Column("source", self._say("Source", "Источник")),
                    Column("connector", self._say("Connector", "Коннектор")),
                    Column(
                        "Value #A",
                        self._say("State", "Состояние"),
                        texts={"1": self._say("works", "работает"), "0": self._say("fails", "не читается")},
                    ),
                    Column("Value #B", self._say("Last read, ago", "Прочитан, назад"), "s"),
                    Column("Value #C", self._say("Complete until", "Данные полны до"), "dateTimeAsLocal"),
                    Column("Value #D", self._say("Failures in 24 h", "Ошибок за сутки"), "locale"),
                ],
                key="source",
                width=24,
            ),
            series(
                self._say("Failed polls", "Неудачные опросы"),
                "",
                [Query(f"sum by (source, reason) ({failed}) > 0", "{{source}}: {{reason}}")],
                "locale",
            ),
            series(
                self._say("Schedule lag and age of the snapshot", "Отставание расписания и возраст снимка"),
                self._say("Both should be small.", "Обе величины должны быть малы."),
                [
                    Query("max(kpi_collector_schedule_lag_seconds)", self._say("lag", "отставание")),
                    Query("time() - min(kpi_collector_snapshot_timestamp_seconds)", self._say("age", "возраст")),
                ],
                "s",
            ),
        ]

    def dashboard(self) -> Json:
        """The whole, as Grafana provisions it."""
        shown = f'__name__=~"marketing_.+", __name__!~"marketing_reconciliation_.+", {_OF_PROJECT}'
        windows = f'{{{shown}, window!~"all|"}}'  # what exists for all time only is shown for that
        return {
            "uid": f"kpi-collector-overview-{self._language}",
            "title": self._say("KPI overview", "Обзор KPI"),
            "tags": ["kpi-collector", self._language],
            "timezone": "browser",
            "schemaVersion": 39,
            "editable": True,
            "refresh": "1m",
            "time": {"from": "now-90d", "to": "now"},
            "templating": {
                "list": [
                    datasource_variable(self._say("Source of data", "Источник данных")),
                    variable("project", self._say("Project", "Проект"), "label_values(marketing_kpi_info, project)"),
                    variable("window", self._say("Window", "Период"), f"label_values({windows}, window)", first="30d"),
                    variable(
                        "currency",
                        self._say("Currency", "Валюта"),
                        f'label_values({{{shown}, currency!=""}}, currency)',
                    ),
                ]
            },
            "annotations": {"list": []},
            "panels": placed([*self.figures(), *self.members(), *self.courses(), *self.trust(), *self.health()]),
        }


def built() -> dict[Path, str]:
    """Each file with what belongs into it."""
    return {
        FOLDER / name: json.dumps(Overview(language).dashboard(), ensure_ascii=False, indent=2) + "\n"
        for language, name in LANGUAGES.items()
    }


def main(arguments: Sequence[str]) -> int:
    """Write the files, or with `--check` compare them."""
    if "--check" in arguments:
        old = [path.name for path, text in built().items() if path.read_text(encoding="utf-8") != text]
        sys.stderr.write("".join(f"{name} is not what build.py makes\n" for name in old))
        return 1 if old else 0
    for path, text in built().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
