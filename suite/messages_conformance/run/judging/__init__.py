"""From answers to verdicts, live or from a recording."""
