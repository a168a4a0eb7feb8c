"""What was read, kept: facts, entities, cursors; and what is rolled up from them."""
