"""Fails as it is imported."""

raise RuntimeError("BROKEN_HOME is not set")
