"""The cells of a run: what was planned and judged in each, and repetitions put together."""
