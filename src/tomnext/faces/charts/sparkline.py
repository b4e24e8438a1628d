"""Small marks inside table cells, drawn by hand: 0.1 ms instead of a chart library's 20."""

from collections.abc import Sequence
from itertools import groupby

WIDTH, HEIGHT, EDGE = 96.0, 22.0, 2.5


def sparkline(values: Sequence[float | None], title: str, is_simulated: bool = False) -> str:
    """An inline SVG of a series' path, its last point marked; gaps stay gaps, simulated paths are dashed.

    >>> sparkline([1.0, 2.0, None, 3.0], "copper").count("<polyline")
    1
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    rise = (HEIGHT - 2 * EDGE) / ((high - low) or 1.0)
    run = (WIDTH - 2 * EDGE) / (len(values) - 1)
    points = [
        None if value is None else (EDGE + index * run, HEIGHT - EDGE - (value - low) * rise)
        for index, value in enumerate(values)
    ]
    dash = ' stroke-dasharray="2 1.5"' if is_simulated else ""
    lines = "".join(
        f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in run_of)}"{dash}/>' for run_of in _unbroken(points)
    )
    x, y = next(point for point in reversed(points) if point is not None)
    return (
        f'<svg class="sparkline" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" aria-label="{title}">'
        f'{lines}<circle cx="{x:.1f}" cy="{y:.1f}" r="2"/></svg>'
    )


def split_bar(free_share: float, title: str) -> str:
    """An inline SVG bar: the share (0–1) that can be taken filled, the rest an outline.

    >>> split_bar(0.25, "copper").count("<rect")
    2
    """
    filled = WIDTH * min(max(free_share, 0.0), 1.0)
    box = f'viewBox="0 0 {WIDTH:.0f} 10" preserveAspectRatio="none" role="img" aria-label="{title}"'
    parts = (("rest", WIDTH), ("free", filled))
    bars = "".join(f'<rect class="{part}" width="{width:.1f}" height="10"/>' for part, width in parts)
    return f'<svg class="split" {box}>{bars}</svg>'


def _unbroken(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs = ([point for point in run if point] for known, run in groupby(points, key=lambda p: p is not None) if known)
    return [run for run in runs if len(run) > 1]
