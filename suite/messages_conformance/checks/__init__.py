"""Pure judgements: an exchange goes in, verdicts come out. No I/O."""
