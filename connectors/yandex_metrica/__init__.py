"""Visits, users and key events of a Yandex Metrica counter."""
