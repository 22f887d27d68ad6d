"""The results of a run, read back: what every output is made from."""
