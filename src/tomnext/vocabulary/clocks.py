"""Two clocks: when a rule is in force, and when one could have known it.

A span is open on the right when ``in_force_to`` is empty; both ends are inclusive days. An end that was decreed
later than the beginning has its own ``end_known_from``: before that day the span looks open, as it did to a buyer
at the time (convention 6).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Status(StrEnum):
    """What a figure's standing is."""

    ENACTED = "enacted"
    PROPOSED = "proposed"
    SUSPENDED = "suspended"
    STRUCK_DOWN = "struck_down"
    EXPIRED = "expired"
    ASSUMED = "assumed"


IN_FORCE: frozenset[Status] = frozenset({Status.ENACTED, Status.STRUCK_DOWN, Status.EXPIRED, Status.ASSUMED})
"""Standings that bind on the days of their span (a rule struck down later was still charged until then)."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days in force (inclusive) and the days from which its beginning and its end could be known.

    >>> ruling = Span(date(2025, 8, 7), date(2026, 2, 23), date(2025, 7, 31), date(2026, 2, 20))
    >>> ruling.covers(date(2026, 3, 1), known_on=date(2026, 1, 15))  # the end was not yet known
    True
    >>> ruling.covers(date(2026, 3, 1), known_on=date(2026, 3, 1))
    False
    """

    in_force_from: date
    in_force_to: date | None = None
    known_from: date | None = None
    end_known_from: date | None = None

    def covers(self, on: date, known_on: date | None = None) -> bool:
        """Whether the span binds on a day, as far as one could know on ``known_on`` (default: with all hindsight)."""
        if known_on is not None and known_on < (self.known_from or self.in_force_from):
            return False
        return self.in_force_from <= on and (self.end_as_known(known_on) or on) >= on

    def end_as_known(self, known_on: date | None = None) -> date | None:
        """The last day in force as it was known on a day; empty when open or not yet known."""
        learnt = self.end_known_from
        if known_on is not None and learnt is not None and known_on < learnt:
            return None
        return self.in_force_to
