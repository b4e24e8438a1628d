"""How do I get my own data in? A file, a map, a store; a report of what came of it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from tomnext.observations.importing.map import read_map
from tomnext.observations.importing.run import ImportReport, import_file
from tomnext.observations.reading import end_of_day
from tomnext.observations.store import open_store


def import_observations(
    file: str,
    map_file: str,
    store: str,
    published: date | None = None,
    progress: Callable[[float], None] | None = None,
) -> ImportReport:
    """Import one file through its map into a store, which is created when it is missing.

    ``published`` is the day on which the file came out: its corrections of earlier figures hold from the end of that
    day in UTC (convention 11); without it they hold from now.
    """
    layout = read_map(Path(map_file))
    return import_file(Path(file), layout, open_store(store, create=True), end_of_day(published), progress)
