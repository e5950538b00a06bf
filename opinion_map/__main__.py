"""The command: `python -m opinion_map compute VOTES.csv ...`; needs no settings, no database."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from opinion_map.drawing import map_svg
from opinion_map.maths import Parameters, compute, to_document, to_json
from opinion_map.polis_files import BadFile, Progress, read_comments, read_votes

LONG_FILE = 4_000_000
LABELS = {
    "title": "Opinion map",
    "description": "Each dot is a participant or several; those who vote alike are near each other.",
    "group": "Group {letter}",
    "people": "{count} people",
    "unreliable": "People do not fall into groups.",
    "you": "You",
    "empty": "No votes yet.",
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code is 2 for input that cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except BadFile as error:
        print(f"opinion_map: {error}", file=sys.stderr)
        return 2


def _compute(options: argparse.Namespace) -> int:
    previous = _previous(options.previous) if options.previous else None
    document = _document(options, bootstrap=options.bootstrap, previous=previous)
    _write(options.json, to_json(document))
    if options.svg:
        _write(options.svg, map_svg(document, labels=LABELS))
    return 0


def _document(
    options: argparse.Namespace, *, bootstrap: int, previous: dict[str, Any] | None
) -> dict[str, Any]:
    excluded: frozenset[int] = frozenset()
    listed: list[int] = []
    if options.statements:
        comments = read_comments(options.statements)
        excluded = frozenset(one.id for one in comments if one.excluded)
        listed = [one.id for one in comments if not one.excluded]
    rows = read_votes(options.votes, progress=_progress(options.votes))
    map_ = compute(
        rows.votes(excluded=excluded),
        statements=listed,
        parameters=Parameters(bootstrap=bootstrap),
    )
    return to_document(map_)


def _previous(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(path, None, (error.strerror or "cannot be read").lower()) from error
    except UnicodeDecodeError as error:
        raise BadFile(path, None, "the text is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise BadFile(path, error.lineno, f"not JSON: {error.msg}") from error
    if not isinstance(document, dict) or document.get("format") != "opinion-map/1":
        raise BadFile(path, None, 'not a map: "format" is not "opinion-map/1"')
    return document


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadFile(path, None, (error.strerror or "cannot be written").lower()) from error


def _progress(path: Path) -> Progress | None:
    """A bar on standard error for a long file, when somebody is looking."""
    if not sys.stderr.isatty() or not path.is_file() or path.stat().st_size < LONG_FILE:
        return None

    def show(done: int, size: int) -> None:
        share = min(done / size, 1.0)
        bar = "#" * int(40 * share)
        print(f"\rreading {path.name} [{bar:<40}] {share:4.0%}", end="", file=sys.stderr)
        if done >= size:
            print(file=sys.stderr)

    return show


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m opinion_map", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("compute", help="draw the map of a Polis export")
    command.add_argument("votes", type=Path, metavar="VOTES.csv")
    command.add_argument("--statements", type=Path, metavar="COMMENTS.csv")
    command.add_argument("--json", type=Path, required=True, metavar="OUT.json")
    command.add_argument("--svg", type=Path, metavar="OUT.svg")
    command.add_argument("--previous", type=Path, metavar="OLD.json")
    command.add_argument("--bootstrap", type=int, default=0, metavar="N", help="resamples")
    command.set_defaults(run=_compute)
    return parser


if __name__ == "__main__":
    sys.exit(main())
