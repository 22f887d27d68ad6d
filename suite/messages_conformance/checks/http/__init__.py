"""What surrounds the messages: acceptance, refusals, errors, headers, other routes, the run as a whole."""
