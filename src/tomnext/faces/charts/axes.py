"""Round tick values, page geometry, and the thinning of long lines: the arithmetic a chart needs before it is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import ceil, floor, log10

MOST_POINTS = 700
"""More points than this a line of a printed page cannot show."""


@dataclass(frozen=True, slots=True)
class Size:
    """Outer width and height of one plot in CSS pixels, with room on the right for direct labels."""

    width: int
    height: int
    right: int
    font: float = 12.0
    left: int = 0

    @property
    def inner_width(self) -> int:
        """Width between the margins."""
        return self.width - self.left - self.right

    def with_left(self, labels: Sequence[str]) -> "Size":
        """The size with a left margin that holds the widest tick label, and no less than it had."""
        widest = max((text_width(label, self.font) for label in labels), default=0.0)
        return Size(self.width, self.height, self.right, self.font, max(self.left, ceil(widest) + 10))


def text_width(text: str, font: float) -> float:
    """Estimated width of a text in pixels: a full-width character is as wide as the font is high."""
    return sum(font if ord(char) > 0x2E7F else font * 0.56 for char in text)


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """At most ``most`` + 1 round values (1, 2, 2.5 or 5 times a power of ten) spanning low to high.

    >>> ticks(8700, 10650)
    [8500.0, 9000.0, 9500.0, 10000.0, 10500.0, 11000.0]
    """
    span = (high - low) or abs(high) or 1.0
    power = 10.0 ** floor(log10(span / most))
    step = next(power * one for one in (1, 2, 2.5, 5, 10, 20) if span / (power * one) <= most)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(index * step, 10) for index in range(first, last + 1)]


def tick_decimals(values: Sequence[float]) -> int:
    """Decimals that tell neighbouring ticks apart.

    >>> tick_decimals([0.0, 2.5, 5.0]), tick_decimals([0.0, 100.0])
    (1, 0)
    """
    step = min((b - a for a, b in pairwise(values)), default=1.0)
    return next(places for places in range(8) if abs(round(step, places) - step) < 1e-9 * max(step, 1e-9))


def day_ticks(first: date, last: date, most: int) -> tuple[list[date], str]:
    """Round days for a time axis and the format they are written in: years, or months of a short span."""
    years = (last - first).days / 365.25
    step = next((one for one in (1, 2, 5, 10, 20, 50) if years / one <= most), 100)
    if years > 2.5:
        starts = range(first.year - first.year % step, last.year + 1, step)
        return [day for year in starts if first <= (day := date(year, 1, 1)) <= last], "%Y"
    months = next((one for one in (1, 2, 3, 6, 12) if years * 12 / one <= most), 12)
    firsts = (date(y, m, 1) for y in range(first.year, last.year + 1) for m in range(1, 13, months))
    return [day for day in firsts if first <= day <= last], "%Y-%m"


def thinned(values: Sequence[float | None], most: int = MOST_POINTS) -> list[int]:
    """Indices that keep a long line's shape: the first, last, lowest and highest of each of ``most`` / 4 stretches.

    >>> thinned([1.0, 2.0, 3.0])
    [0, 1, 2]
    """
    if len(values) <= most:
        return list(range(len(values)))
    stretch = ceil(len(values) / (most // 4))
    kept: set[int] = set()
    for start in range(0, len(values), stretch):
        part = range(start, min(start + stretch, len(values)))
        known = [index for index in part if values[index] is not None]
        gaps = [index for index in part if values[index] is None]
        kept |= {part[0], part[-1], *gaps[:1], *gaps[-1:]}
        if known:
            kept |= {min(known, key=lambda i: values[i] or 0.0), max(known, key=lambda i: values[i] or 0.0)}
    return sorted(kept)


def spread_apart(positions: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Middles of labels moved as little as keeps labels of those heights apart and inside low to high.

    >>> spread_apart([10.0, 12.0], [10.0, 10.0], 0.0, 100.0)
    [6.0, 16.0]
    """
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    placed = [positions[index] for index in order]
    half = [heights[index] / 2 for index in order]
    for _ in range(80):
        for at in range(len(placed) - 1):
            short = half[at] + half[at + 1] - (placed[at + 1] - placed[at])
            if short > 1e-6:
                placed[at] -= short / 2
                placed[at + 1] += short / 2
        placed = [min(max(y, low + h), high - h) for y, h in zip(placed, half, strict=True)]
    back = [0.0] * len(placed)
    for rank, index in enumerate(order):
        back[index] = placed[rank]
    return back
