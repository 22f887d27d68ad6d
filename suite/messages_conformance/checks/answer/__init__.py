"""What came back, read once: events, message, bodies."""
