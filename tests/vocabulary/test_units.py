"""Exact factors and their inverses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tomnext.vocabulary.errors import UnitMismatch
from tomnext.vocabulary.units import GRAMS_IN, factor, mass_factor, price_factor

MASSES = st.sampled_from(sorted(GRAMS_IN))


@pytest.mark.parametrize(
    ("unit", "grams"), [("oz", 31.1034768), ("lb", 453.59237), ("short_ton", 907184.74), ("t", 1e6), ("kg", 1e3)]
)
def test_definitions_are_exact(unit: str, grams: float) -> None:
    assert mass_factor(unit, "g") == grams


def test_a_comex_lot_and_a_dollar_per_pound() -> None:
    assert 25_000 * mass_factor("lb", "t") == pytest.approx(11.33980925, rel=1e-15)
    assert price_factor("usd_per_lb", "usd_per_t") == pytest.approx(2204.6226218487757, rel=1e-15)
    assert price_factor("usc_per_lb", "usd_per_t") == pytest.approx(22.046226218487757, rel=1e-15)


@given(MASSES, MASSES)
def test_there_and_back(one: str, other: str) -> None:
    assert mass_factor(one, other) * mass_factor(other, one) == pytest.approx(1, rel=1e-15)


@pytest.mark.parametrize(("one", "other"), [("usd_per_t", "eur_per_t"), ("t", "tonne"), ("usd_per_t", "t")])
def test_what_cannot_convert_says_so(one: str, other: str) -> None:
    with pytest.raises(UnitMismatch):
        factor(one, other)
