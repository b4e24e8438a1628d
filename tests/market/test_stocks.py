"""Exchange stocks: the identity, what is derived, days of cover, fitness for a form, and the October 2021 drain."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomnext.facts.kinds.metal import MetalForm
from tomnext.facts.load import load_facts
from tomnext.market.stocks import Fitness, Holding, days_of_cover, fitness, usable_t, warrant_stock
from tomnext.studies.stocks import stock_reading
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.metals import Metal

FORMS = {one.form: one for one in load_facts().table("metals/forms", MetalForm)}
FRIDAY, MONDAY = date(2021, 10, 15), date(2021, 10, 18)
TONNES = st.floats(0, 1e6)


@given(on_warrant=TONNES, cancelled=TONNES)
@settings(deadline=None)
def test_any_two_figures_give_the_third(on_warrant: float, cancelled: float) -> None:
    total = on_warrant + cancelled
    for known, derived in (
        ({"on_warrant_t": on_warrant, "cancelled_t": cancelled}, ()),
        ({"on_warrant_t": on_warrant, "total_t": total}, ("cancelled_t",)),
        ({"cancelled_t": cancelled, "total_t": total}, ("on_warrant_t",)),
    ):
        stock = warrant_stock(**known)  # type: ignore[arg-type]
        assert stock is not None
        assert stock.derived == derived
        assert stock.closing_stock_t == pytest.approx(total)
        assert stock.cancelled_share is None or 0 <= stock.cancelled_share <= 1
    assert warrant_stock(on_warrant_t=on_warrant) is None
    assert warrant_stock(total_t=total) is None


def test_a_report_that_does_not_add_up_is_shown() -> None:
    stock = warrant_stock(on_warrant_t=100.0, cancelled_t=50.0, total_t=180.0)
    assert stock is not None
    assert (stock.closing_stock_t, stock.identity_gap_t) == (150.0, 30.0)


def test_days_of_cover_by_hand() -> None:
    """73,000 t against 26.645 Mt a year, 73,000 t a day, is one day."""
    assert days_of_cover(73_000, 26_645_000) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("venue", "needed", "expected"),
    [
        ("COMEX", "silver_bar_1000oz_lbma", Fitness.AS_IS),
        ("COMEX", "silver_grain_4n", Fitness.BY_REFINING),  # 99.9 bars into 99.99 grain
        ("SHFE", "silver_grain_4n", Fitness.BY_CASTING),  # 99.99 ingots need only melting
        ("SHFE", "silver_ingot_15kg_shfe", Fitness.AS_IS),
        ("LME", "copper_cathode_a", Fitness.AS_IS),
        ("SHFE", "copper_cathode_a", Fitness.BY_REFINING),  # standard cathode of 99.95 may be delivered there too
        ("LME", "copper_wire_rod", Fitness.BY_CASTING),
        ("LME", "aluminium_billet", Fitness.BY_CASTING),
        ("LME", "nickel_class_2", Fitness.BY_CASTING),
        ("LME", "silver_grain_4n", Fitness.NOT_KNOWN),
    ],
)
def test_metal_is_fit_by_the_worst_form_a_venue_takes(venue: str, needed: str, expected: Fitness) -> None:
    assert fitness(venue, FORMS[needed], FORMS.values()) is expected


def test_usable_tonnes_add_up_to_what_is_available() -> None:
    held = [Holding("COMEX", 300.0), Holding("SHFE", 20.0), Holding("elsewhere", 5.0)]
    sums = usable_t(held, FORMS["silver_grain_4n"], FORMS.values())
    assert sums == {
        Fitness.AS_IS: 0.0,
        Fitness.BY_CASTING: 20.0,
        Fitness.BY_REFINING: 300.0,
        Fitness.NOT_KNOWN: 5.0,
    }


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.form)
def test_every_form_is_plausible_and_named_in_both_languages(form: MetalForm) -> None:
    assert 0 < form.min_purity_pct <= 100
    assert form.title.en
    assert form.title.zh
    assert form.form.startswith(form.metal.value)
    assert (form.unit_mass is None) == (form.mass_unit is None)
    assert (form.mass_low_oz or 0) <= (form.mass_high_oz or 0)


def lme(days: dict[date, tuple[float | None, float | None, float | None]]) -> dict[str, dict[date, float | None]]:
    """Total, on-warrant and cancelled copper by day."""
    parts = enumerate(("total", "on_warrant", "cancelled"))
    return {f"lme.copper.stock.{part}": {day: row[n] for day, row in days.items()} for n, part in parts}


def test_reading_by_hand(in_memory: Any) -> None:
    days = {FRIDAY: (100.0, 60.0, 40.0), MONDAY: (95.0, 20.0, 70.0)}
    market = lme(days) | {
        "comex.copper.stock.total": {FRIDAY: 50.0},
        "comex.copper.stock.registered": {FRIDAY: 30.0},
        "shfe.copper.stock": {FRIDAY: 10.0},
    }
    found = stock_reading(Metal.COPPER, MONDAY, "copper_cathode_a", in_memory(market))
    assert found.lme is not None
    assert (found.lme.on_warrant_change_t, found.lme.stock.identity_gap_t) == (-40.0, 5.0)
    assert (found.lme.identity_breaks, found.lme.largest_identity_gap_t) == (1, 5.0)
    assert (found.lme.on_warrant_percentile, found.lme.cancelled_share_percentile) == (25.0, 75.0)
    assert (found.headline_t, found.available_t) == (150.0, 50.0)
    assert [one.available_share for one in found.venues] == [20 / 90, 30 / 50, None]
    assert found.usable_t[Fitness.AS_IS] == 50.0
    assert found.usable_t[Fitness.NOT_KNOWN] == 10.0
    assert found.usage is not None
    assert (found.usage.year, found.usage.t_per_year) == (2020, 24_970_000)  # ICSG, published in March 2021
    assert found.days_of_cover == pytest.approx(90 / 24_970_000 * 365)
    assert found.days_of_cover_on_warrant == pytest.approx(20 / 24_970_000 * 365)


def test_usage_of_a_year_is_not_known_before_it_is_published(in_memory: Any) -> None:
    market = in_memory(lme({date(2021, 3, 1): (10.0, 5.0, 5.0), date(2021, 4, 6): (10.0, 5.0, 5.0)}))
    before, after = (
        stock_reading(Metal.COPPER, day, observations=market) for day in (date(2021, 3, 1), date(2021, 4, 6))
    )
    assert before.usage is not None
    assert after.usage is not None
    assert (before.usage.year, after.usage.year) == (2018, 2020)
    assert before.usage.is_assumed


def test_locations_and_ounces(in_memory: Any) -> None:
    market = lme({MONDAY: (100.0, 60.0, 40.0)}) | {
        "lme.copper.stock.on_warrant.kaohsiung": {MONDAY: 12.0},
        "lme.copper.stock.cancelled.kaohsiung": {MONDAY: 3.0},
        "lme.copper.stock.on_warrant.busan": {MONDAY: 7.0},
    }
    found = stock_reading(Metal.COPPER, observations=in_memory(market))
    assert list(found.locations) == ["kaohsiung"]
    assert found.locations["kaohsiung"].closing_stock_t == 15.0
    ounces = {"comex.silver.stock.total": {MONDAY: 32_150_746.6}, "comex.silver.stock.registered": {MONDAY: 0.0}}
    silver = stock_reading(Metal.SILVER, observations=in_memory(ounces))
    assert silver.lme is None
    assert silver.headline_t == pytest.approx(1_000, rel=1e-8)
    assert silver.available_t == 0.0


def test_stock_by_location_from_a_file_to_the_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tomnext.faces.cli.main import main

    (tmp_path / "stock.csv").write_text("date,all,on,off\n2021-10-18,90000,12000,3000\n", encoding="utf-8")
    series = {"all": "total", "on": "on_warrant.kaohsiung", "off": "cancelled.kaohsiung"}
    columns = [f'{one} = {{ series = "lme.copper.stock.{name}", unit = "t" }}' for one, name in series.items()]
    layout = "\n".join(['source = "a desk"', "[date]", 'column = "date"', "[columns]", *columns])
    (tmp_path / "map.toml").write_text(layout, encoding="utf-8")
    store, asked = str(tmp_path / "s.sqlite"), ["--format", "json"]
    for command in (
        ["import", str(tmp_path / "stock.csv"), "--map", str(tmp_path / "map.toml"), "--store", store, *asked],
        ["stocks", "copper", "--store", store, *asked],
    ):
        capsys.readouterr()
        monkeypatch.setattr("sys.argv", ["tomnext", *command])
        with pytest.raises(SystemExit) as done:
            main()
        assert not done.value.code, command
    record = json.loads(capsys.readouterr().out)
    assert record["locations"] == [{"location": "kaohsiung", "on_warrant_t": 12_000.0, "cancelled_t": 3_000.0}]
    assert record["on_warrant_t"] is None  # a total alone does not tell
    assert (record["headline_t"], record["available_t"]) == (90_000.0, None)


def test_a_place_alone_is_no_total(in_memory: Any) -> None:
    found = stock_reading(Metal.COPPER, observations=in_memory({"lme.copper.stock.on_warrant.busan": {MONDAY: 7.0}}))
    assert (found.headline_t, found.available_t, found.days_of_cover) == (None, None, None)


def test_carried_forward_holidays_and_the_future_are_not_reports(in_memory: Any) -> None:
    days: dict[date, tuple[float | None, float | None, float | None]] = {
        date(2021, 12, 24): (100.0, 60.0, 40.0),
        date(2021, 12, 27): (100.0, 60.0, 40.0),
    }
    plain = stock_reading(Metal.COPPER, date(2021, 12, 28), observations=in_memory(lme(days)))
    assert plain.observed_on == date(2021, 12, 24)
    planted = days | {date(2021, 12, 29): (1.0, 1.0, 0.0)}
    assert stock_reading(Metal.COPPER, date(2021, 12, 28), observations=in_memory(lme(planted))) == plain


def test_nothing_reported_and_unknown_forms_are_said(in_memory: Any) -> None:
    market = in_memory(lme({MONDAY: (100.0, 60.0, 40.0)}))
    with pytest.raises(ObservationMissing, match="copper"):
        stock_reading(Metal.TIN, observations=market)
    with pytest.raises(InputRejected) as caught:
        stock_reading(Metal.COPPER, form="copper_cathod", observations=market)
    assert "copper_cathode_a" in caught.value.nearest


def test_copper_in_october_2021(real_copper: Any) -> None:
    friday, monday = (stock_reading(Metal.COPPER, day, observations=real_copper) for day in (FRIDAY, MONDAY))
    assert friday.lme is not None
    assert monday.lme is not None
    assert friday.lme.stock.on_warrant_t == 14_150
    assert monday.lme.stock.on_warrant_t == 21_050
    assert monday.lme.stock.cancelled_share is not None
    assert 0.85 < monday.lme.stock.cancelled_share < 0.95
    assert monday.lme.stock.identity_gap_t == 0
    assert friday.lme.on_warrant_percentile is not None
    assert friday.lme.on_warrant_percentile < 0.02


def test_broken_reports_of_the_real_history_are_counted(real_copper: Any) -> None:
    found = stock_reading(Metal.COPPER, date(2024, 9, 30), observations=real_copper)
    assert found.lme is not None
    assert 0 < found.lme.identity_breaks < 30
    assert found.lme.largest_identity_gap_t <= 30_100  # PROVENANCE: a handful of rows, up to 30,100 t


def test_aluminium_says_that_cancelled_is_derived(real_aluminium: Any) -> None:
    found = stock_reading(Metal.ALUMINIUM, date(2024, 9, 30), observations=real_aluminium)
    assert found.lme is not None
    assert found.lme.stock.derived == ("cancelled_t",)
    assert found.usage is not None
    assert found.usage.counted == "primary_production"
    assert found.as_of - found.observed_on < timedelta(days=4)


def test_cli_json_holds_the_contract(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from tomnext.faces.cli.main import main

    monkeypatch.setattr("sys.argv", ["tomnext", "stocks", "copper", "--as-of", "2021-10-18", "--format", "json"])
    with pytest.raises(SystemExit) as done:
        main()
    assert not done.value.code
    record = json.loads(capsys.readouterr().out)
    assert {"on_warrant_t", "cancelled_t", "closing_stock_t", "cancelled_share", "days_of_cover"} <= set(record)
    assert record["closing_stock_t"] == record["on_warrant_t"] + record["cancelled_t"]
