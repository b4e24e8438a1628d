"""Exchange stocks: what can still be taken, what is already booked to leave, how long it lasts, and for whom it is fit.

Closing stock is on-warrant plus cancelled, by definition (convention 4); where the published total says otherwise the
gap is shown, not hidden. A cancelled warrant is metal somebody has asked to take away: in the building, but not for
sale.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from tomnext.facts.kinds.metal import MetalForm

YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class WarrantStock:
    """LME stock of one metal at one count, in tonnes; ``derived`` names what was worked out from the other two."""

    on_warrant_t: float
    cancelled_t: float
    published_total_t: float | None = None
    derived: tuple[str, ...] = ()

    @property
    def closing_stock_t(self) -> float:
        """On-warrant plus cancelled, in tonnes (convention 4)."""
        return self.on_warrant_t + self.cancelled_t

    @property
    def cancelled_share(self) -> float | None:
        """Cancelled as a share (0–1) of closing stock; nothing when there is no stock."""
        return self.cancelled_t / self.closing_stock_t if self.closing_stock_t else None

    @property
    def identity_gap_t(self) -> float | None:
        """The published total less closing stock, in tonnes: zero when the report adds up."""
        return None if self.published_total_t is None else self.published_total_t - self.closing_stock_t


def warrant_stock(
    on_warrant_t: float | None = None, cancelled_t: float | None = None, total_t: float | None = None
) -> WarrantStock | None:
    """The stock in tonnes from any two of its three figures; nothing when fewer are known.

    >>> warrant_stock(on_warrant_t=20_000, total_t=180_000).cancelled_t
    160000
    """
    if on_warrant_t is not None and cancelled_t is not None:
        return WarrantStock(on_warrant_t, cancelled_t, total_t)
    if total_t is None:
        return None
    if on_warrant_t is not None:
        return WarrantStock(on_warrant_t, total_t - on_warrant_t, total_t, ("cancelled_t",))
    if cancelled_t is not None:
        return WarrantStock(total_t - cancelled_t, cancelled_t, total_t, ("on_warrant_t",))
    return None


def identity_gaps_t(
    total_t: NDArray[np.float64], on_warrant_t: NDArray[np.float64], cancelled_t: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The published total less on-warrant less cancelled for arrays of days, in tonnes; NaN where one is missing."""
    gaps: NDArray[np.float64] = total_t - on_warrant_t - cancelled_t
    return gaps


def days_of_cover(stock_t: float, usage_t_per_year: float) -> float:
    """How many days of the world's usage a stock in tonnes would last, at a year's usage spread over 365 days.

    >>> round(days_of_cover(150_000, 27_400_000), 3)
    1.998
    """
    return stock_t / usage_t_per_year * YEAR_DAYS


class Fitness(StrEnum):
    """What must be done to stored metal before a purpose can use it."""

    AS_IS = "as_is"
    BY_CASTING = "by_casting"
    BY_REFINING = "by_refining"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True, slots=True)
class Holding:
    """Tonnes available at one venue."""

    venue: str
    available_t: float


def fitness(venue: str, needed: MetalForm, forms: Iterable[MetalForm]) -> Fitness:
    """What metal taken from a venue must go through to become a needed form, judged by its worst accepted form.

    As it is when the needed form itself may be delivered there and nothing less pure; by casting (remelting into
    another shape) when every form there is at least as pure, in percent by mass; by refining when one is not.
    """
    there = [form for form in forms if venue in form.delivered_at and form.metal == needed.metal]
    if not there:
        return Fitness.NOT_KNOWN
    if min(form.min_purity_pct for form in there) < needed.min_purity_pct:
        return Fitness.BY_REFINING
    if all(form.shape == needed.shape for form in there) and venue in needed.delivered_at:
        return Fitness.AS_IS
    return Fitness.BY_CASTING


def usable_t(holdings: Iterable[Holding], needed: MetalForm, forms: Iterable[MetalForm]) -> dict[Fitness, float]:
    """Tonnes available for a needed form by what must be done to them first."""
    known, sums = tuple(forms), dict.fromkeys(Fitness, 0.0)
    for holding in holdings:
        sums[fitness(holding.venue, needed, known)] += holding.available_t
    return sums
