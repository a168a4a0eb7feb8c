"""When what is read, and how: from a connector's streams into the store."""
