"""Telegram: a channel's members, its posts and their reactions, and views from its public page."""
