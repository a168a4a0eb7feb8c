"""The words that all stages share: measures, units, texts."""
