"""Tools to write and maintain the suite: lint, first drafts, coverage."""
