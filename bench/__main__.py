"""Run every benchmark of this folder, or those named on the command line."""

import sys
from importlib import import_module
from pathlib import Path

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))


def main() -> None:
    """Each module's ``main()`` checks its answer against the peer's, then prints the ratio of the timings."""
    wanted = sys.argv[1:] or NAMES
    for unknown in set(wanted) - set(NAMES):
        sys.exit(f"No benchmark named {unknown}; there are: {', '.join(NAMES)}")
    for name in wanted:
        print(f"\n== {name}", flush=True)
        import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
