"""A million by the same law as one: the batch against single answers on ten thousand random shipments."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from tomnext.landed_cost.batch import Prepared, Shipments, assess
from tomnext.landed_cost.duty import Duty, duty
from tomnext.landed_cost.measures import TariffBook
from tomnext.studies.duty import Entry, tariff_book
from tomnext.studies.duty_batch import duty_on_table, read_table, write_table
from tomnext.vocabulary.errors import InputRejected, SourceFormatError

ORIGINS = (
    "TW", "CN", "HK", "JP", "KR", "DE", "FR", "GB", "CA", "MX", "IN", "VN", "CL", "PE", "AU", "RU", "BR", "CH", "MY",
    "ZA", "AE",
)  # fmt: skip


def drawn(count: int, seed: int) -> Shipments:
    """Random shipments over every line, many countries and all years, with gaps wherever a gap may be."""
    draw = np.random.default_rng(seed)
    book = tariff_book()
    codes = (*sorted(book.lines), "7616995160", "7616995130")

    def with_gaps(values: np.ndarray) -> np.ndarray:
        return np.where(draw.random(count) < 0.4, np.nan, values)

    return Shipments(
        codes,
        draw.integers(0, len(codes), count),
        ORIGINS,
        draw.integers(0, len(ORIGINS), count),
        draw.uniform(1e3, 1e6, count),
        np.datetime64("2018-01-01") + draw.integers(0, 3700, count).astype("timedelta64[D]"),
        weight_kg=with_gaps(draw.uniform(1, 5e5, count)),
        watts=with_gaps(draw.uniform(1, 1e5, count)),
        metal_shares={
            "copper": with_gaps(draw.choice([0.0, 0.3, 0.55], count)),
            "aluminium": with_gaps(draw.uniform(0, 0.4, count)),
            "lead": with_gaps(draw.choice([0.0, 0.05], count)),
        },
        weight_shares={
            "copper": with_gaps(draw.choice([0.0, 0.149, 0.15, 0.5], count)),
            "aluminium": with_gaps(draw.choice([0.0, 0.1, 0.15], count)),
            "lead": with_gaps(draw.choice([0.0, 0.02], count)),
        },
        melted_in={
            "US": with_gaps(draw.choice([0.0, 0.85, 0.95], count)),
            "RU": with_gaps(draw.choice([0.0, 0.0, 0.05], count)),
        },
        declared=frozenset({"usmca"}),
    )


def one_by_one(shipments: Shipments, row: int, book: TariffBook) -> Duty:
    def stated(columns: dict[str, np.ndarray]) -> dict[str, float]:
        return {key: float(column[row]) for key, column in columns.items() if not np.isnan(column[row])}

    def given(column: np.ndarray | None) -> float | None:
        return None if column is None or np.isnan(column[row]) else float(column[row])

    entry = Entry(
        shipments.codes[int(shipments.code_index[row])],
        shipments.origins[int(shipments.origin_index[row])],
        shipments.on[row].astype(object),
        value_usd=float(shipments.value_usd[row]),
        weight_kg=given(shipments.weight_kg),
        watts=given(shipments.watts),
        metal_shares=stated(dict(shipments.metal_shares)),
        weight_shares=stated(dict(shipments.weight_shares)),
        melted_in=stated(dict(shipments.melted_in)),
        declared=shipments.declared,
    )
    return duty(entry, book)


@pytest.mark.slow
def test_ten_thousand_random_shipments_as_one_by_one() -> None:
    book, shipments = tariff_book(), drawn(10_000, seed=7)
    answer = assess(shipments, book)
    for row in range(len(shipments)):
        single = one_by_one(shipments, row, book)
        total = answer.total_usd[row]
        assert (single.total_usd is None) == bool(np.isnan(total)), row
        if single.total_usd is not None:
            assert total == pytest.approx(single.total_usd, rel=1e-9, abs=1e-6), row
            by_authority: dict[str, float] = {}
            for line in single.lines:
                programme = line.measure.programme
                by_authority[programme] = by_authority.get(programme, 0.0) + (line.amount_usd or 0.0)
            for authority, column in answer.by_authority_usd.items():
                assert column[row] == pytest.approx(by_authority.get(authority, 0.0), rel=1e-9, abs=1e-6), row


def test_the_authorities_sum_to_the_total_and_the_landed_value_holds_both() -> None:
    shipments = drawn(2_000, seed=3)
    answer = assess(shipments, tariff_book())
    told = ~answer.is_unknown
    assert 0.5 < told.mean() < 1
    parts = sum(answer.by_authority_usd.values(), np.zeros(len(shipments)))
    np.testing.assert_allclose(parts[told], answer.total_usd[told], rtol=1e-9)
    np.testing.assert_allclose(answer.landed_usd[told], (shipments.value_usd + parts)[told], rtol=1e-9)
    assert np.isnan(answer.landed_usd[~told]).all()


def test_all_on_one_day_is_each_on_that_day() -> None:
    book, shipments = tariff_book(), drawn(300, seed=5)
    days = [date(2025, 7, 31), date(2025, 8, 1), date(2025, 8, 2), date(2026, 4, 6)]
    answers = list(Prepared(shipments, book).on(days))
    assert answers[1] is answers[2]
    assert answers[0] is not answers[1]
    for day, answer in zip(days, answers, strict=True):
        moved = Shipments(**{**shipments.__dict__, "on": np.full(len(shipments), np.datetime64(day))})
        np.testing.assert_allclose(answer.total_usd, assess(moved, book).total_usd, rtol=1e-12)


def test_a_day_before_the_first_fact_and_impossible_amounts_are_refused() -> None:
    shipments = drawn(10, seed=1)
    with pytest.raises(InputRejected):
        assess(Shipments(**{**shipments.__dict__, "on": np.full(10, np.datetime64("2015-01-01"))}), tariff_book())
    for name, column in {
        "value_usd": np.array([1.0] * 9 + [-1.0]),
        "weight_kg": np.array([1.0] * 9 + [-1.0]),
        "metal_shares": {"copper": np.array([0.1] * 9 + [1.4])},
        "weight_shares": {"copper": np.array([0.6] * 10), "lead": np.array([0.1] * 9 + [0.5])},
    }.items():
        with pytest.raises(InputRejected) as caught:
            assess(Shipments(**{**shipments.__dict__, name: column}), tariff_book())
        assert "row 10" in str(caught.value.received)


def test_no_rows_are_no_duty() -> None:
    empty = duty_on_table(pl.DataFrame({"hts": [], "origin": [], "on": [], "value_usd": []}))
    assert len(empty) == 0


TABLE = pl.DataFrame({
    "hts": [
        "7408.11.60", "74081160", "7408.11", "7403.11.00", None, "8544.42.90", "7801.10.00", "7411.10.10", "7410.11.00",
    ],
    "origin": ["TW", "中國", "TW", "Chile", "TW", "Atlantis", "AU", "TW", "TW"],
    "on": ["2025-12-01"] * 7 + ["someday", "2016-01-01"],
    "value_usd": ["1000", "1000", "1000", "1000", "1000", "1000", "1000", "1000", "-5"],
    "copper_value_share": [0.8, None, None, None, None, None, None, None, 2.0],
})  # fmt: skip


def test_one_bad_row_does_not_spoil_the_rest() -> None:
    """3 + 50 × 0.8 + 20 × 0.2 = 47; 3 + 50 + 25 + 10 = 88; refined copper 1; the rest named."""
    priced = duty_on_table(TABLE)
    assert priced["duty_usd"].to_list() == [470.0, 880.0, None, 10.0, None, None, None, None, None]
    assert priced["usd_us_s232"].to_list()[:2] == [400.0, 500.0]
    wrong = [(one or "")[:28] for one in priced["error"].to_list()]
    assert wrong[0] == wrong[1] == wrong[3] == ""
    for row, word in {2: "heading", 4: "not a tariff", 5: "country", 6: "amounts", 7: "date", 8: "first fact"}.items():
        assert word in priced["error"][row], row


def test_errors_speak_the_reader_s_language() -> None:
    priced = duty_on_table(TABLE, language="zh-TW")  # type: ignore[arg-type]
    assert "品目" in priced["error"][2]


def test_a_table_without_a_needed_column_and_unknown_files(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputRejected) as caught:
        duty_on_table(TABLE.drop("origin"))
    assert "origin" in caught.value.text("zh-TW")
    with pytest.raises(SourceFormatError):
        read_table(tmp_path / "x.doc")
    with pytest.raises(SourceFormatError):
        read_table(tmp_path / "absent.csv")
    with pytest.raises(SourceFormatError):
        write_table(TABLE, tmp_path / "x.doc")
    for name in ("x.csv", "x.parquet"):
        write_table(TABLE, tmp_path / name)
        assert duty_on_table(read_table(tmp_path / name))["duty_usd"].to_list()[:2] == [470.0, 880.0]
