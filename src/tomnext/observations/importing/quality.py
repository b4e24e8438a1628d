"""What stops an import or is told beside it: days said twice, a price in another unit, a holiday that repeats."""

import polars as pl

from tomnext.facts.kinds.calendar import Holiday, closures
from tomnext.facts.kinds.series import SeriesRow
from tomnext.facts.load import load_facts
from tomnext.observations.embedded.pink_sheet import monthly_averages
from tomnext.observations.importing.map import Repeats, Target
from tomnext.observations.importing.rows import LINE
from tomnext.vocabulary.errors import SourceFormatError, UnitMismatch
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.units import factor
from tomnext.vocabulary.words import Text

_SAME = ["series_id", "observed_on", "available_at"]
_COUNTED = ("stock", "open interest", "positions", "holdings")
_FARTHEST = 5.0
_YUAN_PER_DOLLAR = 7.0
"""A price more than five times or less than a fifth of the month's world price is in another unit (yuan roughly)."""

_QUOTED = {
    True: ("usd_per_oz", "usc_per_oz", "usd_per_g", "usd_per_kg", "usd_per_t"),
    False: ("usd_per_t", "usd_per_lb", "usc_per_lb", "usd_per_kg"),
}


def without_repeated_days(readings: pl.DataFrame, file: str) -> pl.DataFrame:
    """Each series, day and instant once; SourceFormatError when a file says two values of one.

    ``readings`` has the line numbers of the file in ``LINE``.
    """
    sole = readings.select(pl.struct(_SAME).is_unique()).to_series()
    if sole.all():
        return readings
    repeated = readings.filter(~sole).group_by(_SAME, maintain_order=True).agg("value", LINE)
    disagreeing = repeated.filter(pl.col("value").list.n_unique() > 1)
    if disagreeing.is_empty():
        return readings.unique(_SAME, keep="first", maintain_order=True)
    first = disagreeing.row(0, named=True)
    said = ", ".join(f"line {line}: {value}" for line, value in zip(first[LINE], first["value"], strict=True))
    raise SourceFormatError(
        Text(
            "Days given twice with different values: {count}; nothing was imported.",
            "有 {count} 天重複且數值不同；未匯入任何資料。",
        ).format(count=disagreeing.height),
        received=f"{file}, {first['series_id']} {first['observed_on']}: {said}",
        fix=Text("Keep the right row of each day in the file.", "請在檔案中每日只留正確的一列。"),
    )


def refuse_other_unit(readings: pl.DataFrame, row: SeriesRow, target: Target) -> None:
    """Refuse a price series whose values are far from the world price of their months: its unit must be another.

    ``readings`` are of one series, in the catalogue's unit. The world price is the World Bank's monthly average;
    metals and months it lacks are not judged. The error names the units that would fit.
    """
    compared = _beside_world_price(readings, row, target).filter(pl.col("value") > 0)
    if compared.is_empty():
        return
    ratio = float(compared["ratio"].median())  # type: ignore[arg-type]
    if 1 / _FARTHEST < ratio < _FARTHEST or row.metal is None:
        return
    raise UnitMismatch(
        Text(
            "{series} is {times} times the world price of its months: the unit in the map must be wrong; "
            "nothing was imported.",
            "{series} 是同月世界價格的 {times} 倍：對應檔的單位應有誤；未匯入任何資料。",
        ).format(series=row.series_id, times=f"{ratio:,.3g}"),
        received=target.unit,
        expected=row.unit,
        nearest=_units_that_fit(ratio, row.metal, target.unit),
        fix=Text(
            "Give the unit the file really has, or scale_checked = false if the price is that far away.",
            "請寫檔案真正的單位；若價格確實如此懸殊，設 scale_checked = false。",
        ),
    )


def impossible_readings(readings: pl.DataFrame, row: SeriesRow, target: Target) -> list[tuple[int, float, Text]]:
    """Line, value and reason of each reading that cannot be true: a negative count, a price far from its month's.

    ``readings`` are of one series, in the catalogue's unit; prices must be above zero, stocks, lots and holdings not
    below it. A price more than five times away from the world price of its month has a slipped digit or another unit.
    """
    negative = Text("is negative; the series cannot be", "為負值；此序列不可能為負")
    found = []
    if row.quantity in _COUNTED:
        found = [(*one, negative) for one in readings.filter(pl.col("value") < 0).select(LINE, "value").iter_rows()]
    if row.quantity == "price":
        nothing = Text("is not above zero; a price must be", "不大於零；價格必須為正")
        found = [(*one, nothing) for one in readings.filter(pl.col("value") <= 0).select(LINE, "value").iter_rows()]
    compared = _beside_world_price(readings, row, target).filter(pl.col("value") > 0)
    astray = compared.filter(~pl.col("ratio").is_between(1 / _FARTHEST, _FARTHEST))
    far = Text("is {times} times the world price of its month", "是當月世界價格的 {times} 倍")
    return found + [
        (line, value, far.format(times=f"{ratio:,.3g}"))
        for line, value, ratio in astray.select(LINE, "value", "ratio").iter_rows()
    ]


def _beside_world_price(readings: pl.DataFrame, row: SeriesRow, target: Target) -> pl.DataFrame:
    """The readings of months the World Bank prices, with ``ratio`` to that price; none when it is not to be judged."""
    nothing = readings.clear().with_columns(ratio=pl.lit(None, pl.Float64))
    if row.quantity != "price" or row.metal is None or not target.scale_checked:
        return nothing
    averages = monthly_averages()
    if row.metal.value not in averages.columns or not row.unit.startswith(("usd_per_", "cny_per_", "usc_per_")):
        return nothing
    world = averages.select(pl.col("observed_on").alias("month"), pl.col(row.metal.value).alias("world"))
    compared = readings.with_columns(month=pl.col("observed_on").dt.month_end()).join(world, on="month")
    return compared.with_columns(ratio=pl.col("value") / pl.col("world") / _world_in(row))


def _world_in(row: SeriesRow) -> float:
    """What multiplies a world price (USD/oz or USD/t) to give it roughly in the unit of a series."""
    currency, _, mass = row.unit.partition("_per_")
    quoted = "usd_per_oz" if row.metal is not None and row.metal.is_precious else "usd_per_t"
    rough = factor(quoted, f"{'usd' if currency == 'cny' else currency}_per_{mass}")
    return rough * (_YUAN_PER_DOLLAR if currency == "cny" else 1.0)


def _units_that_fit(ratio: float, metal: Metal, stated: str) -> list[str]:
    if not stated.startswith(("usd", "usc")):
        return []
    return [
        unit
        for unit in _QUOTED[metal.is_precious]
        if 1 / _FARTHEST < ratio * factor(unit, stated) < _FARTHEST and unit != stated
    ]


def repeated_on_holidays(readings: pl.DataFrame, repeats: Repeats) -> pl.DataFrame:
    """The readings of days a calendar calls closed, where most of the day's figures say the day before again.

    Whoever made the file carried them forward: nobody traded. A market halted on a working day is not touched
    (convention 8).
    """
    closed = closures(load_facts().table(f"holidays/{repeats.holidays}", Holiday))
    days = pl.Series("observed_on", sorted(closed), dtype=pl.Date)
    again = pl.col("value") == pl.col("value").shift().over("series_id")
    marked = readings.sort("series_id", "observed_on").with_columns(again=again)
    on_holiday = marked.filter(pl.col("observed_on").is_in(days.implode()))
    return on_holiday.filter(pl.col("again").mean().over("observed_on") > 0.5).drop("again")
