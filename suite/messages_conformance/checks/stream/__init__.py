"""The stream: its order, its content, its bytes."""
