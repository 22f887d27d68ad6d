"""The differences between the documents of two contracts. It asks no server, and a run does not load it."""
