"""The shape of answers, and how far later answers are from it."""
