"""How fast the opinion map is, beside a plain sparse floor, in one run on one machine.

    python -m tests.benchmarks.bench_map            vTaiwan, 10 k, 30 k, 100 k
    python -m tests.benchmarks.bench_map --all      and 1 M participants, 40 M votes
    python -m tests.benchmarks.bench_map --huge     and 8 M participants, 400 M votes, in chunks
    python -m tests.benchmarks.bench_map --peer     and red-dwarf, installed in its own environment

Each figure is a process of its own, so that its memory is its own; the two sides take turns and
medians are compared. Made-up conversations come from $DELIBERATE_TOOLS/generate_votes.py.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import numpy as np

SIZES = {
    "10k": (10_000, 300, 300_000),
    "30k": (30_000, 550, 1_200_000),
    "100k": (100_000, 1_000, 5_000_000),
    "1M": (1_000_000, 2_000, 40_000_000),
}
HUGE = ("0.5M", "1M", "2M", "8M")
ROUNDS = {"vtaiwan": 7, "10k": 7, "30k": 5, "100k": 5, "1M": 3}
PEER = {"vtaiwan": 5, "10k": 3}
PATIENCE = 480
"""Seconds after which a run of the peer is given up."""
ROOT = Path(__file__).parents[2]
TOOLS = Path(os.environ.get("DELIBERATE_TOOLS", ROOT.parent / "shared" / "tools"))
KEPT = Path(os.environ.get("BENCH_DATA", Path(tempfile.gettempdir()) / "opinion-map-bench"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("all", "huge", "peer"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--work", nargs=2, metavar=("KIND", "DATA"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        print(json.dumps(WORK[options.work[0]](options.work[1])))
        return
    names = ["vtaiwan", "10k", "30k", "100k", *(["1M"] if options.all or options.huge else [])]
    whole_maps(names)
    print()
    for kind, data in (("bootstrap", "vtaiwan"), ("warm", "100k"), ("trickle", "100k")):
        side_by_side(kind, data, "map")
    print()
    routing()
    if options.huge:
        print()
        huge()
    if options.peer:
        print()
        peer()


def whole_maps(names):
    print("the whole map: seconds on the clock, seconds of processor, peak memory")
    print(
        f"{'':<9}{'floor':>9}{'ours':>9}{'ratio':>7}{'floor cpu':>11}{'ours cpu':>10}{'ratio':>7}"
        f"{'floor GiB':>11}{'ours GiB':>10}"
    )
    points = []
    for name in names:
        if not ready(name):
            continue
        runs = {"floor": [], "map": []}
        for _ in range(ROUNDS[name]):
            for kind, kept in runs.items():
                kept.append(measured(kind, name))
        floor, ours = (
            {key: statistics.median(run[key] for run in kept) for key in ("seconds", "cpu")}
            for kept in runs.values()
        )
        memory = [max(run["gib"] for run in kept) for kept in runs.values()]
        if name in SIZES:  # real votes are no size of the made-up ones
            points.append((runs["map"][0]["votes"], ours["cpu"]))
        print(
            f"{name:<9}{floor['seconds']:>8.3f}s{ours['seconds']:>8.3f}s"
            f"{ours['seconds'] / floor['seconds']:>7.2f}{floor['cpu']:>10.3f}s{ours['cpu']:>9.3f}s"
            f"{ours['cpu'] / floor['cpu']:>7.2f}{memory[0]:>11.2f}{memory[1]:>10.2f}",
            flush=True,
        )
    if len(points) > 2:
        print(f"slope over {len(points)} made-up sizes: {slope(points):.2f}")


def slope(points):
    """Of log processor seconds over log votes, by least squares: 1 is linear."""
    logs = np.log(np.array(points))
    return float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0])


def side_by_side(kind, data, against):
    """One figure as a multiple of a whole map of the same data."""
    if not ready(data):
        return
    rounds = [(measured(kind, data), measured(against, data)) for _ in range(3)]
    for key, what in (("seconds", "on the clock"), ("cpu", "of processor")):
        ours, whole = (statistics.median(run[at][key] for run in rounds) for at in (0, 1))
        print(f"{kind} on {data}: {ours:.3f} s {what}, {ours / whole:.2f} of a map ({whole:.3f} s)")
    if "kept" in rounds[0][0]:
        first = rounds[0][0]
        print(f"  kept: {first['kept']:.0f} MiB, prepared in {first['prepared']:.1f} s, once")


def routing():
    from tests.benchmarks.routing import compare, lines

    print("routing, 6 simulated conversations of 300 people and 60 statements: means, their errors")
    for line in lines(compare(seeds=6)):
        print(line)


def huge():
    print("in chunks, packed votes in a scratch file: seconds of the map (making the votes apart)")
    points = []
    for people in HUGE:
        run = measured("chunks", people)
        points.append((run["votes"], run["cpu"]))
        print(
            f"{people:>4} participants, {run['votes'] / 1e6:.0f} M votes: {run['seconds']:.0f} s, "
            f"{run['cpu']:.0f} s of processor, {run['gib']:.2f} GiB; "
            f"its document: {run['document']:.0f} s, {run['bytes'] / 2**20:.0f} MiB",
            flush=True,
        )
    print(f"slope of log processor seconds over log votes: {slope(points):.2f}")


def peer():
    """red-dwarf in an environment of its own; says so where it cannot be had."""
    home = KEPT / "red-dwarf"
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
    # Quick where it is there already, and mends an installation that was broken off.
    done = subprocess.run([python, "-m", "pip", "install", "-q", "red-dwarf==0.4.0"])
    if done.returncode:
        print("red-dwarf cannot be installed here: no figure of the peer")
        return
    print("the peer, red-dwarf 0.4.0: seconds on the clock, seconds of processor, peak memory")
    for name, rounds in PEER.items():
        if not ready(name):
            continue
        who, what, choice = last_votes(name)
        path = KEPT / "peer.npz"
        np.savez(path, who=who, what=what, choice=choice)
        runs = {"peer": [], "ours": []}
        for _ in range(rounds):
            runs["peer"].append(peer_run(python, path))
            if runs["peer"][-1] is None:
                break
            runs["ours"].append(measured("map", name))
        if runs["peer"][-1] is None:
            continue
        theirs, ours = (statistics.median(run["seconds"] for run in kept) for kept in runs.values())
        most = max(run["gib"] for run in runs["peer"])
        print(
            f"{name:<9}{theirs:.2f} s, {most:.2f} GiB; ours {ours:.3f} s: {theirs / ours:.0f} times"
        )


def peer_run(python, path):
    try:
        done = subprocess.run(
            [python, ROOT / "tests" / "benchmarks" / "red_dwarf.py", path],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        print(f"red-dwarf takes more than {PATIENCE} s")
        return None
    if done.returncode:
        print(f"red-dwarf fails: {done.stderr.strip()[-300:]}")
        return None
    return json.loads(done.stdout.splitlines()[-1])


def measured(kind, data):
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.bench_map", "--work", kind, data],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout)


def ready(name):
    """Whether the data is there, making it where it can be made."""
    from tests.opinion_map.maths.conversations import DATA

    if name == "vtaiwan":
        if (DATA / "vtaiwan.uberx").is_dir():
            return True
        print(f"NO REAL DATA: {DATA}/vtaiwan.uberx is not there")
        return False
    path = KEPT / f"{name}.npz"
    if path.exists():
        return True
    if not (TOOLS / "generate_votes.py").exists():
        print(f"NO MADE-UP DATA: {TOOLS}/generate_votes.py is not there")
        return False
    KEPT.mkdir(parents=True, exist_ok=True)
    words = [str(one) for one in SIZES[name]]
    command = [sys.executable, TOOLS / "generate_votes.py", *words, path, "--seed", "1"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return True


def loaded(name):
    """Participants, statements and choices as indices, and the excluded statements."""
    if name != "vtaiwan":
        with np.load(KEPT / f"{name}.npz") as made:
            return made["pid"], made["tid"], made["vote"], ()
    from tests.opinion_map.maths.conversations import real

    votes = real("vtaiwan.uberx").votes
    kept = ~np.isin(votes.statements, list(votes.excluded))
    return votes.participants[kept], votes.statements[kept], votes.choices[kept], ()


def last_votes(name):
    """As `loaded`, for those who know no "last vote wins": one vote a pair, dense indices."""
    who, what, choices, _ = loaded(name)
    if name == "vtaiwan":
        pairs = np.stack([who, what], axis=1)[::-1]
        _, last = np.unique(pairs, axis=0, return_index=True)
        who, what, choices = (one[::-1][last] for one in (who, what, choices))
        who = np.unique(who, return_inverse=True)[1]
        what = np.unique(what, return_inverse=True)[1]
    return who, what, choices


def timed(work, votes):
    """Seconds of the work (the best of three where it is short), and this process's memory."""
    best, cpu, again = np.inf, np.inf, 3
    while again:
        started, spent = time.perf_counter(), time.process_time()
        work()
        best = min(best, time.perf_counter() - started)
        cpu = min(cpu, time.process_time() - spent)
        again = again - 1 if best < 1 else 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": best, "cpu": cpu, "gib": peak, "votes": votes}


