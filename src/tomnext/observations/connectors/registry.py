"""The one place that knows every connector, and what it takes to file a payload or to download one."""

from collections.abc import Iterator
from difflib import get_close_matches
from importlib import import_module

import polars as pl

from tomnext.observations.catalogue import publication_time, series_named
from tomnext.observations.connectors.publisher import Publisher
from tomnext.observations.importing.payload import FileBytes
from tomnext.observations.store import Payload, SqliteStore, Tally
from tomnext.vocabulary.errors import InputRejected, SourceFormatError
from tomnext.vocabulary.words import Text

_MODULES = {
    "cme-stocks": "cme_stocks",
    "world-bank": "world_bank",
    "cftc": "cftc",
    "fred": "fred",
    "westmetall": "westmetall",
    "taiwan-customs": "taiwan_customs",
    "cbam": "cbam",
}


def publishers() -> Iterator[Publisher]:
    """Every publisher in the order of the list."""
    return (publisher_named(name) for name in _MODULES)


def publisher_named(name: str) -> Publisher:
    """One publisher; InputRejected names the nearest."""
    if name not in _MODULES:
        raise InputRejected(
            Text("There is no connector of this name.", "沒有這個名稱的資料來源。"),
            received=name,
            expected=", ".join(_MODULES),
            nearest=get_close_matches(name, _MODULES),
        )
    module = import_module(f"tomnext.observations.connectors.{_MODULES[name]}")
    publisher: Publisher = module.PUBLISHER
    return publisher


def file_payload(publisher: Publisher, payload: FileBytes, store: SqliteStore) -> Tally:
    """Read a publisher's payload and file it in one transaction; the same payload again changes nothing."""
    map_sha256 = f"connector {publisher.name}"
    found = publisher.read(payload, store)
    if found.readings.is_empty():
        what = Text("{file} holds no figure of a known series.", "{file} 沒有任何已知序列的數值。")
        raise SourceFormatError(what.format(file=payload.name))
    if store.has_payload(payload.sha256, map_sha256):
        return Tally(0, found.readings.height, 0)
    origin = Payload(publisher.source, payload.name, payload.sha256, map_sha256, found.readings.height)
    return store.append(_published(found.readings), origin, found.said_at)


def _published(readings: pl.DataFrame) -> pl.DataFrame:
    """Readings with their nature, and with the catalogue's lag where the payload states no instant."""
    parts = []
    for (series_id,), part in readings.group_by("series_id", maintain_order=True):
        row = series_named(str(series_id))
        lagged = publication_time(pl.col("observed_on"), row)
        parts.append(
            part.with_columns(available_at=pl.coalesce("available_at", lagged), nature=pl.lit(row.nature.value))
        )
    return pl.concat(parts)
