"""Duty worked by hand from the acts, each total written out as its parts; percent of customs value.

C is column 1 of HTS 2025. Copper 50 on its content from 2025-08-01 (Proc. 10962), on the full value from 2026-04-06
(Proc. 11021); List 3 is 25, fentanyl 20 then 10 from 2025-11-10, S122 10 from 2026-02-24 to 2026-07-23.
"""

from datetime import date

import pytest

from tomnext.studies.duty import Entry, duty_on

WIRE, BUILDING_WIRE, CORD, TUBE = "7408.11.60", "8544.49.30", "8544.42.90", "7411.10.10"  # C 3, 5.3, 2.6, 1.5
INGOT, STRANDED, MODULE, WINDING = "7601.10.60", "7614.10.50", "8541.43.00", "8544.11.00"  # C Free, 4.9, Free, 3.5


def total(code: str, origin: str, on: str, **more: object) -> float | None:
    return duty_on(Entry(code, origin, date.fromisoformat(on), **more)).total_rate_pct  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "origin", "on", "parts"),
    [
        # reciprocal by country, EO 14326 annex I; building wire is on no S232 list
        (BUILDING_WIRE, "VN", "2025-08-06", [5.3, 10]),
        (BUILDING_WIRE, "VN", "2025-08-07", [5.3, 20]),
        (BUILDING_WIRE, "CL", "2025-08-07", [5.3, 10]),
        (BUILDING_WIRE, "PE", "2025-12-01", [5.3, 10]),
        (BUILDING_WIRE, "GB", "2025-12-01", [5.3, 10]),
        (BUILDING_WIRE, "TH", "2025-12-01", [5.3, 19]),
        (BUILDING_WIRE, "IN", "2025-08-26", [5.3, 25]),
        (BUILDING_WIRE, "IN", "2025-08-27", [5.3, 25, 25]),
        (BUILDING_WIRE, "CH", "2025-11-13", [5.3, 39]),
        # totals that contain column 1
        (BUILDING_WIRE, "CH", "2025-11-14", [15]),
        (BUILDING_WIRE, "DE", "2025-08-06", [5.3, 10]),
        (BUILDING_WIRE, "DE", "2025-08-07", [15]),
        (BUILDING_WIRE, "KR", "2025-11-13", [5.3, 15]),
        (BUILDING_WIRE, "KR", "2025-11-14", [15]),
        (BUILDING_WIRE, "JP", "2025-08-15", [15]),
        # the temporary surcharge and the forced-labour duties
        (BUILDING_WIRE, "DE", "2026-02-24", [5.3, 10]),
        (BUILDING_WIRE, "DE", "2026-07-23", [5.3, 10]),
        (BUILDING_WIRE, "DE", "2026-07-24", [10]),
        (BUILDING_WIRE, "JP", "2026-07-24", [12.5]),
        (BUILDING_WIRE, "KR", "2026-08-01", [12.5]),
        (BUILDING_WIRE, "CL", "2026-08-01", [5.3, 12.5]),
        (BUILDING_WIRE, "VN", "2026-08-01", [5.3, 12.5]),
        (BUILDING_WIRE, "IN", "2026-08-01", [5.3, 10]),
        (BUILDING_WIRE, "MY", "2026-08-01", [5.3, 10]),
        (BUILDING_WIRE, "HK", "2026-08-01", [5.3, 12.5]),
        (BUILDING_WIRE, "BR", "2026-08-01", [5.3, 12.5, 25]),
        # Hong Kong pays fentanyl and the reciprocal duty but is on no China list
        (WIRE, "HK", "2025-12-01", [3, 50, 10]),
        # refined copper: on no S232 list; exempt from reciprocal, surcharge and forced labour
        ("7403.11.00", "CL", "2025-12-01", [1]),
        ("7403.11.00", "JP", "2026-11-22", [1]),
        ("7403.11.00", "AU", "2026-11-22", [1]),
        # copper semi-finished from anywhere
        (WIRE, "KR", "2025-12-01", [3, 50]),
        (WIRE, "CL", "2026-05-01", [3, 50]),
        (CORD, "VN", "2026-05-01", [2.6, 25]),
        # China, spring of 2025
        (WINDING, "CN", "2025-02-03", [3.5, 25]),
        (WINDING, "CN", "2025-02-04", [3.5, 25, 10]),
        (WINDING, "CN", "2025-03-04", [3.5, 25, 20]),
        (WINDING, "CN", "2025-04-05", [3.5, 25, 20, 10]),
        (WINDING, "CN", "2025-04-09", [3.5, 25, 20, 84]),
        (WINDING, "CN", "2025-04-10", [3.5, 25, 20, 125]),
        (WINDING, "CN", "2025-05-13", [3.5, 25, 20, 125]),
        (WINDING, "CN", "2025-05-14", [3.5, 25, 20, 10]),
        # List 3 and 4A through time; cathode C 1, household ware C 3
        ("7403.11.00", "CN", "2018-09-23", [1]),
        ("7403.11.00", "CN", "2018-09-24", [1, 10]),
        ("7403.11.00", "CN", "2019-05-09", [1, 10]),
        ("7403.11.00", "CN", "2019-05-10", [1, 25]),
        ("7418.10.00", "CN", "2019-08-31", [3]),
        ("7418.10.00", "CN", "2019-09-01", [3, 15]),
        ("7418.10.00", "CN", "2020-02-13", [3, 15]),
        ("7418.10.00", "CN", "2020-02-14", [3, 7.5]),
        # S232 aluminium and steel through time
        (INGOT, "IN", "2018-03-22", [0]),
        (INGOT, "IN", "2018-03-23", [10]),
        (INGOT, "CA", "2025-03-11", [0]),
        (INGOT, "IN", "2025-03-11", [10]),
        (INGOT, "IN", "2025-03-12", [25]),
        (INGOT, "IN", "2025-06-03", [25]),
        (INGOT, "IN", "2025-06-04", [50]),
        (INGOT, "GB", "2025-06-04", [25]),
        (INGOT, "GB", "2026-04-06", [50]),
        ("7208.39.00", "BR", "2025-03-12", [25]),
        (STRANDED, "IN", "2020-02-07", [4.9]),
        (STRANDED, "IN", "2020-02-08", [4.9, 10]),
        # Russia: column 2 from 2022-04-09 (ingot 11), aluminium 200 from 2023-03-10, forced labour not on S232 goods
        (INGOT, "RU", "2022-04-08", [10]),
        (INGOT, "RU", "2022-04-09", [11, 10]),
        (INGOT, "RU", "2023-03-09", [11, 10]),
        (INGOT, "RU", "2023-03-10", [11, 200]),
        (INGOT, "RU", "2025-12-01", [11, 200]),
        (INGOT, "RU", "2026-11-22", [11, 200]),
        (WIRE, "RU", "2025-12-01", [28, 50]),
        # solar: S122 and forced labour add to the S232 action of December 2026, which no exclusion note names
        (MODULE, "CN", "2026-12-03", [50, 12.5]),
        (MODULE, "CN", "2026-12-04", [50, 12.5, 15]),
        (MODULE, "TW", "2026-12-03", [10]),
        (MODULE, "TW", "2026-12-04", [10, 15]),
        (MODULE, "GB", "2026-12-04", [10, 10]),
        (MODULE, "VN", "2026-12-04", [12.5, 15]),
    ],
)  # fmt: skip
def test_whole_value(code: str, origin: str, on: str, parts: list[float]) -> None:
    assert total(code, origin, on) == pytest.approx(sum(parts), abs=1e-9)


