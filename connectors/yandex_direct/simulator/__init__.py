"""Yandex Direct as the connector sees it: the company's campaigns, reports that are made in a queue."""

from connectors.yandex_direct.simulator.simulator import YandexDirectSimulator

__all__ = ["YandexDirectSimulator"]
