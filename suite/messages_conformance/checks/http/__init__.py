"""Everything around messages: acceptance, refusals, errors, headers, other routes, the run as a whole."""
