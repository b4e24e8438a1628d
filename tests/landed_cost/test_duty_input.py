"""What a user may type wrongly is refused by name, in both languages, with the nearest right answer."""

from datetime import date

import polars as pl
import pytest

from tomnext.studies.duty import Entry, country, duty_on, measures_over_time, metal, statuses_with
from tomnext.studies.duty_batch import duty_on_table
from tomnext.vocabulary.errors import FactMissing, InputRejected, TomnextError

ON = date(2025, 12, 1)


def refused(**changes: object) -> TomnextError:
    entry = {"code": "7408.11.60", "origin": "TW", "on": ON, **changes}
    with pytest.raises(TomnextError) as caught:
        duty_on(Entry(**entry))  # type: ignore[arg-type]
    error = caught.value
    assert error.text("en") != error.text("zh-TW")
    return error


def test_unknown_code_names_the_nearest_and_the_edition() -> None:
    error = refused(code="7408.11.61")
    assert any(one.startswith("7408.11.60") for one in error.nearest)
    assert "2025 basic edition" in error.text("en")
    assert "2025 年基本版" in error.text("zh-TW")


def test_six_digits_give_the_eight_digit_choices_with_their_rates() -> None:
    error = refused(code="7408.11")
    assert [one[:10] for one in error.nearest] == ["7408.11.30", "7408.11.60"]
    assert "1% → 51%" in error.nearest[0]
    assert "3% → 53%" in error.nearest[1]


def test_a_heading_gives_all_its_lines() -> None:
    assert len(refused(code="7403").nearest) == 7


def test_ten_digits_are_read_as_the_line_they_stand_under() -> None:
    assert duty_on(Entry("7408116000", "TW", ON)).total_rate_pct == pytest.approx(53)


def test_a_line_divided_at_ten_digits_asks_for_them() -> None:
    answer = duty_on(Entry("7616.99.51", "TW", date(2026, 5, 1)))
    assert answer.total_rate_pct is None
    assert any("ten-digit" in one.why.en for one in answer.unknown)
    casting, ladder = (duty_on(Entry(code, "TW", date(2026, 5, 1))) for code in ("7616995160", "7616995130"))
    assert casting.total_rate_pct == pytest.approx(2.5 + 50)
    assert ladder.total_rate_pct == pytest.approx(2.5 + 25)


@pytest.mark.parametrize("typed", ["copper wire", "7", "74081160001", ""])
def test_what_is_not_a_code(typed: str) -> None:
    assert isinstance(refused(code=typed), InputRejected)


def test_a_code_of_another_nomenclature_is_called_by_its_name() -> None:
    error = refused(code="7408 11 00")
    assert "nomenclature" in error.text("en")
    assert any(one.startswith("7408.11.60") for one in error.nearest)


def test_a_chapter_that_is_not_held() -> None:
    assert "no line" in refused(code="8703.80.00").text("en")


def test_missing_and_unknown_origin() -> None:
    assert "missing" in refused(origin="").text("en")
    assert "Taiwan".casefold() in refused(origin="Taiwn").nearest


@pytest.mark.parametrize(
    ("typed", "code"),
    [("tw", "TW"), ("臺灣", "TW"), ("台灣", "TW"), ("UK", "GB"), ("China", "CN"), ("中國", "CN"), ("eu", "EU")],
)
def test_countries_by_code_and_name(typed: str, code: str) -> None:
    assert country(typed) == code


@pytest.mark.parametrize(
    ("typed", "name"), [("Cu", "copper"), ("銅", "copper"), ("鋼", "steel"), ("aluminum", "aluminium")]
)
def test_metals_by_any_name(typed: str, name: str) -> None:
    assert metal(typed) == name


@pytest.mark.parametrize(
    ("field", "given", "word"),
    [
        ("metal_shares", {"copper": 1.2}, "between 0 and 1"),
        ("metal_shares", {"copper": -0.1}, "between 0 and 1"),
        ("metal_shares", {"copper": float("nan")}, "between 0 and 1"),
        ("weight_shares", {"copper": 0.7, "aluminium": 0.6}, "more than 1"),
        ("melted_in", {"US": 0.7, "CA": 0.6}, "more than 1"),
        ("value_usd", -1.0, "negative"),
        ("value_usd", float("nan"), "negative"),
        ("weight_kg", -1.0, "negative"),
        ("metal_shares", {"unobtainium": 0.5}, "ten metals"),
        ("melted_in", {"Atlantis": 0.5}, "country"),
    ],
)  # fmt: skip
def test_impossible_amounts(field: str, given: object, word: str) -> None:
    assert word in refused(**{field: given}).text("en")


def test_a_day_before_the_first_fact() -> None:
    error = refused(on=date(2016, 1, 1))
    assert isinstance(error, FactMissing)
    assert "2018-01-01" in error.text("en")


def test_a_territory_that_is_not_held_names_those_that_are() -> None:
    with pytest.raises(FactMissing) as caught:
        duty_on(Entry("7408.11.60", "TW", ON), "br")
    assert "us" in caught.value.text("en")


def test_a_standing_that_does_not_exist() -> None:
    with pytest.raises(InputRejected) as caught:
        statuses_with(["rumoured"])
    assert "proposed" in caught.value.text("zh-TW")


def test_a_timeline_that_ends_before_it_begins() -> None:
    with pytest.raises(InputRejected):
        measures_over_time(Entry("7408.11.60", "TW", ON), date(2026, 1, 1), date(2025, 1, 1))


def test_goods_of_the_importing_country_are_not_imports() -> None:
    assert "imports" in refused(origin="US").text("en")
    with pytest.raises(InputRejected):
        duty_on(Entry("7403.11.00", "DE", ON), "eu")


def test_a_rate_nobody_found_is_unknown_and_never_free() -> None:
    for territory, code in (("eu", "7408.11.00"), ("tw", "7403.11.00")):
        answer = duty_on(Entry(code, "CL", ON), territory)
        assert answer.total_rate_pct is None
        assert "searched" in answer.unknown[0].why.en


def test_the_european_union_where_a_source_was_found() -> None:
    """Unwrought aluminium 3 % since 2007 and 6 % alloyed, refined copper free, profiles 7.5 % (pages cited by row)."""
    told = {
        code: duty_on(Entry(code, "TW", ON), "eu") for code in ("7601.10.90", "7601.20.80", "7403.11.00", "7604.29.90")
    }
    assert [one.total_rate_pct for one in told.values()] == pytest.approx([3, 6, 0, 7.5])
    slabs = duty_on(Entry("7601.20.30", "TW", ON), "eu")
    assert slabs.total_rate_pct == pytest.approx(4)
    assert slabs.is_assumed


def test_a_declaration_no_measure_knows_is_refused_with_those_that_are() -> None:
    """A slip in a preference must not price the goods as if it had never been claimed."""
    error = refused(declared=frozenset({"usmc"}))
    assert "usmca" in error.text("en")
    assert "申報" in error.text("zh-TW")
    with pytest.raises(InputRejected):
        duty_on_table(pl.DataFrame({"hts": [], "origin": [], "on": [], "value_usd": []}), declared=["usmc"])
    elsewhere = duty_on(Entry("7601.10.90", "TW", ON, declared=frozenset({"usmca"})), "eu")
    assert elsewhere.total_rate_pct == pytest.approx(3)
