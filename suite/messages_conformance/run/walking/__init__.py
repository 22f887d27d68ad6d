"""One scenario's way through its steps: what is sent, and what later steps take from the answers."""
