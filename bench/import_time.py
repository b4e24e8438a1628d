"""Importing tomnext beside importing numpy and polars, each in a fresh interpreter, in turn."""

import statistics
import subprocess
import sys
import time

HEAVY = ("statsmodels", "arch", "sklearn", "scipy", "numba", "altair", "highspy", "pandas", "matplotlib")


def main() -> None:
    """Gate: no heavy library is loaded. Ratio: at most 1.5 is the target."""
    probe = f"import sys, tomnext; print([m for m in {HEAVY!r} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout.strip()
    assert loaded == "[]", loaded
    ours, peers = [], []
    for _ in range(9):
        ours.append(_seconds("import tomnext.vocabulary.errors, tomnext.observations.reading"))
        peers.append(_seconds("import numpy, polars"))
    ratio = statistics.median(o / p for o, p in zip(ours, peers, strict=True))
    print(f"import {statistics.median(ours):.3f} s / numpy+polars {statistics.median(peers):.3f} s = {ratio:.2f}")


def _seconds(statement: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - started
