"""How long a test looks for a counterexample."""

from hypothesis import settings

EXAMPLES = (settings.default or settings()).max_examples
"""As many as the chosen profile tries. A test that needs more, or can do with fewer, asks for a multiple of it."""
