"""What the contract makes of a request: its schemas, its rules, its models."""
