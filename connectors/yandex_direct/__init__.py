"""Yandex Direct: what campaigns cost, and how often they were shown and clicked, by day."""
