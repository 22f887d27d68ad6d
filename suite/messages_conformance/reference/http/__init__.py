"""HTTP in and out, and the way to a play."""
