"""Alembic's folder: each file in `versions/` leads from one schema to the next."""
