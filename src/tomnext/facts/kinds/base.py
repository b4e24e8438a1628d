"""What every fact states: a title in two languages, dated values with their source, and how sure we are.

A fact file is a header and a list of spans::

    kind: number
    title: {en: Rent cap in load-out queues, zh-TW: 排隊提貨期間的租金上限}
    unit: days
    spans:
      - in_force_from: 2020-11-01
        known_from: 2019-11-01
        value: 80
        source: Reuters 2019-11-01, LME to allow 80-day warehouse queues
        confidence: high

A new kind is a pydantic model for ``value`` registered by subclassing :class:`DatedFact`.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from tomnext.vocabulary.clocks import IN_FORCE, Span, Status
from tomnext.vocabulary.errors import FactConflict, FactMissing
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.words import Text


class Confidence(StrEnum):
    """high: primary or two agreeing sources; medium: one decent secondary; low: weak or derived; recall: unseen."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    RECALL = "recall"


class Record(BaseModel):
    """A frozen record that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _text(raw: object) -> object:
    return Text(raw["en"], raw["zh-TW"]) if isinstance(raw, dict) and set(raw) == {"en", "zh-TW"} else raw


Words = Annotated[Text, BeforeValidator(_text)]
"""A ``{en: ..., zh-TW: ...}`` mapping in a fact file."""


class Cited(Record):
    """A statement with where it stands in print and how sure we are of it."""

    source: str = Field(min_length=3)
    locator: str | None = None
    confidence: Confidence

    @property
    def is_assumed(self) -> bool:
        """Whether a reader must be told that this was not read in a decent source."""
        return self.confidence in (Confidence.LOW, Confidence.RECALL)


V = TypeVar("V")


class DatedValue(Cited, Generic[V]):
    """One value and the days for which it holds, on both clocks."""

    value: V
    in_force_from: date
    in_force_to: date | None = None
    known_from: date | None = None
    end_known_from: date | None = None
    status: Status = Status.ENACTED
    note: str | None = None

    @property
    def span(self) -> Span:
        """The days of this value as a :class:`~tomnext.vocabulary.clocks.Span`."""
        return Span(self.in_force_from, self.in_force_to, self.known_from, self.end_known_from)

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.in_force_to is not None and self.in_force_to < self.in_force_from:
            raise ValueError(f"in_force_to {self.in_force_to} is before in_force_from {self.in_force_from}")
        return self


class DatedFact(Record, Generic[V]):
    """A named figure through time; subclasses fix what its value is and register their ``kind``."""

    kinds: ClassVar[dict[str, type["DatedFact[Any]"]]] = {}

    id: str
    kind: str
    title: Words
    unit: str | None = None
    note: str | None = None
    spans: tuple[DatedValue[V], ...] = Field(min_length=1)

    def __init_subclass__(cls, kind: str | None = None, **rest: Any) -> None:
        super().__init_subclass__(**rest)
        if kind is not None:
            DatedFact.kinds[kind] = cls

    def at(self, on: date, known_on: date | None = None, statuses: frozenset[Status] = IN_FORCE) -> DatedValue[V]:
        """The value in force on a day, as known on a day.

        Of several spans that bind, the one announced last supersedes. Raises FactMissing naming the nearest span
        when none binds, FactConflict when two announced the same day claim it.
        """
        binding = [span for span in self.spans if span.status in statuses and span.span.covers(on, known_on)]
        if not binding:
            raise self._missing(on, known_on, statuses)
        binding.sort(key=lambda one: one.known_from or one.in_force_from)
        if len(binding) > 1 and _announced(binding[-1]) == _announced(binding[-2]):
            raise FactConflict(
                Text("Two values of {id} claim {on}.", "{id} 在 {on} 有兩個值同時主張有效。").format(id=self.id, on=on),
                received=f"{binding[-2].value!r} / {binding[-1].value!r}",
                fix=Text(
                    "Give the spans different known_from dates, or end one.",
                    "請讓兩段的 known_from 不同，或結束其中一段。",
                ),
            )
        return binding[-1]

    def has(self, on: date, known_on: date | None = None, statuses: frozenset[Status] = IN_FORCE) -> bool:
        """Whether any value binds on a day, as known on a day."""
        return any(span.status in statuses and span.span.covers(on, known_on) for span in self.spans)

    def evidence(self, value: DatedValue[V]) -> Evidence:
        """One of this fact's values as a footnote."""
        shown = value.value if isinstance(value.value, int | float | str) else None
        return Evidence(
            id=self.id,
            value=shown,
            unit=self.unit,
            nature=Nature.ASSUMED if value.is_assumed or value.status is Status.ASSUMED else Nature.DECREED,
            source=value.source if value.locator is None else f"{value.source}, {value.locator}",
            valid_from=value.in_force_from,
            valid_to=value.in_force_to,
            known_at=value.known_from or value.in_force_from,
            confidence=value.confidence.value,
        )

    def _missing(self, on: date, known_on: date | None, statuses: frozenset[Status]) -> FactMissing:
        nearest = min(self.spans, key=lambda one: _days_away(one, on))
        return FactMissing(
            Text("No value of {id} is in force on {on}.", "{id} 在 {on} 沒有生效的值。").format(id=self.id, on=on),
            received=f"on {on}" + (f", known on {known_on}" if known_on else ""),
            expected=", ".join(sorted(statuses)),
            nearest=[
                f"{nearest.in_force_from} – {nearest.in_force_to or '…'} "
                f"({nearest.status}, known {nearest.known_from or nearest.in_force_from})"
            ],
        )


def _announced(value: DatedValue[Any]) -> date:
    return value.known_from or value.in_force_from


def _days_away(value: DatedValue[Any], on: date) -> int:
    if on < value.in_force_from:
        return (value.in_force_from - on).days
    return (on - value.in_force_to).days if value.in_force_to and on > value.in_force_to else 0


class NumberFact(DatedFact[float], kind="number"):
    """A single figure with a unit."""


class TextFact(DatedFact[str], kind="text"):
    """A decreed statement that is not a number."""


class Row(Cited):
    """One row of a table; subclasses name the columns with their units and register a row kind."""

    rows: ClassVar[dict[str, type["Row"]]] = {}

    def __init_subclass__(cls, row: str | None = None, **rest: Any) -> None:
        super().__init_subclass__(**rest)
        if row is not None:
            Row.rows[row] = cls


R = TypeVar("R", bound=Row)


class Table(Record, Generic[R]):
    """A published table: the header of ``name.yaml`` and the rows of ``name.csv`` beside it."""

    id: str
    kind: str
    row: str
    title: Words
    note: str | None = None
    source: str | None = None
    rows: tuple[R, ...]

    def __iter__(self) -> Iterator[R]:  # type: ignore[override]
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)
