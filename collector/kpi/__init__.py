"""Formulas over measures for windows: what the snapshot shows and `kpi show` prints."""
