"""Tools: their calls, their results, and those that the server runs."""
