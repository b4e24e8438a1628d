"""World Bank monthly average prices, re-laid from the Pink Sheet workbook of 2 June 2026 (CC BY 4.0)."""

from functools import cache
from importlib.resources import files

import polars as pl

PINK_SHEET_SOURCE = "World Bank Commodity Price Data (The Pink Sheet), updated 2 June 2026, CC BY 4.0"


@cache
def monthly_averages() -> pl.DataFrame:
    """One row a month dated by its last day, one column a metal: USD/t for base metals, USD per troy ounce else.

    >>> monthly_averages().shape
    (797, 10)
    """
    text = files("tomnext.observations.embedded").joinpath("worldbank_monthly.csv").read_bytes()
    table = pl.read_csv(text, schema_overrides={"month": pl.String}, infer_schema_length=None)
    by_metal = {column: column.partition("_")[0] for column in table.columns[1:]}
    days = pl.col("month").str.to_date("%Y-%m").dt.month_end().alias("observed_on")
    return table.select(days, *[pl.col(column).cast(pl.Float64).alias(metal) for column, metal in by_metal.items()])
