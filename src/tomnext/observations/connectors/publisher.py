"""What every connector tells of its publisher, and what it makes of a payload."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from tomnext.observations.importing.payload import FileBytes
from tomnext.observations.reading import Observations
from tomnext.vocabulary.errors import SourceFormatError
from tomnext.vocabulary.words import Text

COLLECTED_SCHEMA = pl.Schema(
    {
        "series_id": pl.String(),
        "observed_on": pl.Date(),
        "value": pl.Float64(),
        "available_at": pl.Datetime("us", "UTC"),
    }
)
"""What a payload says, in the catalogue's units; a null ``available_at`` means the catalogue's publication lag."""


@dataclass(frozen=True)
class Collected:
    """The readings of one payload, and when it says it was published (nothing when it does not say)."""

    readings: pl.DataFrame
    said_at: datetime | None = None


Reader = Callable[[FileBytes, Observations], Collected]
"""Reads a payload; the observations already held let it tell a flow from a change of coverage (convention 5)."""


@dataclass(frozen=True)
class Publisher:
    """A publisher: its name in commands, its pages, its terms, and how to read what it sends.

    ``restricted`` publishers allow own use only: a download needs the user's explicit word.
    """

    name: str
    title: Text
    source: str
    addresses: tuple[str, ...]
    hosts: frozenset[str]
    restricted: bool
    terms: Text
    read: Reader


def collected(rows: list[tuple[str, date, float, datetime | None]]) -> pl.DataFrame:
    """Rows of (series, day, value in the catalogue's unit, available_at or nothing) as a COLLECTED_SCHEMA frame."""
    return pl.DataFrame(rows, schema=COLLECTED_SCHEMA, orient="row")


def unlike_its_layout(payload: FileBytes, received: object, expected: str) -> SourceFormatError:
    """The error for a payload that is not laid out as its publisher's payloads are."""
    return SourceFormatError(
        Text("{file} is not laid out as this publisher's files are.", "{file} 的版面與此機構的檔案不同。").format(
            file=payload.name
        ),
        received=received,
        expected=expected,
        fix=Text(
            "The layout may have changed: import it through a map meanwhile.", "版面可能已變更：可先以對應檔匯入。"
        ),
    )
