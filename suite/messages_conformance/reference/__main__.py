"""`python -m messages_conformance.reference --port 0`."""

from __future__ import annotations

import click

from messages_conformance.reference.http.server import serve


@click.command(help="Serve the reference on the loopback interface until stdin closes.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0 picks a free one.")
def main(port: int) -> None:
    serve(port, until_stdin_closes=True)


if __name__ == "__main__":
    main()
