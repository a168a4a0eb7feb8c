"""A package whose plugin cannot be imported."""