def work_floor(name):
    from tests.benchmarks.floor import whole_map

    who, what, choices = last_votes(name)
    people, statements = int(who.max()) + 1, int(what.max()) + 1
    return timed(lambda: whole_map(who, what, choices, people, statements), len(who))


def whole(map_):
    """The map with what is only worked out when it is asked for."""
    return map_.posterior_positions, map_.posterior_covariances, map_.membership


def work_map(name, **parameters):
    from opinion_map.maths import Parameters, Votes, compute

    who, what, choices, _ = loaded(name)
    settings = Parameters(**parameters)
    return timed(lambda: whole(compute(Votes(who, what, choices), parameters=settings)), len(who))


def work_bootstrap(name):
    return work_map(name, bootstrap=50)


def work_warm(name, share=0.01):
    """One in a hundred votes is new; from these votes to the map, the worker has what it keeps."""
    from opinion_map.maths import Changes, Votes, Warm

    who, what, choices, _ = loaded(name)
    new = np.random.default_rng(1).random(len(who)) < share
    new[np.unique(who, return_index=True)[1]] = False
    warm = Warm(Votes(who[~new], what[~new], choices[~new]))
    warm.map()
    started = time.process_time()
    warm.prepare()
    prepared = time.process_time() - started
    changes = Changes(*(one[new] for one in (who, what, choices)))
    run = timed(lambda: whole(warm.after(changes).map()), len(who))
    return {**run, "prepared": prepared, "kept": warm.nbytes / 2**20}


