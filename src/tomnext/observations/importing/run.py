"""``import_file``: a file through a map into a store, all of it or nothing, with every refused row told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tomnext.observations.catalogue import series_named
from tomnext.observations.importing.interpret import Interpreter, Rejected
from tomnext.observations.importing.map import ImportMap
from tomnext.observations.importing.payload import read_bytes
from tomnext.observations.importing.rows import read_rows
from tomnext.observations.store import Payload, SqliteStore, Tally
from tomnext.vocabulary.units import factor

Progress = Callable[[float], None]
"""Told the share of the file read so far, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What one import did. Rows are rows of the file, readings are one value of one series on one day."""

    file: str
    source: str
    rows_read: int
    added: int
    unchanged: int
    revised: int
    rejected: tuple[Rejected, ...]
    rows_filtered: int
    holiday_repeats: int
    series: tuple[str, ...]
    already_imported: bool


def import_file(
    path: Path,
    layout: ImportMap,
    store: SqliteStore,
    published_at: datetime | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Import one CSV file or workbook into a store through its map, in one transaction.

    Rows with a bad cell are refused whole and reported; the rest is filed. Nothing is filed when more than
    ``rejected_share`` of the rows is bad, when one day has two values, or when a unit cannot be right.
    ``published_at`` is when the file came out (default: now): corrections of earlier figures hold from then.
    The same bytes through the same map again change nothing.
    """
    payload = read_bytes(path)
    _refuse_unknown_targets(layout)
    reading = Interpreter(payload.name, layout)
    for block in read_rows(payload, layout):
        reading.take(block)
        if progress is not None:
            progress(block.done)
    readings, repeats = reading.result()
    known = store.has_payload(payload.sha256, layout.sha256)
    if known:
        tally = Tally(0, readings.height, 0)
    else:
        origin = Payload(layout.source, payload.name, payload.sha256, layout.sha256, reading.rows_read)
        tally = store.append(readings, origin, published_at)
    return ImportReport(
        file=payload.name,
        source=layout.source,
        rows_read=reading.rows_read,
        added=tally.added,
        unchanged=tally.unchanged,
        revised=tally.revised,
        rejected=tuple(sorted(reading.rejected, key=lambda one: (one.line, one.column))),
        rows_filtered=reading.rows_filtered,
        holiday_repeats=repeats,
        series=tuple(readings["series_id"].unique().sort()),
        already_imported=known,
    )


def _refuse_unknown_targets(layout: ImportMap) -> None:
    """Fail before any row is read when a series is unknown or its unit cannot become the catalogue's."""
    for target in layout.targets.values():
        factor(target.unit, series_named(target.series).unit)
