"""What an answer holds, streamed or not."""
