"""Reads any JSON API as a configuration describes it: requests, pages, and what a row means."""
