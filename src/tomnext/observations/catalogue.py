"""The series catalogue: which series there are, in which unit, and when a figure of a given day could be had."""

from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache

import polars as pl

from tomnext.facts.kinds.series import PublicationStop, SeriesRow
from tomnext.facts.kinds.warehouse import DeliveryPoint
from tomnext.facts.load import load_facts
from tomnext.observations.reading import end_of_day
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text


@cache
def catalogue() -> dict[str, SeriesRow]:
    """Every series by its name.

    >>> catalogue()["lme.copper.price.cash"].unit
    'usd_per_t'
    """
    return {row.series_id: row for row in load_facts().table("series/catalogue", SeriesRow)}


def series_row(series_id: str) -> SeriesRow | None:
    """One series or nothing; an LME stock series may end in a delivery point and is then that place's part.

    >>> series_row("lme.copper.stock.on_warrant.kaohsiung").title.zh
    'LME 銅有效倉單庫存（以公布日為準），高雄'
    """
    row = catalogue().get(series_id)
    whole, _, place = series_id.rpartition(".")
    if row is not None or not whole.startswith("lme.") or ".stock." not in whole:
        return row
    places = {one.location: one for one in load_facts().table("lme/warehouse/locations", DeliveryPoint)}
    parent = catalogue().get(whole)
    if parent is None or place not in places:
        return None
    title = places[place].title
    named = {"title_en": f"{parent.title_en}, {title.en}", "title_zh": f"{parent.title_zh}，{title.zh}"}
    return parent.model_copy(update={"series_id": series_id, **named})


def series_named(series_id: str) -> SeriesRow:
    """One series; InputRejected names the nearest when there is none of that name."""
    row = series_row(series_id)
    if row is None:
        raise InputRejected(
            Text("There is no series of this name in the catalogue.", "序列目錄中沒有這個名稱。"),
            received=series_id,
            nearest=get_close_matches(series_id, catalogue(), n=3),
            fix=Text("List them with: tomnext series", "可用 tomnext series 列出全部"),
        )
    return row


def series_like(pattern: str = "*") -> list[SeriesRow]:
    """The series whose name matches a shell pattern, or contains it when it has no wildcard.

    >>> [row.series_id for row in series_like("fx.usd?wd")]
    ['fx.usdtwd']
    """
    wanted = pattern if any(sign in pattern for sign in "*?[") else f"*{pattern}*"
    return [row for name, row in catalogue().items() if fnmatchcase(name, wanted.casefold())]


def publication_time(days: pl.Expr, row: SeriesRow, lag_weekdays: int | None = None) -> pl.Expr:
    """When figures for ``days`` (a Date expression) became available, in UTC.

    Lags count weekdays: a Tuesday position with a lag of three is out on Friday; a month that ends on a Saturday with
    a lag of two is out on Tuesday. Nothing is ever available before the day it describes, nor before the end of a time
    in which its publisher stood still (the fact table ``series/publication_stops``).
    """
    lag = row.lag_weekdays if lag_weekdays is None else lag_weekdays
    day = days if lag == 0 else days.dt.add_business_days(lag, roll="backward")
    local = day.cast(pl.Datetime("us")) + pl.duration(
        hours=row.available_time.hour, minutes=row.available_time.minute, time_unit="us"
    )
    usual = local.dt.replace_time_zone(row.time_zone, ambiguous="latest").dt.convert_time_zone("UTC")
    for stop in load_facts().table("series/publication_stops", PublicationStop):
        if row.series_id.startswith(stop.prefix):
            late = days.is_between(stop.observed_from, stop.observed_to)
            caught_up = pl.lit(end_of_day(stop.available_from), pl.Datetime("us", "UTC"))
            usual = pl.when(late).then(pl.max_horizontal(usual, caught_up)).otherwise(usual)
    return usual
