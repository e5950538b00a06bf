"""The command: `python -m opinion_map compute VOTES ...`; needs no settings, no database."""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from deliberate.csv_files import Progress
from opinion_map.drawing import Label, map_svg
from opinion_map.maths import (
    OpinionMap,
    Parameters,
    held_in,
    json_pieces,
    public_document,
    to_document,
    to_json,
)
from opinion_map.maths.continuity import displayed, read
from opinion_map.polis_files import BadFile, read_comments
from opinion_map.vote_files import Wanted, Workers, draw

LONG_FILE = 4_000_000
RESAMPLES, FEW_VOTES = 50, 1_000_000
LABELS: dict[str, Label] = {
    "title": "Opinion map",
    "description": "Each dot is one or more participants. People who vote alike are near.",
    "group": "Group {letter}",
    "people": lambda count: f"{count} person" if count == 1 else f"{count} people",
    "unreliable": "People do not fall into groups.",
    "you": "You",
    "empty": "No votes yet.",
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command: 0, 1 for a map that `verify` refutes, 2 for input that cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except BadFile as error:
        print(f"opinion_map: {error}", file=sys.stderr)
        return 2


def _compute(options: argparse.Namespace) -> int:
    previous = _map_file(options.previous) if options.previous else None
    resamples = options.bootstrap

    def parameters(votes: int) -> Parameters:
        usual = RESAMPLES if votes <= FEW_VOTES else 0
        return Parameters(
            bootstrap=usual if resamples is None else resamples, groups=options.groups
        )

    map_ = _drawn(options, parameters, previous=previous, scratch=options.json.parent)
    _write(options.json, json_pieces(map_))
    if options.svg:
        _write(options.svg, [map_svg(displayed(to_document(map_)), labels=LABELS)])
    return 0


def _verify(options: argparse.Namespace) -> int:
    published = _map_file(options.map)
    parameters = _parameters(options.map, published)
    map_ = _drawn(options, lambda votes: parameters, previous=None, scratch=options.map.parent)
    public = "model" not in published
    # What is older than the rest of an `aggregate` map is no function of these votes.
    document = public_document(map_, held=held_in(published)) if public else to_document(map_)
    again = json.loads(to_json(document))
    salt = published.pop("votes_salt", None)
    if salt is not None:
        # What is published of few votes is a salted hash, which is not found by trying them all.
        salted = bytes.fromhex(salt) + again["votes_sha256"].encode()
        again["votes_sha256"] = hashlib.sha256(salted).hexdigest()
    published.pop("display", None)
    differences = list(_differences(published, again))
    for path, was, now in differences[:20]:
        print(f"{path}: {was} in {options.map}, {now} from the votes")
    if len(differences) > 20:
        print(f"and {len(differences) - 20} more")
    print("different" if differences else f"equal: {map_.votes_sha256}")
    return 1 if differences else 0


def _drawn(
    options: argparse.Namespace, parameters: Any, *, previous: Any, scratch: Path
) -> OpinionMap:
    """The map of the files that the command was given."""
    excluded: frozenset[int] = frozenset()
    listed: list[int] = []
    if options.statements:
        comments = read_comments(options.statements)
        excluded = frozenset(one.id for one in comments if one.excluded)
        listed = [one.id for one in comments if not one.excluded]
    wanted = Wanted(
        parameters=parameters,
        listed=listed,
        excluded=excluded,
        previous=previous,
        workers=Workers(options.processes, options.cluster),
        scratch=scratch,
    )
    return draw(options.votes, wanted, progress=_progress(options.votes))


def _map_file(path: Path) -> dict[str, Any]:
    """A document that an earlier run wrote."""
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
    try:
        read(document)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise BadFile(path, None, f"not a whole map: {error!r}") from error
    return document


def _parameters(path: Path, document: dict[str, Any]) -> Parameters:
    known = {field.name for field in fields(Parameters)}
    try:
        given = {name: one for name, one in document["parameters"].items() if name != "version"}
        if unknown := sorted(set(given) - known):
            raise ValueError(f"unknown parameters {', '.join(unknown)}")
        return Parameters(**given)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadFile(path, None, f"its parameters cannot be used: {error}") from error


def _differences(was: Any, now: Any, path: str = "$") -> Iterator[tuple[str, str, str]]:
    """Where two documents differ, with what stands there."""
    if isinstance(was, dict) and isinstance(now, dict):
        for name in sorted({*was, *now}, key=lambda one: (one != "votes_sha256", str(one))):
            yield from _differences(
                was.get(name, "nothing"), now.get(name, "nothing"), f"{path}.{name}"
            )
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for at, (first, second) in enumerate(zip(was, now, strict=True)):
            yield from _differences(first, second, f"{path}[{at}]")
    elif was != now:
        yield path, _short(was), _short(now)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _write(path: Path, pieces: Iterable[str]) -> None:
    try:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(pieces)
    except OSError as error:
        raise BadFile(path, None, (error.strerror or "cannot be written").lower()) from error


def _progress(path: Path) -> Progress | None:
    """A bar on standard error for a long file, when somebody is looking."""
    if not sys.stderr.isatty() or not path.is_file() or path.stat().st_size < LONG_FILE:
        return None

    def show(done: int, size: int) -> None:
        share = min(done / size, 1.0)
        bar = "#" * int(40 * share)
        end = "\n" if done >= size else ""
        print(f"\rreading {path.name} [{bar:<40}] {share:4.0%}", end=end, file=sys.stderr)

    return show


def _processes(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m opinion_map", description="Draw an opinion map from votes, or check one."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    drawing = commands.add_parser("compute", help="draw the map of a Polis export")
    drawing.add_argument("--json", type=Path, required=True, metavar="OUT.json")
    drawing.add_argument("--svg", type=Path, metavar="OUT.svg")
    drawing.add_argument(
        "--previous", type=Path, metavar="OLD.json", help="the map that this one follows"
    )
    drawing.add_argument("--groups", type=int, choices=range(2, 6), help="ask for so many groups")
    drawing.add_argument(
        "--bootstrap",
        type=_count,
        metavar="N",
        help=f"resamples for the groups' stability (default: {RESAMPLES} up to a million votes)",
    )
    drawing.set_defaults(run=_compute)
    check = commands.add_parser("verify", help="recompute a map and say where it differs")
    check.add_argument("map", type=Path, metavar="OUT.json")
    check.set_defaults(run=_verify)
    for command in (drawing, check):
        command.add_argument(
            "votes", type=Path, metavar="VOTES", help="a CSV, a Parquet file or a folder of them"
        )
        command.add_argument(
            "--processes",
            type=_processes,
            default=1,
            metavar="N",
            help="spread Parquet over so many",
        )
        command.add_argument(
            "--cluster", metavar="ADDRESS", help="or over the workers of this Dask scheduler"
        )
        command.add_argument(
            "--statements",
            type=Path,
            metavar="COMMENTS.csv",
            help="to leave out what moderation rejected, and metadata",
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
