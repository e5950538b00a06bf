"""How fast the opinion map is, beside a plain sparse floor, in one run on one machine.

    python -m tests.benchmarks.bench_map            vTaiwan, 10 k, 100 k
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
    "100k": (100_000, 1_000, 5_000_000),
    "1M": (1_000_000, 2_000, 40_000_000),
}
ROUNDS = {"vtaiwan": 7, "10k": 7, "100k": 5, "1M": 3}
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
    names = ["vtaiwan", "10k", "100k", *(["1M"] if options.all or options.huge else [])]
    whole_maps(names)
    print()
    for kind, data in (("bootstrap", "vtaiwan"), ("warm", "100k")):
        side_by_side(kind, data, "map")
    print()
    routing()
    if options.huge:
        print()
        huge()
    if options.peer:
        print()
        peer("vtaiwan")


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
        points.append((runs["map"][0]["votes"], ours["cpu"]))
        print(
            f"{name:<9}{floor['seconds']:>8.3f}s{ours['seconds']:>8.3f}s"
            f"{ours['seconds'] / floor['seconds']:>7.2f}{floor['cpu']:>10.3f}s{ours['cpu']:>9.3f}s"
            f"{ours['cpu'] / floor['cpu']:>7.2f}{memory[0]:>11.2f}{memory[1]:>10.2f}",
            flush=True,
        )
    if len(points) > 2:
        logs = np.log(np.array(points[-2:]))
        slope = np.polyfit(logs[:, 0], logs[:, 1], 1)[0]
        print(f"slope of log processor seconds over log votes, last two: {slope:.2f}")


def side_by_side(kind, data, against):
    """One figure as a multiple of a whole map of the same data."""
    if not ready(data):
        return
    rounds = [(measured(kind, data), measured(against, data)) for _ in range(3)]
    for key, what in (("seconds", "on the clock"), ("cpu", "of processor")):
        ours, whole = (statistics.median(run[at][key] for run in rounds) for at in (0, 1))
        print(f"{kind} on {data}: {ours:.3f} s {what}, {ours / whole:.2f} of a map ({whole:.3f} s)")


def routing():
    from tests.benchmarks.routing import compare

    print("routing, mean of 4 simulated conversations of 300 people and 60 statements")
    for (votes, name), row in compare().items():
        print(f"{votes:>3} votes {name:<8}", *(f"{key} {value:.3f}" for key, value in row.items()))


def huge():
    run = measured("chunks", "8M")
    print(
        f"8 M participants, {run['votes'] / 1e6:.0f} M votes in chunks: "
        f"{run['seconds']:.0f} s, {run['gib']:.2f} GiB"
    )
    part = measured("chunks", "2M")
    print(
        f"2 M participants, {part['votes'] / 1e6:.0f} M votes: {part['seconds']:.0f} s; "
        f"seconds grow {run['seconds'] / part['seconds']:.2f} times, votes 4 times"
    )


def peer(data):
    """red-dwarf in an environment of its own; says so where it cannot be had."""
    home = KEPT / "red-dwarf"
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        done = subprocess.run([python, "-m", "pip", "install", "-q", "red-dwarf==0.4.0"])
        if done.returncode:
            print("red-dwarf cannot be installed here: no figure of the peer")
            return
    ready(data)
    who, what, choices, _ = loaded(data)
    np.savez(KEPT / "peer.npz", pid=who, tid=what, vote=choices)
    script = (
        "import sys, time, numpy as np\n"
        "from reddwarf.implementations.polis import run_pipeline\n"
        "z = np.load(sys.argv[1])\n"
        "rows = [{'participant_id': int(p), 'statement_id': int(t), 'vote': int(v)}"
        " for p, t, v in zip(z['pid'], z['tid'], z['vote'])]\n"
        "start = time.perf_counter(); run_pipeline(votes=rows)\n"
        "print(time.perf_counter() - start)\n"
    )
    done = subprocess.run([python, "-c", script, KEPT / "peer.npz"], capture_output=True, text=True)
    print(f"red-dwarf on {data}: {done.stdout.strip() or done.stderr.strip()[-200:]} s")


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

    who, what, choices, _ = loaded(name)
    if name == "vtaiwan":
        # The floor has no "last vote wins": give it last votes and dense ids.
        pairs = np.stack([who, what], axis=1)[::-1]
        _, last = np.unique(pairs, axis=0, return_index=True)
        who, what, choices = (one[::-1][last] for one in (who, what, choices))
        who = np.unique(who, return_inverse=True)[1]
        what = np.unique(what, return_inverse=True)[1]
    people, statements = int(who.max()) + 1, int(what.max()) + 1
    return timed(lambda: whole_map(who, what, choices, people, statements), len(who))


def work_map(name, **parameters):
    from opinion_map.maths import Parameters, Votes, compute

    who, what, choices, _ = loaded(name)
    settings = Parameters(**parameters)
    return timed(lambda: compute(Votes(who, what, choices), parameters=settings), len(who))


def work_bootstrap(name):
    return work_map(name, bootstrap=50)


def work_warm(name):
    """One in a hundred votes is new; the worker has the matrix and the components of before."""
    from opinion_map.maths import Votes
    from opinion_map.maths.chunks import updated
    from opinion_map.maths.pipeline import from_matrix
    from opinion_map.maths.vote_matrix import build

    who, what, choices, _ = loaded(name)
    new = np.random.default_rng(1).random(len(who)) < 0.01
    new[np.unique(who, return_index=True)[1]] = False
    before = build(Votes(who[~new], what[~new], choices[~new]))
    start = from_matrix(before).components
    more = Votes(who[new], what[new], choices[new])
    return timed(lambda: from_matrix(updated(before, more), start=start), len(who))


def work_chunks(name):
    """Made on the way: two blocs, 50 votes a person, 2,000 statements, one piece at a time."""
    from opinion_map.maths import Votes
    from opinion_map.maths.chunks import from_chunks
    from opinion_map.maths.pipeline import from_matrix

    people, piece, each = int(name[:-1]) * 1_000_000, 1 << 16, 50

    def pieces():
        for low in range(0, people, piece):
            rng = np.random.default_rng(low)
            size = min(piece, people - low)
            # A different stride for each person: distinct statements without sorting.
            what = (rng.integers(0, 2000, (size, 1)) + 37 * np.arange(each)) % 2000
            bloc = np.where(rng.random((size, 1)) < 0.6, 1, -1)
            agrees = rng.random((size, each)) < 0.5 + 0.25 * bloc * np.where(what % 2, 1, -1)
            choices = np.where(rng.random((size, each)) < 0.15, 0, np.where(agrees, 1, -1))
            who = np.repeat(np.arange(low, low + size, dtype=np.int32), each)
            yield Votes(who, what.ravel().astype(np.int32), choices.ravel().astype(np.int8))

    started = time.perf_counter()
    map_ = from_matrix(from_chunks(pieces(), statements=range(2000)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": time.perf_counter() - started, "gib": peak, "votes": int(map_.seen.sum())}


WORK = {
    "floor": work_floor,
    "map": work_map,
    "bootstrap": work_bootstrap,
    "warm": work_warm,
    "chunks": work_chunks,
}

if __name__ == "__main__":
    main()