def work_trickle(name):
    """One in ten thousand votes is new."""
    return work_warm(name, share=0.0001)


def work_chunks(name):
    """Made on the way: two blocs, 50 votes a person, 2,000 statements, one piece at a time."""
    from opinion_map.maths import Votes, json_pieces
    from opinion_map.maths.blocks import ScratchFile
    from opinion_map.maths.chunks import from_chunks
    from opinion_map.maths.pipeline import from_matrix

    making = {"seconds": 0.0, "cpu": 0.0}
    people, piece, each = int(float(name[:-1]) * 1_000_000), 1 << 16, 50

    def pieces():
        for low in range(0, people, piece):
            before, spent = time.perf_counter(), time.process_time()
            rng = np.random.default_rng(low)
            size = min(piece, people - low)
            # A different stride for each person: distinct statements without sorting.
            what = (rng.integers(0, 2000, (size, 1)) + 37 * np.arange(each)) % 2000
            bloc = np.where(rng.random((size, 1)) < 0.6, 1, -1)
            agrees = rng.random((size, each)) < 0.5 + 0.25 * bloc * np.where(what % 2, 1, -1)
            choices = np.where(rng.random((size, each)) < 0.15, 0, np.where(agrees, 1, -1))
            who = np.repeat(np.arange(low, low + size, dtype=np.int32), each)
            made = Votes(who, what.ravel().astype(np.int32), choices.ravel().astype(np.int8))
            del rng, what, bloc, agrees, choices, who
            making["seconds"] += time.perf_counter() - before
            making["cpu"] += time.process_time() - spent
            yield made

    started, spent = time.perf_counter(), time.process_time()
    KEPT.mkdir(parents=True, exist_ok=True)
    matrix = from_chunks(pieces(), statements=range(2000), scratch=ScratchFile(KEPT))
    map_ = from_matrix(matrix)
    done = time.perf_counter()
    result = {
        "seconds": done - started - making["seconds"],
        "cpu": time.process_time() - spent - making["cpu"],
        "votes": int(map_.seen.sum()),
        "bytes": sum(len(text) for text in json_pieces(map_)),
        "document": time.perf_counter() - done,
    }
    return {**result, "gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}


WORK = {
    "floor": work_floor,
    "map": work_map,
    "bootstrap": work_bootstrap,
    "warm": work_warm,
    "trickle": work_trickle,
    "chunks": work_chunks,
}

if __name__ == "__main__":
    main()
