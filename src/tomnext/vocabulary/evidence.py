"""What a printed number rests on."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum


class Nature(StrEnum):
    """How a number came to be; shown beside it wherever it is printed."""

    MEASURED = "measured"
    LICENSED = "licensed"
    SIMULATED = "simulated"
    ASSUMED = "assumed"
    DECREED = "decreed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact or observation behind a result, ready to be printed as a footnote.

    ``valid_from`` is ``in_force_from`` for a fact and ``observed_on`` for an observation; ``known_at`` is
    ``known_from`` or ``available_at`` (convention 6).
    """

    id: str
    value: float | str | None
    unit: str | None
    nature: Nature
    source: str
    valid_from: date | None = None
    valid_to: date | None = None
    known_at: date | datetime | None = None
    confidence: str | None = None

    def record(self) -> dict[str, object]:
        """The evidence as a JSON-ready record with ISO dates."""
        raw = asdict(self)
        return {key: value.isoformat() if isinstance(value, date) else value for key, value in raw.items()}
