"""Odnoklassniki: what a group's members do by day, and its posts with their counters."""
