"""Values to bytes: the immutable, rendered state that scrapes and pages read."""
