"""Acme for kpi-collector: a package as a stranger would write it."""
