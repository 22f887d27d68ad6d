"""Answers against the schemas of a contract."""
