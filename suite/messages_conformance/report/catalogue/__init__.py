"""What the catalogue holds and what a run would do, as text: `list`, `explain`, `plan`."""
