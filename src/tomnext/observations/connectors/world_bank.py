"""World Bank Pink Sheet: the workbook of monthly average prices since 1960 (CC BY 4.0)."""

import re
from datetime import UTC, date, datetime, time

import polars as pl

from tomnext.observations.catalogue import series_named
from tomnext.observations.connectors.publisher import Collected, Publisher, unlike_its_layout
from tomnext.observations.importing.payload import FileBytes
from tomnext.observations.importing.workbook import worksheet
from tomnext.observations.reading import Observations
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.units import factor
from tomnext.vocabulary.words import Text

_SHEET = "Monthly Prices"
_UNITS = {"($/mt)": "usd_per_t", "($/troy oz)": "usd_per_oz"}
_METALS = ("Aluminum", "Copper", "Lead", "Tin", "Nickel", "Zinc", "Gold", "Platinum", "Silver")


def read(payload: FileBytes, held: Observations) -> Collected:
    """Monthly prices of the nine metals the sheet has, dated by month end, as published on the day it states."""
    table = worksheet(payload, _SHEET)
    top = [["" if cell is None else cell.strip() for cell in row] for row in table.head(12).rows()]
    heading = next((place for place, row in enumerate(top) if {"Copper", "Gold"} <= set(row)), None)
    if heading is None:
        raise unlike_its_layout(payload, "no row of names", ", ".join(_METALS))
    parts = []
    for name in _METALS:
        if name not in top[heading]:
            raise unlike_its_layout(payload, f"no column {name}", ", ".join(_METALS))
        place = top[heading].index(name)
        unit = _UNITS.get(top[heading + 1][place])
        if unit is None:
            raise unlike_its_layout(payload, f"{name} {top[heading + 1][place]}", " or ".join(_UNITS))
        parts.append(_prices(table.slice(heading + 2), table.columns[place], Metal.named(name), unit))
    return Collected(pl.concat(parts), _updated(top))


def _prices(body: pl.DataFrame, column: str, metal: Metal, unit: str) -> pl.DataFrame:
    series_id = f"worldbank.{metal}.price"
    scale = factor(unit, series_named(series_id).unit)
    return (
        body.filter(pl.col("c0").str.contains(r"^\d{4}M\d{2}$"))
        .select(
            pl.lit(series_id).alias("series_id"),
            pl.col("c0").str.to_date("%YM%m").dt.month_end().alias("observed_on"),
            (pl.col(column).cast(pl.Float64, strict=False) * scale).alias("value"),
            pl.lit(None, pl.Datetime("us", "UTC")).alias("available_at"),
        )
        .drop_nulls("value")
    )


def _updated(top: list[list[str]]) -> datetime | None:
    stated = re.search(r"Updated on (\w+ \d{1,2}, \d{4})", " ".join(cell for row in top for cell in row))
    return None if stated is None else datetime.combine(_english_date(stated.group(1)), time.max, tzinfo=UTC)


def _english_date(text: str) -> date:
    return datetime.strptime(text, "%B %d, %Y").date()


PUBLISHER = Publisher(
    name="world-bank",
    title=Text("World Bank monthly prices (Pink Sheet)", "世界銀行月均價（Pink Sheet）"),
    source="World Bank Commodity Price Data (The Pink Sheet), CC BY 4.0",
    addresses=(),
    hosts=frozenset({"thedocs.worldbank.org", "www.worldbank.org"}),
    restricted=False,
    terms=Text(
        "CC BY 4.0. The file's address changes every year: download it and give it with --file.",
        "CC BY 4.0。檔案網址每年更換：請自行下載，再以 --file 指定。",
    ),
    read=read,
)
