"""What a metal's numbers say together: one of a few plain states, by stated rules.

Three things strain when metal cannot be found: the price of having it now (the curve), the share of exchange stock
already booked to leave (cancelled warrants), and how little stock is free by its own past. Each is given no, some or
much strain by the thresholds below; a state is their sum. The rules are assumptions B1 to B4 of
``docs/explanation/assumptions.md``: chosen, not fitted, and the same for every metal.
"""

from dataclasses import dataclass
from enum import StrEnum


class Strain(StrEnum):
    """What is strained."""

    CURVE = "curve"
    CANCELLED = "cancelled"
    FREE_STOCK = "free_stock"


class State(StrEnum):
    """What the numbers say together."""

    HALTED = "halted"
    TIGHT = "tight"
    TIGHTENING = "tightening"
    COMFORTABLE = "comfortable"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where strain begins (some) and where it is much.

    Percentiles (0–100) are of the metal's own history up to the day; ``cancelled`` are shares (0–1) of closing stock.
    """

    curve_some_pct: float = 75.0
    curve_much_pct: float = 90.0
    cancelled_some_share: float = 0.30
    cancelled_much_share: float = 0.50
    free_some_pct: float = 25.0
    free_much_pct: float = 10.0
    tight_from: int = 4
    tightening_from: int = 2


THRESHOLDS = Thresholds()


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of one metal on one day; missing stays missing (convention 8).

    ``near_premium`` is what having metal now costs, positive when near is dearer: cash minus three-month in USD/t
    for a base metal, the lease rate in percent a year for a precious one. ``near_premium_pct`` is its percentile
    (0–100), ``cancelled_share`` 0–1, ``free_stock_pct`` the percentile (0–100) of the stock that can be taken.
    """

    near_premium: float | None = None
    near_premium_pct: float | None = None
    cancelled_share: float | None = None
    free_stock_pct: float | None = None
    is_halted: bool = False
    has_just_resumed: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """The state and how strained each known thing is (0 none, 1 some, 2 much)."""

    state: State
    strains: dict[Strain, int]

    @property
    def strained(self) -> tuple[Strain, ...]:
        """What is strained at all, the most strained first."""
        return tuple(sorted((one for one, points in self.strains.items() if points), key=lambda s: -self.strains[s]))


def reading(signals: Signals, thresholds: Thresholds = THRESHOLDS) -> Reading:
    """The state of one metal from its percentiles (0–100) and shares (0–1); assumptions B1–B4.

    A halted market is halted, whatever its last prices say; one that has just resumed may stand at its daily limits
    and is not known (assumption G10). With the curve alone known, much strain is *tightening*
    and anything less is *not known*: one witness does not prove tightness. Without the curve nothing is *tight*.

    >>> reading(Signals(1103.5, 100.0, 0.92, 0.0)).state
    <State.TIGHT: 'tight'>
    >>> reading(Signals(-30.0, 20.0, 0.05, 80.0)).state, reading(Signals(is_halted=True)).state
    (<State.COMFORTABLE: 'comfortable'>, <State.HALTED: 'halted'>)
    """
    strains = _strains(signals, thresholds)
    if signals.is_halted:
        return Reading(State.HALTED, strains)
    if signals.has_just_resumed:
        return Reading(State.NOT_KNOWN, strains)
    total = sum(strains.values())
    if len(strains) < 2:
        alone = strains.get(Strain.CURVE, 0) == 2
        return Reading(State.TIGHTENING if alone else State.NOT_KNOWN, strains)
    if total >= thresholds.tight_from and strains.get(Strain.CURVE, 0) > 0:
        return Reading(State.TIGHT, strains)
    return Reading(State.TIGHTENING if total >= thresholds.tightening_from else State.COMFORTABLE, strains)


def _strains(signals: Signals, limits: Thresholds) -> dict[Strain, int]:
    strains: dict[Strain, int] = {}
    if signals.near_premium is not None and signals.near_premium_pct is not None:
        points = _points(signals.near_premium_pct, limits.curve_some_pct, limits.curve_much_pct)
        strains[Strain.CURVE] = points if signals.near_premium > 0 else 0
    if signals.cancelled_share is not None:
        strains[Strain.CANCELLED] = _points(
            signals.cancelled_share, limits.cancelled_some_share, limits.cancelled_much_share
        )
    if signals.free_stock_pct is not None:
        strains[Strain.FREE_STOCK] = _points(-signals.free_stock_pct, -limits.free_some_pct, -limits.free_much_pct)
    return strains


def _points(value: float, some: float, much: float) -> int:
    return 2 if value >= much else 1 if value >= some else 0
