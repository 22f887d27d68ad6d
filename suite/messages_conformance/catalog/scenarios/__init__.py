"""Scenarios: read, generated from schemas, and put together from parts."""
