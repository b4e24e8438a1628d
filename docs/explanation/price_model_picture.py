"""Draw the coverage picture of price-model.md from the record printed there (80 % intervals, 20 trading days)."""

from pathlib import Path

import altair as alt
import polars as pl

COVERAGE = {
    "price": {"copper": 81.4, "aluminium": 82.8, "zinc": 79.3, "nickel": 83.2, "tin": 80.0},
    "cash − 3M": {"copper": 82.3, "aluminium": 81.9, "zinc": 78.1, "nickel": 83.2, "tin": 80.0},
}
"""Percent, 2016 to September 2024, from ``tomnext check-model METAL --start 2016-01-01``."""


def main() -> None:
    """Write the SVG beside this script."""
    rows = [{"target": t, "metal": m, "holds": v} for t, own in COVERAGE.items() for m, v in own.items()]
    base = alt.Chart(pl.DataFrame(rows)).encode(
        y=alt.Y("metal:N", title=None),
        x=alt.X("holds:Q", title="80 % interval holds, %", scale=alt.Scale(domain=[70, 90])),
    )
    band = alt.Chart(pl.DataFrame([{"a": 75, "b": 85}])).mark_rect(opacity=0.15).encode(x="a:Q", x2="b:Q")
    rule = alt.Chart(pl.DataFrame([{"a": 80}])).mark_rule().encode(x="a:Q")
    points = base.mark_point(size=80, filled=True).encode(
        shape=alt.Shape("target:N", title=None), color=alt.Color("target:N", title=None)
    )
    (band + rule + points).properties(width=420, height=150).save(Path(__file__).with_name("price-model-coverage.svg"))


if __name__ == "__main__":
    main()