@pytest.mark.parametrize(
    ("code", "origin", "on", "copper", "parts"),
    [
        (WIRE, "TW", "2025-12-01", 0.8, [3, 50 * 0.8, 20 * 0.2]),
        (WIRE, "CN", "2025-12-01", 0.8, [3, 50 * 0.8, 25, 10, 10 * 0.2]),
        (TUBE, "CN", "2025-10-01", 0.5, [1.5, 50 * 0.5, 25, 20, 10 * 0.5]),
        (CORD, "TW", "2025-08-15", 0.35, [2.6, 50 * 0.35, 20 * 0.65]),
        (CORD, "TW", "2026-03-15", 0.35, [2.6, 50 * 0.35, 10 * 0.65]),
        (CORD, "CN", "2026-03-15", 0.35, [2.6, 50 * 0.35, 25, 10 * 0.65]),
        (WIRE, "DE", "2025-12-01", 0.8, [3, 50 * 0.8, (15 - 3) * 0.2]),
        (WIRE, "TW", "2025-12-01", 0.0, [3, 20]),
        (WIRE, "TW", "2025-07-31", 0.8, [3, 10]),
        (WIRE, "TW", "2026-04-05", 0.8, [3, 50 * 0.8, 10 * 0.2]),
        (WIRE, "TW", "2026-04-06", 0.8, [3, 50]),
        (CORD, "TW", "2026-04-06", 0.35, [2.6, 25]),
    ],
)
def test_part_of_the_value_is_copper(code: str, origin: str, on: str, copper: float, parts: list[float]) -> None:
    assert total(code, origin, on, metal_shares={"copper": copper}) == pytest.approx(sum(parts), abs=1e-9)


