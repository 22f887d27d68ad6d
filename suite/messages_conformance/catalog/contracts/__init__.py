"""Contracts: clauses and schemas."""
