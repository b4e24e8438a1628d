"""The embedded default: true to the World Bank, marked for what it is, and blind to the future."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from tomnext.facts.kinds.series import SeriesRow
from tomnext.facts.load import load_facts
from tomnext.market.curve import tenor_prompt
from tomnext.market.prompts import cash_prompt
from tomnext.observations.embedded import open_embedded
from tomnext.observations.embedded.pink_sheet import monthly_averages
from tomnext.observations.embedded.simulated import simulated_market
from tomnext.observations.reading import READING_SCHEMA, wide
from tomnext.studies.prompts import lme_calendar
from tomnext.vocabulary.units import GRAMS_IN

MARKET = open_embedded()
METALS = {"copper", "aluminium", "zinc", "lead", "nickel", "tin"}
CASH = [f"lme.{metal}.price.cash" for metal in sorted(METALS)]
BULLION = [f"lbma.{metal}.price" for metal in ("gold", "silver", "platinum")]


@pytest.mark.parametrize("series_id", CASH + BULLION)
def test_daily_cash_averages_to_the_world_bank_month(series_id: str) -> None:
    daily = MARKET.read([series_id])
    means = daily.group_by(pl.col("observed_on").dt.month_end()).agg(pl.col("value").mean()).sort("observed_on")
    expected = monthly_averages().filter(pl.col("observed_on") > date(2015, 1, 1))[series_id.split(".")[1]]
    assert means.height == 137
    np.testing.assert_allclose(means["value"], expected, rtol=1e-12)


def test_pink_sheet_figures_are_the_published_ones() -> None:
    """World Bank Pink Sheet of 2 June 2026, sheet Monthly Prices, first and last row."""
    first, last = monthly_averages().row(0, named=True), monthly_averages().row(-1, named=True)
    assert first == {
        "observed_on": date(1960, 1, 31), "gold": 35.27, "silver": 0.91, "platinum": 83.5, "copper": 715.4,
        "aluminium": 511.47, "zinc": 260.8, "lead": 206.1, "nickel": 1631.0, "tin": 2180.4,
    }  # fmt: skip
    assert (last["observed_on"], last["copper"], last["silver"]) == (date(2026, 5, 31), 13543.19, 78.01)


def test_simulated_and_measured_are_told_apart_and_palladium_is_absent() -> None:
    natures = MARKET.read(MARKET.series_ids()).group_by("series_id").agg(pl.col("nature").unique())
    for series_id, nature in natures.iter_rows():
        assert nature == (["measured"] if series_id.startswith("worldbank.") else ["simulated"])
    assert not [name for name in MARKET.series_ids() if "palladium" in name]


def test_every_reading_has_the_schema_and_waits_for_its_publication() -> None:
    readings = MARKET.read(MARKET.series_ids())
    assert readings.schema == READING_SCHEMA
    late = readings.filter(pl.col("available_at").dt.convert_time_zone("Asia/Taipei").dt.date() < pl.col("observed_on"))
    assert late.is_empty()


def test_nothing_later_than_as_of_is_seen() -> None:
    """The Pink Sheet of May 2026 came out on the second working day of June."""
    seen = MARKET.read(["worldbank.copper.price"], as_of=date(2026, 6, 1))
    assert seen["observed_on"].max() == date(2026, 4, 30)
    assert MARKET.read(["worldbank.copper.price"], as_of=date(2026, 6, 2))["observed_on"].max() == date(2026, 5, 31)
    daily = MARKET.read(["lme.copper.price.cash"], as_of=date(2021, 10, 18))
    assert daily["observed_on"].max() == date(2021, 10, 18)


@pytest.mark.parametrize("metal", sorted(METALS))
def test_scarce_warrants_go_with_backwardation(metal: str) -> None:
    names = [f"lme.{metal}.{leg}" for leg in ("price.cash", "price.3m", "stock.on_warrant", "stock.cancelled")]
    table = wide(MARKET.read([*names, f"lme.{metal}.stock.total"])).drop_nulls()
    cash, three_month, on_warrant, cancelled = (table[name].to_numpy() for name in names)
    assert (cancelled + on_warrant == table[f"lme.{metal}.stock.total"].to_numpy()).all()
    premium = (cash - three_month) / cash
    assert np.corrcoef(premium, np.log(on_warrant))[0, 1] < -0.5
    assert premium.max() > 0.02
    assert 0.02 < (premium > 0).mean() < 0.6


@pytest.mark.parametrize("metal", sorted(METALS))
def test_no_forward_pays_more_than_holding_metal_costs(metal: str) -> None:
    """Full carry (Geman 2005, §2.3): buying cash, paying money and rent and delivering later must never pay."""
    market, calendar = simulated_market(), lme_calendar(load_facts())
    rents = load_facts().get(f"lme/warehouse/rent/{metal}").spans
    rent = min(span.value for span in rents)
    for row in market.gather_every(5).iter_rows(named=True):
        cash, day = row[f"lme.{metal}.price.cash"], row["observed_on"]
        for tenor in ("3m", "12m", "24m"):
            days = (tenor_prompt(tenor, day, calendar) - cash_prompt(day, calendar)).days  # type: ignore[operator]
            dearest = cash + (cash * row["rates.us.fed_funds"] / 100 / 360 + rent) * days
            assert row[f"lme.{metal}.price.{tenor}"] <= dearest, (day, tenor)


def test_no_jump_where_months_meet() -> None:
    """The bend that makes months exact must not show: month-turn moves are as large as the others."""
    prices = wide(MARKET.read(CASH)).select(pl.all().exclude("observed_on").log().diff().abs(), "observed_on")
    turns = prices["observed_on"].dt.month() != prices["observed_on"].dt.month().shift()
    for series_id in CASH:
        moves = prices[series_id]
        assert moves.filter(turns).median() < 1.5 * moves.filter(~turns).median()  # type: ignore[operator]


def test_the_simulated_market_is_always_the_same() -> None:
    before = simulated_market()
    simulated_market.cache_clear()
    assert simulated_market().equals(before)


def test_catalogue_units_are_known_and_titles_are_bilingual() -> None:
    other = {"pct", "lots", "index", "ratio", "usd_per_share", "eur_per_tco2e", "twd_per_usd", "cny_per_usd",
             "usd_per_eur", "twd_per_eur", "twd_per_jpy", "twd_per_cny"}  # fmt: skip
    rows = load_facts().table("series/catalogue", SeriesRow)
    assert len({row.series_id for row in rows}) == len(rows)
    for row in rows:
        mass = row.unit.rpartition("_per_")[2]
        assert row.unit in other or mass in GRAMS_IN, row.series_id
        assert row.title_en != row.title_zh
        assert any("一" <= sign <= "鿿" for sign in row.title_zh) or row.title_zh == row.title_en, row.series_id
    assert {name for name in MARKET.series_ids()} <= {row.series_id for row in rows}


def test_a_day_without_a_figure_is_absent_not_a_number_that_is_none() -> None:
    """A weekly simulated stock has one reading a week: convention 8."""
    source = open_embedded()
    read = source.read(source.series_ids())
    assert read["value"].is_finite().all()
    weekly = source.read(["shfe.copper.stock"])
    assert {day.weekday() for day in weekly["observed_on"]} == {4}
