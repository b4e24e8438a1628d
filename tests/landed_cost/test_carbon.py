"""CBAM: the published worked figures, the law's boundaries, the two clocks, and refusals in both languages."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomnext.faces.words import words
from tomnext.facts.load import load_facts
from tomnext.landed_cost.cbam import ImportedGood, cbam_charge, payable_tco2e_per_t
from tomnext.studies.carbon import carbon_on, cbam_rules
from tomnext.vocabulary.errors import FactMissing, InputRejected
from tomnext.vocabulary.evidence import Nature

SEPTEMBER = date(2026, 9, 15)


@pytest.mark.parametrize(
    ("code", "origin", "on", "payable", "cost"),
    [
        # Own sums from the Commission's files: base × 1.1 − benchmark × 0.975, price of the quarter of import.
        ("7607", "TW", SEPTEMBER, 1.15 * 1.1 - 0.258 * 0.975, 83.43),
        ("7601", "TW", SEPTEMBER, 0.36 * 1.1 - 0.091 * 0.975, 25.29),
        ("7601", "CN", date(2026, 2, 1), 3.0 * 1.1 - 1.423 * 0.975, 144.13),
        ("7607.11.90", "CN", date(2026, 2, 1), 5.559098489 * 1.1 - 1.599 * 0.975, 343.34),
        ("7604.21.00", "TR", date(2026, 2, 1), 3.7414 * 1.1 - 1.493 * 0.975, 200.45),
        ("7606.12", "VN", date(2026, 2, 1), 2.48 * 1.1 - 0.148 * 0.975, 194.71),
        ("7601", "KZ", date(2026, 2, 1), 1.87 * 1.1 - 1.423 * 0.975, 50.46),
        ("7601", "KE", date(2026, 2, 1), None, None),
    ],
)
def test_published_cases(code: str, origin: str, on: date, payable: float | None, cost: float | None) -> None:
    if payable is None:
        with pytest.raises(FactMissing) as caught:
            carbon_on(ImportedGood(code, origin, on))
        assert "--default-value" in caught.value.text("zh-TW")
        return
    charge = carbon_on(ImportedGood(code, origin, on)).charge
    assert charge.payable_tco2e_per_t == pytest.approx(payable, rel=1e-12)
    assert charge.cost_eur_per_t == pytest.approx(cost, abs=0.005)


@pytest.mark.parametrize(
    ("code", "in_scope", "word"),
    [
        ("7403.11.00", False, "copper"), ("7106.91", False, "silver"), ("7502.10", False, "7202.60 is in scope"),
        ("7801.10", False, "lead"), ("7901.11", False, "zinc"), ("8001.10", False, "tin"), ("8544.49", False, "2028"),
        ("7602.00", False, "scrap"), ("7204.49", False, "scrap"), ("7615.10", False, "household"),
        ("7202.60", True, "iron and steel"), ("7202.30", False, "ferro"), ("7212.10", True, "iron and steel"),
        ("7312.10", False, "not listed"), ("7616.10", True, "aluminium"), ("2601.12", True, "iron"),
        ("2601.11", False, "not listed"), ("3105.60", False, "excepted"), ("8471.50", False, "not listed"),
    ],
)  # fmt: skip
def test_scope_of_annex_i(code: str, in_scope: bool, word: str) -> None:
    from tomnext.landed_cost.cbam_goods import clean_code, scope_of

    rules = cbam_rules(load_facts())
    scope = scope_of(clean_code(code), "TW", rules.scope, rules.countries)
    assert scope.in_scope is in_scope
    assert word in scope.why.en


def test_out_of_scope_answers_with_a_reason_and_no_cost() -> None:
    record = carbon_on(ImportedGood("7403.11", "CL", SEPTEMBER)).record()
    assert record["in_scope"] is False
    assert record["cost_eur_per_t"] == 0
    assert record["lines"] == []
    assert "copper" in str(record["why"])
    assert "Annex I" in str(record["source"])


def test_union_and_annex_iii_origins_are_outside() -> None:
    assert not carbon_on(ImportedGood("7601", "NO", SEPTEMBER)).charge.scope.in_scope
    assert not carbon_on(ImportedGood("7601", "de", SEPTEMBER)).charge.scope.in_scope
    assert carbon_on(ImportedGood("7601", "MC", SEPTEMBER)).charge.scope.in_scope  # no sheet: other countries


def test_an_origin_without_a_sheet_takes_other_countries() -> None:
    charge = carbon_on(ImportedGood("7601", "FJ", SEPTEMBER)).charge
    assert charge.steps[0].value == 2.20264371


@pytest.mark.parametrize(
    ("on", "owed"), [(date(2023, 9, 30), False), (date(2025, 12, 31), False), (date(2026, 1, 1), True)]
)
def test_certificates_are_owed_from_the_first_day_of_2026(on: date, owed: bool) -> None:
    charge = carbon_on(ImportedGood("7601", "TW", on)).charge
    assert charge.scope.in_scope
    assert (charge.cost_eur_per_t > 0) is owed
    assert owed or charge.defaults_taken


def test_price_of_an_unpublished_quarter_is_a_named_stand_in() -> None:
    october = carbon_on(ImportedGood("7601", "TW", date(2026, 10, 1))).charge
    assert october.price_eur_per_tco2e == 82.32
    assert any("C1" in one.en for one in october.defaults_taken)
    published = carbon_on(ImportedGood("7601", "TW", date(2026, 9, 30))).charge
    assert not any("C1" in one.en for one in published.defaults_taken)


def test_known_on_sees_no_later_publication() -> None:
    """On 15 September 2026 a buyer knew the second quarter's price, not the third's, published 5 October."""
    then = carbon_on(ImportedGood("7607", "TW", SEPTEMBER, known_on=SEPTEMBER)).charge
    assert then.price_eur_per_tco2e == 75.28
    day_before = carbon_on(ImportedGood("7607", "TW", SEPTEMBER, known_on=date(2026, 10, 4))).charge
    assert day_before.price_eur_per_tco2e == 75.28
    assert (
        carbon_on(ImportedGood("7607", "TW", SEPTEMBER, known_on=date(2026, 10, 5))).charge.price_eur_per_tco2e == 82.32
    )


def test_before_the_first_price_one_must_be_given() -> None:
    early = ImportedGood("7607", "TW", date(2026, 2, 1), known_on=date(2026, 2, 1))
    with pytest.raises(FactMissing) as caught:
        carbon_on(early)
    assert "--carbon-price" in str(caught.value)
    assert carbon_on(replace(early, price_eur_per_tco2e=80.0)).charge.price_eur_per_tco2e == 80.0


def test_the_contradicted_second_quarter_shows_both_readings() -> None:
    charge = carbon_on(ImportedGood("7601", "CN", date(2026, 5, 1))).charge
    assert charge.price_eur_per_tco2e == 75.28
    assert [other.value for other in charge.other_prices] == [70.07]
    assert charge.other_prices[0].confidence == "low"


def test_taiwan_takes_the_benchmark_of_secondary_metal() -> None:
    charge = carbon_on(ImportedGood("7607", "TW", SEPTEMBER)).charge
    assert charge.route == "L"
    assert next(step.value for step in charge.steps if step.key == "benchmark") == 0.258


def test_recalled_shares_are_shown_as_assumed() -> None:
    shares = {
        year: next(
            step for step in carbon_on(ImportedGood("7607", "TW", date(year, 6, 1))).charge.steps if step.key == "share"
        )
        for year in (2026, 2030, 2034)
    }
    assert [shares[year].value for year in shares] == [2.5, 48.5, 100]
    assert [shares[year].evidence.nature.value for year in shares] == ["decreed", "assumed", "decreed"]  # type: ignore[union-attr]


def test_de_minimis_counts_the_whole_year() -> None:
    good = ImportedGood("7607", "TW", SEPTEMBER)
    assert carbon_on(replace(good, year_mass_t=50)).charge.cost_eur_per_t == 0
    assert carbon_on(replace(good, year_mass_t=50.001)).charge.cost_eur_per_t == pytest.approx(83.43, abs=0.005)


def test_actual_emissions_replace_the_default_without_mark_up() -> None:
    charge = carbon_on(ImportedGood("7601", "CN", date(2026, 2, 1), emissions_tco2e_per_t=1.9, route="primary")).charge
    assert charge.payable_tco2e_per_t == pytest.approx(1.9 - 1.423 * 0.975)
    assert any("C2" in one.en for one in charge.defaults_taken)


def test_carbon_price_paid_abroad_is_deducted_and_never_refunded() -> None:
    good = ImportedGood("7601", "CN", date(2026, 2, 1))
    assert carbon_on(replace(good, paid_abroad_eur_per_t=20)).charge.cost_eur_per_t == pytest.approx(124.13, abs=0.005)
    assert carbon_on(replace(good, paid_abroad_eur_per_t=500)).charge.cost_eur_per_t == 0


@pytest.mark.parametrize(
    ("good", "word"),
    [
        (ImportedGood("76x7", "TW", SEPTEMBER), "4, 6, 8"),
        (ImportedGood("7604", "TW", SEPTEMBER), "7604.10.10 (0.69 t/t)"),
        (ImportedGood("7607", "ZZ", SEPTEMBER), "ISO 3166-1"),
        (ImportedGood("7607", "TW", SEPTEMBER, route="smelted"), "primary"),
        (ImportedGood("7607", "TW", SEPTEMBER, route="primary"), "--emissions"),
        (ImportedGood("7607", "TW", SEPTEMBER, emissions_tco2e_per_t=-1), "≥ 0"),
        (ImportedGood("7607", "TW", SEPTEMBER, paid_abroad_eur_per_t=-1), "≥ 0"),
        (ImportedGood("7208", "TW", SEPTEMBER), "--route"),
    ],
)
def test_bad_input_is_named_in_both_languages(good: ImportedGood, word: str) -> None:
    with pytest.raises(InputRejected) as caught:
        carbon_on(good)
    assert word in caught.value.text("en")
    assert caught.value.text("zh-TW") != caught.value.text("en")


@settings(deadline=None, max_examples=60)
@given(embedded=st.floats(0, 30), benchmark=st.floats(0, 3), low=st.floats(0, 100), high=st.floats(0, 100))
def test_payable_grows_with_the_share_and_is_never_negative(
    embedded: float, benchmark: float, low: float, high: float
) -> None:
    low, high = sorted((low, high))
    assert 0 <= payable_tco2e_per_t(embedded, benchmark, low) <= payable_tco2e_per_t(embedded, benchmark, high) + 1e-12
    assert payable_tco2e_per_t(embedded, benchmark, 100) == embedded


def test_every_boundary_of_every_cbam_fact_is_priced() -> None:
    """Generated from the facts: the first, last and neighbouring days of every span answer without a traceback."""
    rules = cbam_rules(load_facts())
    days = {
        day + timedelta(shift)
        for fact in (rules.demand, rules.share_pct, rules.markup_pct, rules.price)
        for span in fact.spans
        for day in (span.in_force_from, span.in_force_to)
        if day is not None
        for shift in (-1, 0, 1)
    }
    assert len(days) > 40
    for day in days:
        charge = cbam_charge(ImportedGood("7601", "CN", day), rules)
        if day < date(2026, 1, 1):
            assert charge.cost_eur_per_t == 0
            continue
        markup = {2026: 1.1, 2027: 1.2}.get(day.year, 1.3)
        share = {2026: 2.5, 2027: 5, 2028: 10, 2029: 22.5, 2030: 48.5, 2031: 61, 2032: 73.5, 2033: 86}.get(
            day.year, 100
        )
        expected = 3.0 * markup - 1.423 * (1 - share / 100)
        assert charge.payable_tco2e_per_t == pytest.approx(expected), day


def test_steps_carry_sources_and_sum_to_the_cost() -> None:
    record = carbon_on(ImportedGood("7607", "TW", SEPTEMBER)).record()
    lines = {line["item"]: line for line in record["lines"]}  # type: ignore[union-attr]
    assert set(record) >= {
        "in_scope",
        "payable_tco2e_per_t",
        "price_eur_per_tco2e",
        "cost_eur_per_t",
        "lines",
        "source",
    }
    assert all(lines[key]["source"] for key in ("default", "markup", "benchmark", "share", "price"))
    assert lines["payable"]["value"] * lines["price"]["value"] == pytest.approx(record["cost_eur_per_t"], rel=1e-12)


def test_taiwans_fee_by_tier_by_hand() -> None:
    """Foil at 1.15 t: 300, 50 and 100 TWD a tonne of CO2e, and a fifth of the first at high leakage risk."""
    fees = carbon_on(ImportedGood("7607", "TW", SEPTEMBER)).paid_at_origin
    assert [fee.fee_per_t for fee in fees] == pytest.approx([345, 57.5, 115, 69])
    assert carbon_on(ImportedGood("7601", "CN", SEPTEMBER)).paid_at_origin == ()


@pytest.mark.parametrize("typed", ["Taiwan", "臺灣", "tw"])
def test_an_origin_may_be_typed_as_a_name(typed: str) -> None:
    """As tomnext duty takes it; the answer is Taiwan's foil, 1.15 × 1.1 − 0.975 × 0.258 t at EUR 82.32."""
    charge = carbon_on(ImportedGood("7607", typed, date(2026, 9, 15))).charge
    assert charge.origin == "TW"
    assert charge.cost_eur_per_t == pytest.approx((1.15 * 1.1 - 0.975 * 0.258) * 82.32)


def test_an_origin_that_is_no_country_is_refused() -> None:
    with pytest.raises(InputRejected) as caught:
        carbon_on(ImportedGood("7607", "Atlantis", date(2026, 9, 15)))
    assert "albania" in caught.value.text("en")


def test_every_kind_of_figure_has_its_word_in_both_languages() -> None:
    said = words("natures")
    assert {one.value for one in Nature} <= set(said)
    assert all(said[one.value].zh != one.value for one in Nature)
