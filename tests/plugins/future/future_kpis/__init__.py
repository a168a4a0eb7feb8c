"""Plugins for another major version of the API."""
