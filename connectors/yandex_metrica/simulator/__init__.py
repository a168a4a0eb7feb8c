"""Yandex Metrica, with a counter on the company's site.

`telling` makes visits of the company, `names` what people read; `asked` understands a request,
`table` answers it, `switches` are what may go wrong, `simulator` knows who may ask.
"""

from connectors.yandex_metrica.simulator.simulator import YandexMetricaSimulator

__all__ = ["YandexMetricaSimulator"]
