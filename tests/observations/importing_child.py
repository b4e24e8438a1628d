"""Run by the crash test in a process of its own: for each request it forks a worker that imports files one by one.

The libraries are loaded once; no thread is running when a worker is forked. A request is ``first last``; the answers
are ``pid N``, then each imported file's number as the worker acknowledges it, then ``ended``.
"""

import os
import sys
from pathlib import Path

from tomnext.observations.catalogue import catalogue
from tomnext.observations.importing.map import parse_map
from tomnext.observations.importing.run import import_file
from tomnext.observations.store import open_store

LAYOUT = {
    "source": "crash test",
    "date": {"column": "date"},
    "columns": {
        "cash": {"series": "lme.copper.price.cash", "unit": "usd_per_t", "scale_checked": False},
        "m3": {"series": "lme.copper.price.3m", "unit": "usd_per_t", "scale_checked": False},
    },
}


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def work(folder: Path, first: int, last: int) -> None:
    store = open_store(folder / "desk.sqlite", create=True)
    for number in range(first, last):
        import_file(folder / f"{number}.csv", parse_map(LAYOUT), store)
        say(number)


def main(folder: Path) -> None:
    catalogue()
    for request in sys.stdin:
        first, last = map(int, request.split())
        pid = os.fork()
        if pid == 0:
            work(folder, first, last)
            os._exit(0)
        say("pid", pid)
        os.waitpid(pid, 0)
        say("ended")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
