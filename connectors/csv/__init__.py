"""Reads files of delimited text: facts, leads, deals, customers, posts and rates."""
