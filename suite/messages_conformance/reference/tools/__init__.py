"""Tool calls of the model, and the tools that the server runs."""