def test_copper_and_aluminium_in_one_cord_each_pay_on_their_content() -> None:
    shares = {"copper": 0.4, "aluminium": 0.1}
    before, after = (total(CORD, "TW", on, metal_shares=shares) for on in ("2025-08-17", "2025-08-18"))
    assert before == pytest.approx(2.6 + 50 * 0.4 + 20 * 0.6)
    assert after == pytest.approx(2.6 + 50 * 0.4 + 50 * 0.1 + 20 * 0.5)


@pytest.mark.parametrize(
    ("on", "origin", "copper", "parts"),
    [
        ("2026-05-01", "TW", 0.15, [2.6, 25]),
        ("2026-05-01", "TW", 0.149, [2.6, 10]),
        ("2026-08-01", "TW", 0.149, [10]),
        ("2026-08-01", "TW", 0.15, [2.6, 25]),
        ("2026-08-01", "CN", 0.149, [2.6, 25, 12.5]),
        ("2026-08-01", "CN", 0.15, [2.6, 25, 25]),
    ],
)
def test_less_metal_than_fifteen_percent_of_the_weight(on: str, origin: str, copper: float, parts: list[float]) -> None:
    assert total(CORD, origin, on, weight_shares={"copper": copper}) == pytest.approx(sum(parts), abs=1e-9)


def test_the_fifteen_percent_do_not_matter_inside_chapter_74() -> None:
    assert total(WIRE, "TW", "2026-08-01", weight_shares={"copper": 0.1}) == pytest.approx(53)


@pytest.mark.parametrize(
    ("on", "american", "parts"),
    [
        ("2026-04-05", 0.95, [4.9, 50]),
        ("2026-04-06", 0.95, [4.9, 10]),
        ("2026-04-06", 0.94, [4.9, 50]),
        ("2026-06-07", 0.90, [4.9, 50]),
        ("2026-06-08", 0.90, [4.9, 10]),
        ("2026-06-08", 0.85, [4.9, 10]),
        ("2026-06-08", 0.849, [4.9, 50]),
    ],
)
def test_metal_melted_in_the_united_states(on: str, american: float, parts: list[float]) -> None:
    assert total(STRANDED, "TW", on, melted_in={"US": american}) == pytest.approx(sum(parts), abs=1e-9)


def test_united_states_metal_needs_fifteen_percent_metal_too() -> None:
    """A cord with too little metal pays no S232 at all, so there is nothing for the relief to stand in for."""
    light = {"weight_shares": {"copper": 0.1}, "melted_in": {"US": 1.0}}
    assert total(CORD, "TW", "2026-05-01", **light) == pytest.approx(2.6 + 10)
    assert total(CORD, "TW", "2026-05-01", melted_in={"US": 1.0}) == pytest.approx(2.6 + 10)
    answer = duty_on(Entry(CORD, "TW", date(2026, 5, 1), melted_in={"US": 1.0}))
    assert any(line.measure.path.startswith("us/s232/metals/us_metal") for line in answer.lines)


@pytest.mark.parametrize(("russian", "rate"), [(0.0, 50), (0.01, 200), (1.0, 200)])
def test_any_russian_metal_in_aluminium_of_another_country(russian: float, rate: float) -> None:
    for on in ("2025-12-01", "2026-11-22"):
        assert total(INGOT, "AE", on, melted_in={"RU": russian}) == pytest.approx(rate)


