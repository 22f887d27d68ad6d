"""The model behind the reference."""
