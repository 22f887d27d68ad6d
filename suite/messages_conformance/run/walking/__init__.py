"""One walk through the steps of a scenario: what is sent, and what later steps take from the answers."""
