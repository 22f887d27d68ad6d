"""What more than one run, or more than one provider of a run, says: what changes between them."""
