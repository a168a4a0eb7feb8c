"""The connector broadsheet for kpi-collector."""
