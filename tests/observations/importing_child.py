"""Run by the crash test in a process of its own: imports files one after another and says which are done."""

import sys
from pathlib import Path

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


def main(folder: Path, first: int, last: int) -> None:
    store = open_store(folder / "desk.sqlite", create=True)
    layout = parse_map(LAYOUT)
    print("ready", flush=True)  # noqa: T201
    for number in range(first, last):
        import_file(folder / f"{number}.csv", layout, store)
        print(number, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
