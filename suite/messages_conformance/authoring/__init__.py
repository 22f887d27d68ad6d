"""What helps to write and keep the suite: lint, first drafts, coverage."""
