"""Providers: from files and from the command line."""
