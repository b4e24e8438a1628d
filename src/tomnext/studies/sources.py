"""Where a study reads from: the user's own store when one is named, else the embedded default."""

from collections.abc import Iterable, Mapping
from typing import Any

from tomnext.observations.embedded import open_embedded
from tomnext.observations.reading import Observations
from tomnext.observations.store import open_store
from tomnext.vocabulary.evidence import Evidence, Nature


def open_source(store: str | None = None) -> Observations:
    """The observations to answer from; StoreFailed when the named file is no store."""
    return open_embedded() if store is None else open_store(store)


def observed(row: Mapping[str, Any], unit: str) -> Evidence:
    """One row of a reading frame as a footnote, with the unit of its series."""
    return Evidence(
        id=row["series_id"],
        value=row["value"],
        unit=unit,
        nature=Nature(row["nature"]),
        source=row["source"],
        valid_from=row["observed_on"],
        known_at=row["available_at"],
    )


def kind_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """The nature of several readings together: simulated as soon as one is, else licensed as soon as one is."""
    natures = {row["nature"] for row in rows}
    order = (Nature.SIMULATED, Nature.ASSUMED, Nature.LICENSED, Nature.MEASURED)
    return next((nature.value for nature in order if nature.value in natures), Nature.MEASURED.value)
