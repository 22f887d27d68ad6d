"""`python -m messages_conformance` is the command."""

from messages_conformance.cli import main

main()