def test_united_kingdom_metal_from_april_2026() -> None:
    assert total(INGOT, "GB", "2026-05-01", melted_in={"GB": 0.95}) == pytest.approx(25)
    assert total(INGOT, "GB", "2026-05-01", melted_in={"GB": 0.94}) == pytest.approx(50)
    assert total(WIRE, "GB", "2026-05-01", melted_in={"GB": 1.0}) == pytest.approx(3 + 50)


@pytest.mark.parametrize(
    ("origin", "on", "declared", "parts"),
    [
        ("CA", "2025-03-03", [], [5.3]),
        ("CA", "2025-03-04", [], [5.3, 25]),
        ("CA", "2025-08-01", [], [5.3, 35]),
        ("CA", "2025-09-01", ["usmca"], [0]),
        ("MX", "2025-09-01", [], [5.3, 25]),
        ("MX", "2026-02-24", [], [5.3, 10]),
        ("MX", "2026-02-24", ["usmca"], [0]),
        ("CA", "2026-08-01", [], [5.3, 10]),
        ("CA", "2026-08-01", ["usmca"], [0]),
        ("KR", "2026-03-15", ["korus"], [10]),
    ],
)
def test_agreement_goods(origin: str, on: str, declared: list[str], parts: list[float]) -> None:
    assert total(BUILDING_WIRE, origin, on, declared=frozenset(declared)) == pytest.approx(sum(parts), abs=1e-9)


def test_canadian_steel_and_aluminium_do_not_pay_the_border_duty_on_top() -> None:
    assert total(INGOT, "CA", "2025-09-01") == pytest.approx(50)
    assert total("7208.39.00", "MX", "2025-09-01") == pytest.approx(50)


def test_canadian_copper_pays_both_and_the_doubt_is_shown() -> None:
    answer = duty_on(Entry(WIRE, "CA", date(2025, 9, 1)))
    assert answer.total_rate_pct == pytest.approx(3 + 50 + 35)
    doubted = [line for line in answer.lines if line.is_weak]
    assert [line.measure.path for line in doubted] == ["us/ieepa/fentanyl_canada_on_copper"]
    assert answer.is_assumed


def test_proposed_duty_enters_only_when_asked() -> None:
    cathode = Entry("7403.11.00", "CL", date(2027, 6, 1))
    assert duty_on(cathode).total_rate_pct == pytest.approx(1)
    from tomnext.studies.duty import statuses_with

    asked = Entry("7403.11.00", "CL", date(2027, 6, 1), statuses=statuses_with(["proposed"]))
    assert duty_on(asked).total_rate_pct == pytest.approx(1 + 15)
    later = Entry("7403.11.00", "CL", date(2028, 1, 1), statuses=statuses_with(["proposed"]))
    assert duty_on(later).total_rate_pct == pytest.approx(1 + 30)


def test_advanced_semiconductors_pay_only_when_declared() -> None:
    server = "8471.50.01"
    assert total(server, "TW", "2026-05-01") == pytest.approx(0)
    declared = frozenset({"advanced_semiconductor"})
    assert total(server, "TW", "2026-01-14", declared=declared) == pytest.approx(0)
    assert total(server, "TW", "2026-01-15", declared=declared) == pytest.approx(25)


def test_a_granted_exclusion_takes_list_3_away_until_it_lapses() -> None:
    granted = frozenset({"s301_exclusion"})
    assert total("7403.11.00", "CN", "2026-11-09", declared=granted) == pytest.approx(1)
    assert total("7403.11.00", "CN", "2026-11-10", declared=granted) == pytest.approx(1 + 25)


@pytest.mark.parametrize(
    ("known", "parts"),
    [
        # in July 2025: no copper duty announced; fentanyl 20; the 24 suspended points due back on 12 August
        ("2025-07-15", [3, 25, 20, 34]),
        ("2025-07-30", [3, 50, 25, 20]),
        ("2025-11-03", [3, 50, 25, 20]),
        ("2025-11-04", [3, 50, 25, 10]),
    ],
)
def test_what_could_be_known_of_the_first_of_december_2025(known: str, parts: list[float]) -> None:
    replay = {"known_on": date.fromisoformat(known)}
    assert total(WIRE, "CN", "2025-12-01", **replay) == pytest.approx(sum(parts), abs=1e-9)


