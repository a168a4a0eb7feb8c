"""The Bank of Russia as it is asked: the company's rates, in its XML."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from collector.testing.company import Company
from collector.testing.company.rates import Rate
from collector.testing.simulator import Simulator

VALUTES = {
    "USD": ("R01235", "840", "Доллар США"),
    "EUR": ("R01239", "978", "Евро"),
    "KZT": ("R01335", "398", "Тенге"),
    "UZS": ("R01717", "860", "Узбекских сумов"),
    "BYN": ("R01090B", "933", "Белорусский рубль"),
}
"""Currency → the bank's id, ISO 4217's number, name. One has a letter at the end, and no company's rates."""

_UNTIL = timedelta(days=20)
"""How far back a day looks for its rates: holidays end sooner."""


@dataclass
class Switches:
    """What may go wrong."""

    changes_nominal: date | None = None
    """From this day on nominals above 1 are 1, and prices with them."""
    has_unit_rate: bool = True
    """Older answers have no VunitRate."""
    is_no_xml: bool = False
    has_doctype: bool = False
    answers_error: bool = False


class CbrRatesSimulator(Simulator):
    """Rates from Tuesday to Saturday, none on holidays."""

    connector = "cbr_rates"
    exempt: ClassVar = {
        "memory-flat": "A month of all rates is some thousand records",
        "refusals": "The bank knows nobody, and refuses nobody",
        "last-page": "There are no pages",
    }

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.switches = Switches()
        self._company: Company | None = None

    def routes(self) -> Sequence[Route]:
        """The bank's three requests."""
        return [
            Route("/scripts/XML_daily.asp", self._daily),
            Route("/scripts/XML_dynamic.asp", self._dynamic),
            Route("/scripts/XML_valFull.asp", self._dictionary),
        ]

    def settings(self, base_url: str) -> dict[str, Any]:
        """The bank asks for nothing."""
        return {"base_url": f"{base_url}/scripts"}

    @property
    def company(self) -> Company:
        """The company at the present instant."""
        if self._company is None:
            self._company = Company(self.world.seed, self.today, self.world.days, self.world.size)
        return self._company.at(self.now())

    def _rates(self, first: date, last: date) -> list[Rate]:
        until = min(last, self.company.today + timedelta(days=1))
        days = [list(each) for _, each in groupby(self.company.rates(first, until), key=lambda rate: rate.day)]
        return [rate for day in self.shown(days, of=lambda day: day[0].day) for rate in day]

    def _before(self) -> list[Rate]:
        """Where nothing is shown the bank still knows what was before."""
        since = self.company.since
        return list(self.company.rates(since - _UNTIL, since))

    # ── requests ─────────────────────────────────────────────────────────────────────

    async def _daily(self, request: Request) -> Response:
        asked = request.query_params.get("date_req")
        day = self.company.today + timedelta(days=1) if asked is None else _day(asked)
        if day is None:
            return _xml('<ValCurs Date="" name="Foreign Currency Market"></ValCurs>')
        rates = self._rates(min(day, self.company.today) - _UNTIL, day) or self._before()
        last = max((rate.day for rate in rates), default=day.toordinal())
        rows = "".join(self._valute(rate) for rate in rates if rate.day == last)
        told = date.fromordinal(last).strftime("%d.%m.%Y")
        return self._answer(f'<ValCurs Date="{told}" name="Foreign Currency Market">{rows}{_others(rows)}</ValCurs>')

    async def _dynamic(self, request: Request) -> Response:
        asked = request.query_params
        first, last = _day(asked.get("date_req1", "")), _day(asked.get("date_req2", ""))
        names = {number: currency for currency, (number, _, _) in VALUTES.items()}
        number = asked.get("VAL_NM_RQ", "")
        if first is None or last is None or number not in names:
            return _text("Error in parameters")
        rates = [rate for rate in self._rates(first, last) if rate.currency == names[number]]
        rows = "".join(
            f'<Record Date="{date.fromordinal(rate.day):%d.%m.%Y}" Id="{number}">{self._price(rate)}</Record>'
            for rate in rates
        )
        span = f'DateRange1="{first:%d.%m.%Y}" DateRange2="{last:%d.%m.%Y}"'
        return self._answer(f'<ValCurs ID="{number}" {span} name="Foreign Currency Market Dynamic">{rows}</ValCurs>')

    async def _dictionary(self, request: Request) -> Response:
        del request
        rows = "".join(
            f'<Item ID="{number}"><Name>{name}</Name><EngName>{currency}</EngName><Nominal>1</Nominal>'
            f"<ParentCode>{number}</ParentCode><ISO_Num_Code>{iso}</ISO_Num_Code>"
            f"<ISO_Char_Code>{currency}</ISO_Char_Code></Item>"
            for currency, (number, iso, name) in VALUTES.items()
        )
        return self._answer(f'<Valuta name="Foreign Currency Market Lib">{rows}</Valuta>')

    def _answer(self, text: str) -> Response:
        switches = self.switches
        if switches.answers_error:
            return _text("Error in parameters")
        if switches.is_no_xml:
            return HTMLResponse("<html><body>Ведутся работы</body></html>")
        return _xml(text, doctype='<!DOCTYPE v [<!ENTITY a "aaaa">]>' if switches.has_doctype else "")

    def _valute(self, rate: Rate) -> str:
        number, iso, name = VALUTES[rate.currency]
        codes = f"<NumCode>{iso}</NumCode><CharCode>{rate.currency}</CharCode>"
        return f'<Valute ID="{number}">{codes}{self._price(rate, name)}</Valute>'

    def _price(self, rate: Rate, name: str | None = None) -> str:
        nominal, price = rate.nominal, rate.price
        changes = self.switches.changes_nominal
        if changes is not None and rate.day >= changes.toordinal():
            nominal, price = 1, rate.value
        called = "" if name is None else f"<Name>{name}</Name>"
        unit = f"<VunitRate>{_comma(rate.value)}</VunitRate>" if self.switches.has_unit_rate else ""
        return f"<Nominal>{nominal}</Nominal>{called}<Value>{_comma(price)}</Value>{unit}"


def _others(rows: str) -> str:
    """A currency of which the company knows nothing, wherever there are any."""
    if not rows:
        return ""
    number, iso, name = VALUTES["BYN"]
    codes = f"<NumCode>{iso}</NumCode><CharCode>BYN</CharCode>"
    return f'<Valute ID="{number}">{codes}<Nominal>1</Nominal><Name>{name}</Name><Value>27,5000</Value></Valute>'


def _comma(number: Decimal) -> str:
    return f"{number:f}".replace(".", ",")


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def _xml(text: str, doctype: str = "") -> Response:
    body = f'<?xml version="1.0" encoding="windows-1251"?>{doctype}{text}'
    return Response(body.encode("windows-1251"), media_type="application/xml; charset=windows-1251")


def _text(text: str) -> Response:
    return Response(text.encode("windows-1251"), media_type="text/html; charset=windows-1251")
