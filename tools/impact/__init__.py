"""Impact by experiment: what each defect of the reference does to real clients (README.md)."""
