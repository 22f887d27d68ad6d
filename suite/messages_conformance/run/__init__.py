"""Plan, engine, results stream."""
