"""Arbitrage: the press's own figures, closing-time artefacts, the collapse of 30 July 2025."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.signals.shelf import Shelf, readings, weekdays

from tomnext.facts.kinds.history import ExpectedDuty, VenueGap
from tomnext.facts.load import load_facts
from tomnext.market.arbitrage import MoveCosts, implied_probability, import_parity_cny_per_t, parity_gap, venue_gap
from tomnext.studies.arbitrage import arbitrage
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.metals import Metal

EMPTY = readings("lme.tin.price.cash", [date(2020, 1, 2)], [1.0])


@pytest.mark.parametrize(
    ("premium", "london", "duty", "printed"),
    [(1000, 9400, 0.25, 42), (1372, 10112, 0.25, 54), (336, 14215, 0.15, 16), (870, 14230, 0.15, 41)],
)
def test_implied_probability_is_the_printed_one_without_logistics(
    premium: float, london: float, duty: float, printed: int
) -> None:
    """Market-facts table of the tariff episode: probabilities as printed, to a point."""
    assert 100 * implied_probability(premium / london, 0.0, duty) == pytest.approx(printed, abs=1.0)


def test_costs_are_taken_off_one_by_one() -> None:
    gap = venue_gap(10_500.0, 10_000.0, MoveCosts(95, 45, 36, 5.0, 0.01))
    assert gap.costs_usd_per_t == {"freight": 95, "handling": 45, "finance": pytest.approx(50.0), "duty": 100.0}
    assert gap.net_usd_per_t == pytest.approx(500 - 290)
    assert gap.share == pytest.approx(0.05)


def test_shanghai_parity_by_hand() -> None:
    assert import_parity_cny_per_t(9_000, 60, 7.2, 0.13) == pytest.approx(9060 * 7.2 * 1.13)


def test_the_44_percent_premium_of_january_2026_is_an_artefact() -> None:
    """Shanghai closed before silver fell by nearly a third in New York: no premium, a difference of clocks."""
    parity_before, parity_after = 32_000_000.0, 22_300_000.0
    found = parity_gap(32_100_000.0, parity_before, parity_after)
    assert found.is_artefact
    assert found.value_cny_per_t is None
    assert found.before_cny_per_t / parity_before < 0.01
    assert found.after_cny_per_t is not None
    assert found.after_cny_per_t / parity_after > 0.43


def test_press_figures_answer_when_the_store_is_silent() -> None:
    found = arbitrage(Metal.COPPER, date(2025, 7, 24), EMPTY)
    assert found.kind == "decreed"
    assert found.gap is not None
    assert found.duty_talked_of is not None
    assert found.gap.gross_usd_per_t == 3084
    assert found.london_usd_per_t == 9913.5
    assert (found.duty_talked_of.rate_pct, found.duty_talked_of.begins_on) == (50, date(2025, 8, 1))
    assert found.front_reaches_duty
    assert found.implied_tariff_probability == pytest.approx((3084 / 9913.5 - 0.015) / 0.5)
    assert found.gap.net_usd_per_t < 3084


def test_what_was_talked_of_is_read_as_of_the_day() -> None:
    said = {on: arbitrage(Metal.COPPER, on, EMPTY) for on in (date(2025, 3, 25), date(2025, 8, 1))}
    rates = [found.duty_talked_of.rate_pct for found in said.values() if found.duty_talked_of is not None]
    assert rates == [25, 15]
    last_day = arbitrage(Metal.COPPER, date(2025, 7, 30), EMPTY).duty_talked_of
    assert last_day is not None
    assert last_day.rate_pct == 50, "the proclamation of 30 July came after New York had settled"
    assert said[date(2025, 3, 25)].front_reaches_duty is None
    assert said[date(2025, 8, 1)].front_reaches_duty is False
    own = arbitrage(Metal.COPPER, date(2025, 8, 1), EMPTY, expected=ExpectedDuty(rate_pct=5.0))
    assert own.implied_tariff_probability == pytest.approx((0.011 - 0.015) / 0.05, abs=0.001)
    with pytest.raises(InputRejected):
        arbitrage(Metal.COPPER, date(2025, 8, 1), EMPTY, expected=ExpectedDuty(rate_pct=-5.0))


def test_press_figures_are_used_before_simulated_prices_and_never_beside_them() -> None:
    """On the default store of a day the press printed: 106 USD/t (9,751 less 9,645), no simulated stocks."""
    found = arbitrage(Metal.COPPER, date(2025, 8, 1))
    assert found.kind == "decreed"
    assert found.gap is not None
    assert found.gap.gross_usd_per_t == 106
    assert found.shanghai is None
    assert found.migration_t == {}
    assert set(found.stocks_not_held) == {"lme.copper.stock.total", "comex.copper.stock.total", "shfe.copper.stock"}
    assert arbitrage(Metal.COPPER, date(2025, 5, 30)).kind == "simulated"


def test_copper_moved_to_new_york_as_the_press_counted_it() -> None:
    """Reuters 2025-05-27: COMEX 174,607 short tons, LME 164,725 t; nothing of August is known in May."""
    told = arbitrage(Metal.COPPER, date(2025, 5, 30)).reported_stocks
    assert told[-1].quoted_on == date(2025, 5, 27)
    assert told[-1].comex_t == pytest.approx(174_607 * 0.90718474, abs=1)
    assert told[-1].lme_t == 164_725
    comex = [one.comex_t for one in arbitrage(Metal.COPPER, date(2025, 8, 1)).reported_stocks if one.comex_t]
    assert comex == [85_000, 158_401, 233_977]


def test_the_collapse_of_july_2025_replayed() -> None:
    before = arbitrage(Metal.COPPER, date(2025, 7, 29), EMPTY)
    assert all(one.lost_usd_per_1000_t is None for one in before.replay)
    after = {one.quoted_on: one for one in arbitrage(Metal.COPPER, date(2025, 8, 1), EMPTY).replay}
    assert after[date(2025, 7, 23)].lost_usd_per_1000_t == (3100 - 106) * 1000
    assert after[date(2025, 7, 29)].found_usd_per_t == 106
    later = {one.quoted_on: one for one in arbitrage(Metal.COPPER, date(2026, 6, 2)).replay}
    assert all(one.made_usd_per_1000_t == later[on].made_usd_per_1000_t for on, one in after.items())
    assert after[date(2025, 7, 9)].booked_usd_per_t == pytest.approx(0.27 * 9603)
    assert after[date(2025, 7, 8)].booked_usd_per_t is None
    assert after[date(2025, 7, 8)].implied_probability == pytest.approx((0.25 - 0.015) / 0.5)
    assert after[date(2025, 8, 1)].implied_probability == 0.0
    moving = 95 + 45 + 9645 * 0.045 * 45 / 360
    assert after[date(2025, 7, 23)].made_usd_per_1000_t == pytest.approx(1000 * (106 - moving))
    assert max(after) == date(2025, 8, 1)


def market(days: int = 120, last: date = date(2024, 7, 26)) -> Shelf:
    span = [last - timedelta(days=days - number) for number in range(days + 1)]
    span = [day for day in span if day.weekday() < 5]
    shelf = readings("comex.copper.price.front", span, [4.5] * len(span))
    shelf = shelf.joined(readings("lme.copper.price.3m", span, [9_000.0] * len(span)))
    shelf = shelf.joined(readings("shfe.copper.price.main", span, [75_000.0] * len(span)))
    shelf = shelf.joined(readings("fx.usdcny", span, [7.2] * len(span)))
    stock = [100_000.0 + 1_000 * number for number in range(len(span))]
    return shelf.joined(readings("lme.copper.stock.total", span, stock))


def test_prices_of_the_store_come_first() -> None:
    found = arbitrage(Metal.COPPER, date(2024, 7, 26), market())
    assert found.gap is not None
    assert found.gap.gross_usd_per_t == pytest.approx(4.5 * 2204.6226218 - 9000)
    assert found.implied_tariff_probability is None
    assert found.shanghai is not None
    assert found.shanghai.value_cny_per_t == pytest.approx(75_000 - 9060 * 7.2 * 1.13)
    assert found.migration_t["lme.copper.stock.total"] == pytest.approx(65_000, abs=1_000)
    assert found.kind == "measured"
    assert found.duty is None, "the tariff schedule held is that of 2025"


def silver_days(closes: list[float], fix: float) -> Shelf:
    span = weekdays(date(2026, 1, 26), len(closes))
    shelf = readings("comex.silver.price.front", span, closes)
    return shelf.joined(readings("lbma.silver.price", span, [fix] * len(closes)))


def test_silver_is_compared_at_the_time_of_london_s_fix() -> None:
    """Noon lies 0.73 of the way from one settlement (13:25 New York) to the next: 30 x (30.6 / 30) ** 0.73."""
    found = arbitrage(Metal.SILVER, observations=silver_days([30.0, 30.6], 30.2))
    at_noon = 30.0 * (30.6 / 30.0) ** 0.73
    assert found.gap is not None
    assert found.gap.gross_usd_per_t == pytest.approx((at_noon - 30.2) * 32150.7466, rel=1e-6)
    assert found.duty is not None
    assert found.duty.known_rate_pct == 0.0
    assert found.implied_tariff_probability is None


def test_the_crash_of_january_2026_is_no_gap_between_new_york_and_london() -> None:
    """COMEX settled 114.4 on 29 January and 78.53 on the 30th, hours after London had fixed 103.19."""
    found = arbitrage(Metal.SILVER, observations=silver_days([113.0, 114.0, 115.0, 114.4, 78.53], 103.19))
    assert found.observed_on == date(2026, 1, 30)
    assert found.new_york.is_artefact
    assert found.gap is None
    assert found.london_usd_per_t == pytest.approx(103.19 * 32150.7466, rel=1e-6)


def test_bullion_was_spared_from_the_duty_of_april_2025() -> None:
    duty = arbitrage(Metal.SILVER, observations=silver_days([30.0, 30.1], 30.0)).duty
    assert duty is not None
    assert any("spared" in line.title.en for line in duty.lines)


def test_days_apart_are_not_paired_and_other_metals_refused() -> None:
    with pytest.raises(ObservationMissing):
        arbitrage(Metal.COPPER, date(2024, 9, 30), market())
    with pytest.raises(ObservationMissing):
        arbitrage(Metal.SILVER, date(2025, 7, 24), EMPTY)
    with pytest.raises(InputRejected):
        arbitrage(Metal.TIN, observations=EMPTY)


def test_press_rows_are_dated_and_sourced() -> None:
    for row in load_facts().table("history/comex_lme_copper", VenueGap):
        assert row.quoted_on.year in (2024, 2025, 2026)
        assert row.source


def column(path: Path, name: str) -> tuple[list[date], list[float]]:
    table = pl.read_csv(path, try_parse_dates=True).select("date", pl.col(name).cast(pl.Float64)).drop_nulls()
    return table["date"].to_list(), table[name].to_list()


def test_the_first_tariff_wave_on_real_silver_prices(real_data: Path) -> None:
    """Print has the premium at about 1.05 USD/oz during 11 December 2024; once bullion was spared it is gone."""
    shelf = readings(
        "comex.silver.price.front", *column(real_data / "comex_futures/comex_silver_front_usd_oz.csv", "close")
    )
    shelf = shelf.joined(
        readings("lbma.silver.price", *column(real_data / "precious_daily/lbma_silver_usd.csv", "lbma_silver_usd_oz"))
    )
    first = arbitrage(Metal.SILVER, date(2024, 12, 11), shelf)
    later = arbitrage(Metal.SILVER, date(2025, 6, 30), shelf)
    assert first.gap is not None
    assert later.gap is not None
    assert 0.5 <= first.gap.gross_usd_per_t / 32150.7466 <= 1.05
    assert abs(later.gap.gross_usd_per_t / 32150.7466) < 0.2
