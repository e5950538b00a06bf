"""The peer: red-dwarf's whole pipeline on votes from a file, timed; run by its own Python.

    python red_dwarf.py VOTES.npz

Its input is a list of dictionaries; making that is not timed, but counts in memory.
"""

import json
import resource
import sys
import time
from importlib.metadata import version

import numpy as np
from reddwarf.implementations.polis import run_pipeline


def main(path):
    with np.load(path) as votes:
        columns = [votes[name].tolist() for name in ("who", "what", "choice")]
    rows = [
        {"participant_id": who, "statement_id": what, "vote": choice}
        for who, what, choice in zip(*columns, strict=True)
    ]
    started, spent = time.perf_counter(), time.process_time()
    found = run_pipeline(votes=rows)
    seconds, cpu = time.perf_counter() - started, time.process_time() - spent
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    groups = int(found.participants_df["cluster_id"].dropna().nunique())
    result = {"seconds": seconds, "cpu": cpu, "gib": peak, "groups": groups}
    print(json.dumps({**result, "version": version("red-dwarf")}))


if __name__ == "__main__":
    main(sys.argv[1])
