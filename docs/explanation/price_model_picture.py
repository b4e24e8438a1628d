"""Draw the picture of price-model.md from the record printed there: coverage and skill at 20 trading days, by metal."""

from pathlib import Path

import altair as alt
import polars as pl

METALS = ("copper", "aluminium", "zinc", "nickel", "tin")
COVERAGE = {"price": (80.9, 82.3, 79.5, 81.6, 77.9), "cash − 3M": (81.4, 81.2, 78.6, 83.2, 80.4)}
SKILL = {"price": (1.5, -0.6, 1.2, 0.4, 0.5), "cash − 3M": (22.2, 12.6, 8.8, 12.5, 15.5)}
"""Percent, 2016 to September 2024, from ``tomnext check-model METAL --start 2016-01-01``."""


def main() -> None:
    """Write the SVG beside this script."""
    held, gained = alt.Scale(domain=[70, 90], nice=False), alt.Scale(domain=[-5, 25], nice=False)
    ends = pl.DataFrame([{"a": 75, "b": 85}])
    band = alt.Chart(ends).mark_rect(opacity=0.15).encode(x=alt.X("a:Q", scale=held), x2="b:Q")
    holds = band + _rule(80, held) + _points(COVERAGE, "80 % interval holds, %", held)
    gains = _rule(0, gained) + _points(SKILL, "CRPS skill against the random walk, %", gained)
    (holds | gains).save(Path(__file__).with_name("price-model-coverage.svg"))


def _rule(at: float, scale: alt.Scale) -> alt.Chart:
    return alt.Chart(pl.DataFrame([{"x": at}])).mark_rule().encode(x=alt.X("x:Q", scale=scale))


def _points(values: dict[str, tuple[float, ...]], title: str, scale: alt.Scale) -> alt.Chart:
    rows = [
        {"target": target, "metal": metal, "value": value}
        for target, own in values.items()
        for metal, value in zip(METALS, own, strict=True)
    ]
    return (
        alt.Chart(pl.DataFrame(rows))
        .mark_point(size=80, filled=True)
        .encode(
            y=alt.Y("metal:N", title=None, sort=list(METALS)),
            x=alt.X("value:Q", title=title, scale=scale),
            shape=alt.Shape("target:N", title=None),
            color=alt.Color("target:N", title=None),
        )
        .properties(width=330, height=150)
    )


if __name__ == "__main__":
    main()
