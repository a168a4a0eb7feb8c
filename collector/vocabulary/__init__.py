"""The words that all stages share: measures, units, channels, texts."""