def test_the_end_of_the_emergency_duties_was_not_known_before_the_ruling() -> None:
    replay = {"known_on": date(2026, 2, 19)}
    assert total(BUILDING_WIRE, "TW", "2026-03-15", **replay) == pytest.approx(5.3 + 20)
    assert total(BUILDING_WIRE, "TW", "2026-03-15", known_on=date(2026, 2, 20)) == pytest.approx(5.3 + 10)


def test_japan_was_first_charged_on_top_and_later_in_all() -> None:
    assert total(BUILDING_WIRE, "JP", "2025-08-15", known_on=date(2025, 8, 20)) == pytest.approx(5.3 + 15)
    assert total(BUILDING_WIRE, "JP", "2025-08-15", known_on=date(2025, 9, 4)) == pytest.approx(15)


def test_nickel_before_september_2025_follows_the_worked_table_and_says_it_is_doubtful() -> None:
    answer = duty_on(Entry("7502.10.00", "TW", date(2025, 8, 15)))
    assert answer.total_rate_pct == 0
    assert answer.is_assumed
    assert total("7108.13.55", "CH", "2025-08-15") == pytest.approx(39)
    assert total("7108.13.55", "CH", "2025-09-08") == pytest.approx(0)


class TestContentAndWeight:
    """Duties that are not a percentage of the whole value: needed amounts are asked for, never taken as nothing."""

    def test_lead_needs_its_content(self) -> None:
        answer = duty_on(Entry("7801.10.00", "AU", date(2026, 5, 1)))
        assert answer.total_rate_pct is None
        assert answer.known_rate_pct == pytest.approx(10)

    def test_lead_with_its_content(self) -> None:
        shares = {"lead": 0.9997}
        assert total("7801.10.00", "AU", "2025-03-01", metal_shares=shares) == pytest.approx(2.5 * 0.9997)
        assert total("7801.10.00", "AU", "2026-05-01", metal_shares=shares) == pytest.approx(2.5 * 0.9997 + 10)
        assert total("7801.10.00", "TW", "2026-08-01", metal_shares=shares) == pytest.approx(10)

    def test_zinc_dust_pays_by_weight(self) -> None:
        """7903.10.00: 0.7 US cents per kg; 1,000 kg worth 3,000 dollars pay 7 dollars."""
        unknown = duty_on(Entry("7903.10.00", "MY", date(2025, 3, 1)))
        assert unknown.total_rate_pct is None
        assert "weight" in unknown.unknown[0].why.en
        known = duty_on(Entry("7903.10.00", "MY", date(2025, 3, 1), value_usd=3000, weight_kg=1000))
        assert known.total_usd == pytest.approx(7)
        assert known.total_rate_pct == pytest.approx(100 * 7 / 3000)

    def test_copper_ore_pays_on_the_lead_in_it(self) -> None:
        """2603.00.00: 1.7 cents per kg of lead; 20,000 kg with 2 % lead pay 6.80 dollars."""
        ore = {"value_usd": 50_000.0, "weight_kg": 20_000.0, "weight_shares": {"lead": 0.02}}
        answer = duty_on(Entry("2603.00.00", "PE", date(2025, 12, 1), **ore))  # type: ignore[arg-type]
        assert answer.total_usd == pytest.approx(6.80)

    def test_solar_below_the_minimum_price_pays_by_the_watt(self) -> None:
        panel = {"value_usd": 1000.0, "watts": 4000.0, "declared": frozenset({"no_minimum_price_documents"})}
        answer = duty_on(Entry(MODULE, "VN", date(2026, 12, 4), **panel))  # type: ignore[arg-type]
        assert answer.total_usd == pytest.approx(1000 * 0.275 + 4000 * 0.38)

    def test_before_the_review_the_old_rate_of_aluminium_is_unknown_and_not_zero(self) -> None:
        answer = duty_on(Entry("7606.12.30", "CN", date(2024, 9, 26)))
        assert answer.total_rate_pct is None
        assert [one.measure.path for one in answer.unknown] == ["us/s301/review_metals"]
        assert total("7606.12.30", "CN", "2024-09-27") == pytest.approx(3 + 10 + 25)
