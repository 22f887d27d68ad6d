"""What a behaviour check may say, and what settles a miss."""
