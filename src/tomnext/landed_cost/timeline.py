"""What applied when: the spans of every measure on one line of goods, and the total they made from day to day."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tomnext.facts.kinds.base import DatedValue
from tomnext.facts.kinds.tariff import TariffMeasure
from tomnext.landed_cost.duty import Duty, Entry, case_of, duty
from tomnext.landed_cost.measures import TariffBook, turns
from tomnext.vocabulary.clocks import Status


@dataclass(frozen=True)
class Period:
    """Days (both included) on which the duty did not change; ``last`` is empty for the open end."""

    first: date
    last: date | None
    duty: Duty

    @property
    def total_rate_pct(self) -> float | None:
        """The total of these days in percent of the customs value; empty where it cannot be told."""
        return self.duty.total_rate_pct

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of the measures charged at more than nothing."""
        return tuple(line.measure.id for line in self.duty.lines if line.contribution_pct)


@dataclass(frozen=True)
class Timeline:
    """Every measure that names a line of goods and its origin, and the periods of one total (percent)."""

    entry: Entry
    measures: tuple[TariffMeasure, ...]
    periods: tuple[Period, ...]


def timeline(entry: Entry, book: TariffBook, since: date, until: date) -> Timeline:
    """The measures on an entry's goods and the total (percent of value) from ``since`` to ``until``, day-exact.

    The entry's own day is not used; its shares, weights and declarations hold for the whole line.
    """
    answers = case_of(entry, book).answers
    concerned = [
        one
        for one in book.concerned(entry.code, entry.origin)
        if book.origin(one, entry.origin) or (one.or_melted_in is not None and answers.get(one.or_melted_in))
    ]
    days = sorted({since, *(day for day in turns(concerned) if since < day <= until)})
    raw = [Period(day, None, duty(replace(entry, on=day), book)) for day in days]
    listed = sorted(concerned, key=lambda one: (book.began[one.programme], min(v.in_force_from for v in one.spans)))
    return Timeline(entry, tuple(listed), tuple(_merged(raw)))


def spans_in(measure: TariffMeasure, since: date, until: date) -> Iterator[DatedValue[float | str]]:
    """The dated values of a measure (in its unit) that touch a window of days and were not overtaken before they began.

    A rate that was announced and then put off never bound; it matters only when one asks what was known.
    """
    for value in measure.spans:
        touches = value.in_force_from <= until and (value.in_force_to is None or value.in_force_to >= since)
        if touches and measure.at(value.in_force_from, statuses=frozenset(Status)) is value:
            yield value


def _merged(raw: list[Period]) -> list[Period]:
    """Neighbouring days with the same charges as one period."""
    kept: list[Period] = []
    for one in raw:
        if kept and _same(kept[-1].duty, one.duty):
            continue
        if kept:
            kept[-1] = replace(kept[-1], last=one.first - timedelta(1))
        kept.append(one)
    return kept


def _same(one: Duty, other: Duty) -> bool:
    def charges(answer: Duty) -> list[tuple[str, float]]:
        return [(line.measure.id, round(line.contribution_pct, 9)) for line in answer.lines if line.contribution_pct]

    return charges(one) == charges(other) and bool(one.unknown) == bool(other.unknown)
