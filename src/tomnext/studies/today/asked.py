"""What a brief is asked: a source, a day, the facts; and the histories its sections share, each read once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tomnext.facts.load import Facts
from tomnext.market.prompts import LmeCalendar
from tomnext.observations.catalogue import catalogue
from tomnext.observations.reading import Observations
from tomnext.studies.prompts import lme_calendar
from tomnext.studies.sources import observed
from tomnext.studies.trading_days import halted_days, open_days_only
from tomnext.vocabulary.errors import ObservationMissing
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

FRESH_DAYS = {"daily": 10, "weekly": 21, "monthly": 75}
"""A figure older than this on the day asked is out of date and not shown as today's (assumption B6)."""


@dataclass(frozen=True)
class History:
    """One series up to the day asked: its days, its values in the catalogue's unit, and its last row."""

    series_id: str
    days: tuple[date, ...]
    values: NDArray[np.float64]
    last: dict[str, Any]

    @property
    def unit(self) -> str:
        """The unit of every value."""
        row = catalogue().get(self.series_id)
        return row.unit if row else ""

    @property
    def is_daily(self) -> bool:
        """Whether the series speaks every trading day."""
        return self._frequency == "daily"

    @property
    def _frequency(self) -> str:
        row = catalogue().get(self.series_id)
        return row.frequency if row else "daily"

    @property
    def nature(self) -> Nature:
        """How the last value came to be."""
        return Nature(self.last["nature"])

    @property
    def evidence(self) -> Evidence:
        """The last value as a footnote."""
        return observed(self.last, self.unit)

    def age_days(self, as_of: date) -> int:
        """Calendar days from the last observed day to the day asked."""
        return (as_of - self.days[-1]).days

    def is_fresh(self, as_of: date) -> bool:
        """Whether the last value may be shown as today's (assumption B6)."""
        return self.age_days(as_of) <= FRESH_DAYS.get(self._frequency, 10)

    def before(self, day: date) -> int | None:
        """The index of the last value on or before a day; nothing when there is none."""
        known = [at for at, one in enumerate(self.days) if one <= day]
        return known[-1] if known else None

    def since(self, day: date) -> "History":
        """The part of the history from a day on."""
        first = next((at for at, one in enumerate(self.days) if one >= day), len(self.days))
        return History(self.series_id, self.days[first:], self.values[first:], self.last)


@dataclass(frozen=True)
class Asked:
    """The day a brief is about and everything it may look at; nothing later than ``as_of`` is ever seen."""

    observations: Observations
    as_of: date
    facts: Facts
    store: str | None = None
    _found: dict[str, History | None] = field(default_factory=dict, repr=False)

    @cached_property
    def calendar(self) -> LmeCalendar:
        """The LME's calendar."""
        return lme_calendar(self.facts)

    @cached_property
    def held(self) -> frozenset[str]:
        """Every series the source holds."""
        return frozenset(self.observations.series_ids())

    @property
    def month_before(self) -> date:
        """The same day of the month before, or its last."""
        return month_before(self.as_of)

    def history(self, series_id: str) -> History | None:
        """One series without closed or halted days; nothing when the source holds none of it by the day asked."""
        if series_id not in self._found:
            self._found[series_id] = self._read(series_id)
        return self._found[series_id]

    def first_of(self, series_ids: Sequence[str], is_daily: bool | None = None) -> History | None:
        """The first of several series that is held and fresh, measured or licensed ones before simulated."""
        found = [one for id in series_ids if (one := self.history(id)) and one.is_fresh(self.as_of)]
        wanted = [one for one in found if is_daily is None or one.is_daily is is_daily]
        return min(wanted, key=lambda one: one.nature is Nature.SIMULATED, default=None)

    def _read(self, series_id: str) -> History | None:
        if series_id not in self.held:
            return None
        readings = self.observations.read([series_id], self.as_of).drop_nulls("value").sort("observed_on")
        if series_id.startswith("lme."):
            readings = open_days_only(readings, self.calendar)
            if ".price." in series_id:
                halted = halted_days(Metal(series_id.split(".")[1]), self.facts, self.as_of)
                readings = readings.filter(~pl.col("observed_on").is_in(sorted(halted)))
        if readings.is_empty():
            return None
        values = readings["value"].to_numpy().astype(np.float64)
        return History(series_id, tuple(readings["observed_on"].to_list()), values, readings.row(-1, named=True))


def last_known_day(observations: Observations) -> date:
    """What *today* means to a source: the last day on which at least half of its metals still had a fresh price.

    A metal's price is its daily one where that is real, else the monthly average. So a store whose base metals end
    earlier than its gold answers for the day they all knew. Raises ObservationMissing for a source without prices.
    """
    ends = sorted(end for metal in Metal if (end := _last_available(observations, metal)) is not None)
    if not ends:
        raise ObservationMissing(
            Text("This store holds no metal price.", "這個資料庫沒有任何金屬價格。"),
            expected="lme.*.price.cash, lbma.*.price, comex.*.price.front, worldbank.*.price",
            fix=Text("Import a history with: tomnext import", "請先以 tomnext import 匯入歷史資料"),
        )
    slack = timedelta(days=FRESH_DAYS["daily"])
    return max(day for day in ends if 2 * sum(end >= day - slack for end in ends) >= len(ends))


def price_ids(metal: Metal) -> tuple[list[str], str]:
    """The daily price series of a metal, the preferred first, and the monthly one that stands in for them."""
    name = metal.value
    daily = [f"lbma.{name}.price", f"comex.{name}.price.front"] if metal.is_precious else [f"lme.{name}.price.cash"]
    return daily, f"worldbank.{name}.price"


def _last_available(observations: Observations, metal: Metal) -> date | None:
    daily, monthly = price_ids(metal)
    read = observations.read([*daily, monthly]).drop_nulls("value")
    real = read.filter(pl.col("series_id").is_in(daily), pl.col("nature") != Nature.SIMULATED.value)
    standing_in = read.filter(pl.col("series_id") == monthly)
    chosen = next((one for one in (real, standing_in, read) if not one.is_empty()), None)
    return None if chosen is None else cast(datetime, chosen["available_at"].max()).astimezone(UTC).date()


def years_before(day: date, years: int) -> date:
    """The same day some years before; 28 February for the 29th.

    >>> years_before(date(2024, 2, 29), 3)
    datetime.date(2021, 2, 28)
    """
    return day.replace(year=day.year - years, day=28 if (day.month, day.day) == (2, 29) else day.day)


def month_before(day: date) -> date:
    """The same day of the month before, or that month's last day.

    >>> month_before(date(2024, 3, 31))
    datetime.date(2024, 2, 29)
    """
    first = day.replace(day=1)
    last = first - timedelta(days=1)
    return last.replace(day=min(day.day, last.day))
