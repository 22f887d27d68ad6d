"""Real clients at an endpoint: a driver of the official SDK, and what asks it and judges what it hands over."""
