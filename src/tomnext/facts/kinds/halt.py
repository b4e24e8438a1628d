"""Days on which a metal could not be traded although the exchange was open."""

from datetime import date, timedelta

from tomnext.facts.kinds.base import DatedFact, Record, Words


class MarketHalt(Record):
    """A suspension of one metal on one venue, with the reason a reader is told."""

    venue: str
    metal: str
    reason: Words


class MarketHaltFact(DatedFact[MarketHalt], kind="market_halt"):
    """The suspensions of one metal on one venue; each span is the days without a price."""

    def days(self, known_on: date | None = None) -> set[date]:
        """Every halted day whose beginning and end were known on a day (default: with all hindsight)."""
        halted: set[date] = set()
        for one in self.spans:
            last = one.span.end_as_known(known_on) or known_on or one.in_force_from
            if known_on is None or (one.known_from or one.in_force_from) <= known_on:
                halted |= {one.in_force_from + timedelta(days=n) for n in range((last - one.in_force_from).days + 1)}
        return halted
