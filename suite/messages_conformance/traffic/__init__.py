"""Recorded requests of a user's own clients, made into scenarios that hold none of their texts."""
