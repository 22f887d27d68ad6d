"""What a behaviour check may return, and what settles a miss."""
