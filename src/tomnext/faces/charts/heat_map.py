"""Events by markets as a picture: mean contribution in percentage points, its sign in colour and in the figure."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

UP, NONE, DOWN = "#b5452c", "#f4f2ee", "#2f6f8f"
CELL_HEIGHT, CELL_WIDTH, STRONGEST_PCT = 26, 124, 10.0
"""Pixels of a cell, and the contribution (percentage points) at which the colour is full."""


def heat_map(
    rows: Sequence[str], columns: Mapping[str, str], cells: Mapping[tuple[str, str], float], title: str, scale: str
) -> Any:
    """An Altair chart: ``rows`` are events, ``columns`` markets with their headings (arrow and chance of a rise).

    ``cells``: percentage points by (event, market), missing where nothing is felt; ``scale`` names the unit.
    """
    frame = pl.DataFrame(
        [
            {"event": event, "market": columns[market], "points": points, "text": f"{points:+.1f}".replace("-", "−")}
            for (event, market), points in cells.items()
        ],
        schema={"event": pl.String, "market": pl.String, "points": pl.Float64, "text": pl.String},
    )
    base = alt.Chart(frame, title=alt.TitleParams(title, anchor="start", fontWeight="normal")).encode(
        x=alt.X(
            "market:N", sort=list(columns.values()), title=None, scale=alt.Scale(domain=list(columns.values())),
            axis=alt.Axis(
                orient="top", labelAngle=0, labelExpr="split(datum.label, '|')", labelPadding=20, ticks=False,
                domain=False,
            ),
        ),
        y=alt.Y(
            "event:N", sort=list(rows), title=None,
            axis=alt.Axis(labelLimit=400, ticks=False, domain=False),
        ),
    )  # fmt: skip
    colour = alt.Color(
        "points:Q", title=scale,
        scale=alt.Scale(domain=[-STRONGEST_PCT, 0, STRONGEST_PCT], range=[DOWN, NONE, UP], clamp=True),
    )  # fmt: skip
    strong = f"abs(datum.points) > {0.6 * STRONGEST_PCT}"
    text = base.mark_text(fontSize=12).encode(
        text="text:N", color=alt.condition(strong, alt.value("white"), alt.value("#222"))
    )
    size = {"width": CELL_WIDTH * len(columns), "height": CELL_HEIGHT * len(rows)}
    return (base.mark_rect(stroke="white", strokeWidth=2).encode(color=colour) + text).properties(**size)
