"""What is told of more than one run, or of more than one provider of a run: what changes between them."""
