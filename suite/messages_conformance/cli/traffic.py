"""The command for a user's own requests: options in, one function called."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from messages_conformance.cli.saying import say


@click.command(name="import-traffic")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--to",
    "directory",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder of your own scenarios: traffic.yaml is written there.",
)
@click.option("--keep-texts", is_flag=True, help="Keep prompts and other texts. They may hold secrets.")
@click.option("--keep-names", is_flag=True, help="Keep the names of tools, of their parameters and of unknown fields.")
@click.option("--overwrite", is_flag=True, help="Replace the traffic.yaml that DIR holds.")
def import_traffic(
    files: tuple[Path, ...], directory: Path, keep_texts: bool, keep_names: bool, overwrite: bool
) -> None:
    """Make scenarios of the requests that your own clients sent: will they work elsewhere?

    FILES are HAR files, JSON Lines of requests, LiteLLM's logs, request bodies, or a results.jsonl. Texts, names, files
    and ids are replaced; nothing is sent.

    \b
    Examples:
      messages-conformance import-traffic session.har --to mine
      messages-conformance run -p a -p b --scenarios mine -s traffic
      messages-conformance compare a b
    """
    from messages_conformance.catalog import load_here
    from messages_conformance.errors import UserError
    from messages_conformance.report import write
    from messages_conformance.report.words import plural
    from messages_conformance.traffic.importing import FILE, gather
    from messages_conformance.traffic.recordings import read

    path = directory / FILE
    if path.exists() and not overwrite:
        raise UserError(f"{path} exists: add --overwrite, or choose another --to")
    found = (entry for file in files for entry in read(file))
    imported = gather(load_here(), found, keep_texts=keep_texts, keep_names=keep_names)
    if not imported.shapes:
        nothing = f"no request to /v1/messages was imported ({imported.others} others, {imported.refused} refused)"
        raise UserError(*imported.problems, nothing)
    for problem in imported.problems:
        say(f"not imported: {problem}", err=True)
    write(path, imported.text)
    for shape in imported.shapes.values():
        say(f"{shape.name:44} {shape.times:4} x  {shape.place}")
    made, read_of = plural(len(imported.shapes), "scenario"), plural(imported.requests, "request")
    say(
        f"wrote {path}: {made} from {read_of}; {imported.others} other entries, {imported.refused} refused where they "
        f"were recorded, {len(imported.problems)} not imported"
    )
    say(f"  messages-conformance plan -p PROVIDER --scenarios {shlex.quote(str(directory))} -s traffic")
