"""Files as people really have them: each is either read rightly or refused with the reason, never half imported."""

import struct
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from tomnext.observations.importing import payload as payload_module
from tomnext.observations.importing.map import parse_map
from tomnext.observations.importing.run import ImportReport, import_file
from tomnext.observations.store import SqliteStore, open_store
from tomnext.vocabulary.errors import InputRejected, SourceFormatError, TomnextError, UnitMismatch

CASH = "lme.copper.price.cash"
COPPER = {"series": CASH, "unit": "usd_per_t"}


def plain_map(**changes: object) -> dict[str, object]:
    """The map of a two-column file, with parts replaced."""
    return {"source": "the desk", "date": {"column": "date"}, "columns": {"cash": COPPER}, **changes}


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return open_store(tmp_path / "desk.sqlite", create=True)


@pytest.fixture
def bring(tmp_path: Path, store: SqliteStore):  # type: ignore[no-untyped-def]
    """Write a file and import it through a map."""

    def _bring(content: str | bytes, layout: dict[str, object] | None = None, name: str = "f.csv") -> ImportReport:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return import_file(file, parse_map(layout or plain_map()), store)

    return _bring


def values(store: SqliteStore, series_id: str = CASH) -> dict[date, float]:
    return dict(store.read([series_id]).select("observed_on", "value").iter_rows())


def test_a_plain_file_is_read_and_told(bring, store: SqliteStore) -> None:  # type: ignore[no-untyped-def]
    report = bring("date,cash\n2021-10-15,10538\n2021-10-18,11299.5\n")
    assert (report.rows_read, report.added, report.unchanged, report.revised, report.rejected) == (2, 2, 0, 0, ())
    assert values(store) == {date(2021, 10, 15): 10_538.0, date(2021, 10, 18): 11_299.5}
    again = bring("date,cash\n2021-10-15,10538\n2021-10-18,11299.5\n")
    assert (again.added, again.unchanged, again.revised, again.already_imported) == (0, 2, 0, True)


def test_a_longer_file_adds_only_what_is_new_and_a_correction_is_a_revision(bring, store: SqliteStore) -> None:  # type: ignore[no-untyped-def]
    bring("date,cash\n2021-10-15,10538\n")
    report = bring("date,cash\n2021-10-15,10540\n2021-10-18,11299.5\n")
    assert (report.added, report.unchanged, report.revised) == (1, 0, 1)
    assert values(store)[date(2021, 10, 15)] == 10_540.0
    before = store.read([CASH], as_of=date(2021, 10, 18))
    assert before["value"].to_list() == [10_538.0, 11_299.5]


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("10538", 10_538.0), (" 10538.50 ", 10_538.5), ("1.0538e4", 10_538.0), ("+10538", 10_538.0),
        ("１０５３８．５", 10_538.5), ("−25.5", -25.5), ("－25.5", -25.5), ("10538\u00a0", 10_538.0), (".5", 0.5),
    ],
)  # fmt: skip
def test_numbers_with_one_meaning_are_understood(bring, store: SqliteStore, written: str, understood: float) -> None:  # type: ignore[no-untyped-def]
    carry = "lme.copper.carry.cash_minus_3m"
    bring(f"date,cash\n2021-10-15,{written}\n", plain_map(columns={"cash": {"series": carry, "unit": "usd_per_t"}}))
    assert values(store, carry) == {date(2021, 10, 15): understood}


@pytest.mark.parametrize(
    ("written", "reason", "reason_zh"),
    [
        ('"10,538.5"', "thousands separator", "千分位"),
        ('"10538,5"', "another decimal sign", "小數點"),
        ("10538 USD", "text in it", "夾有文字"),
        ("abc", "is not a number", "不是數字"),
        ("(10538)", "brackets", "括號"),
        ("1e999", "too large", "超出"),
        ("inf", "is not a number", "不是數字"),
        ("10²", "text in it", "夾有文字"),
        ("1_000", "text in it", "夾有文字"),
        ("=1+1", "is not a number", "不是數字"),
    ],
)
def test_doubtful_numbers_are_refused_with_the_reason(  # type: ignore[no-untyped-def]
    bring, store: SqliteStore, written: str, reason: str, reason_zh: str
) -> None:
    report = bring(f"date,cash\n2021-10-14,10131\n2021-10-15,{written}\n2021-10-18,11299.5\n")
    (refused,) = report.rejected
    assert (refused.line, refused.column, refused.value) == (3, "cash", written.strip('"'))
    assert reason in refused.why.en
    assert reason_zh in refused.why.zh
    assert list(values(store)) == [date(2021, 10, 14), date(2021, 10, 18)]
    assert report.rows_read == 3


def test_a_row_with_one_bad_cell_is_refused_whole(bring, store: SqliteStore) -> None:  # type: ignore[no-untyped-def]
    layout = plain_map(columns={"cash": COPPER, "m3": {"series": "lme.copper.price.3m", "unit": "usd_per_t"}})
    report = bring("date,cash,m3\n2021-10-15,10538,1O281\n2021-10-18,11299.5,10196\n", layout)
    assert [one.column for one in report.rejected] == ["m3"]
    assert list(values(store)) == [date(2021, 10, 18)]


def test_missing_values_are_not_rejected_and_not_zero(bring, store: SqliteStore) -> None:  # type: ignore[no-untyped-def]
    report = bring("date,cash\n2021-10-14,-\n2021-10-15,\n2021-10-18,11299.5\n2021-10-19,N/A\n")
    assert report.rejected == ()
    assert list(values(store)) == [date(2021, 10, 18)]


@pytest.mark.parametrize(
    ("decimal", "thousands", "written"), [(",", ".", "11.299,50"), (".", ",", "11,299.50"), (",", " ", "11 299,50")]
)
def test_declared_separators_are_understood(  # type: ignore[no-untyped-def]
    bring, store: SqliteStore, decimal: str, thousands: str, written: str
) -> None:
    layout = plain_map(file={"decimal": decimal, "thousands": thousands, "delimiter": ";"})
    bring(f"date;cash\n2021-10-18;{written}\n", layout)
    assert values(store) == {date(2021, 10, 18): 11_299.5}


def test_a_misplaced_thousands_sign_is_refused(bring) -> None:  # type: ignore[no-untyped-def]
    report = bring('date,cash\n2021-10-15,10538\n2021-10-18,"1,12,99.5"\n', plain_map(file={"thousands": ","}))
    assert [one.value for one in report.rejected] == ["1,12,99.5"]


@pytest.mark.parametrize(
    ("written", "layout"),
    [
        ("18/10/2021", {"format": "%d/%m/%Y"}),
        ("10/18/2021", {"format": "%m/%d/%Y"}),
        ("20211018", {"format": "%Y%m%d"}),
        ("18 October 2021", {"format": "%d %B %Y"}),
        ("18. October 2021", {"format": "%d. %B %Y"}),
        ("110/10/18", {"format": "%Y/%m/%d", "calendar": "roc"}),
        ("1101018", {"format": "%Y%m%d", "calendar": "roc"}),
        ("110年10月18日", {"format": "%Y年%m月%d日", "calendar": "roc"}),
        ("民國110年10月18日", {"format": "民國%Y年%m月%d日", "calendar": "roc"}),
        ("１１０／１０／１８".replace("／", "/"), {"format": "%Y/%m/%d", "calendar": "roc"}),
        ("44487", {"format": "excel"}),
        ("1634486400000", {"format": "epoch_ms", "time_zone": "Asia/Shanghai"}),
        ("2021-10-17T16:00:00+0000", {"format": "%Y-%m-%dT%H:%M:%S%z", "time_zone": "Asia/Shanghai"}),
        ("2021-10-18T00:00:00", {"format": "%Y-%m-%dT%H:%M:%S"}),
        ("2021-10-19", {"shift_weekdays": -1}),
    ],
)
def test_every_way_of_writing_a_day(bring, store: SqliteStore, written: str, layout: dict[str, object]) -> None:  # type: ignore[no-untyped-def]
    bring(f"date,cash\n{written},11299.5\n", plain_map(date={"column": "date", **layout}))
    assert values(store) == {date(2021, 10, 18): 11_299.5}


def test_months_are_dated_by_their_last_day(bring, store: SqliteStore) -> None:  # type: ignore[no-untyped-def]
    layout = plain_map(
        date={"column": "month", "format": "%YM%m", "period": "month"},
        columns={"c": {"series": "worldbank.copper.price", "unit": "usd_per_t"}},
    )
    bring("month,c\n2024M02,8311.1\n", layout)
    assert values(store, "worldbank.copper.price") == {date(2024, 2, 29): 8_311.1}


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("110/10/18", "ROC year"), ("1101018", "ROC year"), ("2021-02-30", "not a date"), ("soon", "not a date"),
        ("", "not a date"), ("2999-01-04", "future"), ("0110-10-18", "not a date"),
        ("18/10/2021", 'format = "%d/%m/%Y"'), ("20211018", 'format = "%Y%m%d"'),
    ],
)  # fmt: skip
def test_bad_days_are_refused_with_the_reason(bring, written: str, reason: str) -> None:  # type: ignore[no-untyped-def]
    report = bring(f"date,cash\n2021-10-15,10538\n{written},11299.5\n")
    (refused,) = report.rejected
    assert reason in refused.why.en
    assert refused.line == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp950", "gb18030"])
def test_chinese_headings_in_any_encoding(bring, store: SqliteStore, encoding: str) -> None:  # type: ignore[no-untyped-def]
    heading = ("日期", "現貨結算") if encoding != "gb18030" else ("日期", "现货结算")
    layout = plain_map(date={"column": heading[0]}, columns={heading[1]: COPPER})
    bring(f"{heading[0]},{heading[1]}\n2021-10-18,11299.5\n".encode(encoding), layout)
    assert values(store) == {date(2021, 10, 18): 11_299.5}


def test_bytes_of_no_encoding_ask_for_it(bring) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SourceFormatError, match="encoding"):
        bring(b"date,cash\n2021-10-18,\xff\xff\n")


def test_days_that_disagree_stop_the_import(bring, store: SqliteStore) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SourceFormatError, match=r"line 2.*line 4") as caught:
        bring("date,cash\n2021-10-15,10538\n2021-10-18,11299.5\n2021-10-15,10540\n")
    assert "未匯入任何資料" in caught.value.text("zh-TW")
    assert store.series_ids() == []
    report = bring("date,cash\n2021-10-15,10538\n2021-10-15,10538\n2021-10-18,11299.5\n")
    assert report.added == 2


@pytest.mark.parametrize(
    ("unit", "fits"), [("usd_per_lb", "usd_per_t"), ("usc_per_lb", "usd_per_t"), ("usd_per_kg", "usd_per_t")]
)
def test_a_price_in_another_unit_than_stated_stops_the_import(bring, store: SqliteStore, unit: str, fits: str) -> None:  # type: ignore[no-untyped-def]
    """Copper near 10,000 is dollars a tonne whatever the map says (World Bank, October 2021: 9,829)."""
    layout = plain_map(columns={"cash": {"series": CASH, "unit": unit}})
    with pytest.raises(UnitMismatch) as caught:
        bring("date,cash\n2021-10-15,10538\n2021-10-18,11299.5\n", layout)
    assert fits in caught.value.nearest
    assert store.series_ids() == []


@pytest.mark.parametrize(
    ("written", "reason"),
    [("−10481.5", "above zero"), ("0", "above zero"), ("104815", "10.7 times"), ("104.8", "0.0107")],
)
def test_a_price_that_cannot_be_is_refused_with_its_row(  # type: ignore[no-untyped-def]
    bring, store: SqliteStore, written: str, reason: str
) -> None:
    """A slipped digit or a stray sign: October 2021 averaged 9,829 USD/t (World Bank)."""
    report = bring(f"date,cash\n2021-10-14,10000\n2021-10-15,{written}\n2021-10-18,11299.5\n")
    (refused,) = report.rejected
    assert (refused.line, reason in refused.why.en) == (3, True)
    assert list(values(store)) == [date(2021, 10, 14), date(2021, 10, 18)]


def test_a_negative_stock_is_refused_and_a_negative_carry_is_not(bring, store: SqliteStore) -> None:  # type: ignore[no-untyped-def]
    stock = {"series": "lme.copper.stock.total", "unit": "t"}
    carry = {"series": "lme.copper.carry.cash_minus_3m", "unit": "usd_per_t"}
    report = bring(
        "date,stock,carry\n2021-10-14,100,-5\n2021-10-15,-25,3\n",
        plain_map(columns={"stock": stock, "carry": carry}),
    )
    assert [(one.line, one.column) for one in report.rejected] == [(3, "stock")]
    assert values(store, carry["series"]) == {date(2021, 10, 14): -5.0}


def test_units_become_the_catalogue_s(bring, store: SqliteStore) -> None:  # type: ignore[no-untyped-def]
    """4.78 USD/lb is 10,538.1 USD/t; 1,000 short tons are 907.18474 t (NIST Handbook 44)."""
    layout = plain_map(
        columns={
            "cash": {"series": CASH, "unit": "usd_per_lb"},
            "stock": {"series": "lme.copper.stock.total", "unit": "short_ton"},
        }
    )
    bring("date,cash,stock\n2021-10-15,4.78,1000\n", layout)
    assert values(store)[date(2021, 10, 15)] == pytest.approx(10_538.1, abs=0.05)
    assert values(store, "lme.copper.stock.total")[date(2021, 10, 15)] == pytest.approx(907.18474, rel=1e-12)


@pytest.mark.parametrize("unit", ["eur_per_t", "t", "lots", "usd_per_bushel", "usd"])
def test_a_unit_that_cannot_become_the_catalogue_s_is_refused_before_reading(bring, unit: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UnitMismatch, match=unit.rpartition("_per_")[2] or unit):
        bring("date,cash\n2021-10-15,10538\n", plain_map(columns={"cash": {"series": CASH, "unit": unit}}))


def test_an_html_page_named_csv_is_recognised(bring) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SourceFormatError, match="web page") as caught:
        bring("\ufeff<!DOCTYPE html>\n<html><body>503 Service Unavailable</body></html>")
    assert "網頁" in caught.value.text("zh-TW")


@pytest.mark.parametrize(
    "content", [b"", b" \n\n", b"%PDF-1.7 ...", b"\x1f\x8b\x08 zipped", b"date,cash\n2021\x00,1\n"]
)
def test_other_kinds_of_file_are_recognised(bring, content: bytes) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SourceFormatError):
        bring(content)


def workbook(path: Path, rows: list[list[object]], sheet: str = "Prices") -> bytes:
    """A workbook with one sheet; dates are written as true dates."""
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet(sheet)
        style = book.add_format({"num_format": "dd/mm/yyyy"})
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, date):
                    page.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), style)
                else:
                    page.write(row, column, cell)
    return path.read_bytes()


def test_a_workbook_with_titles_true_dates_and_long_digits(bring, tmp_path: Path, store: SqliteStore) -> None:  # type: ignore[no-untyped-def]
    rows = [["LME"], [], ["Day", "Cash"], ["", "(USD/t)"], [date(2021, 10, 15), 10_538], [date(2021, 10, 18), 34 / 3]]
    content = workbook(tmp_path / "b.xlsx", rows)
    layout = plain_map(
        file={"sheet": "Prices", "header_row": 3, "rows_below_header": 1},
        date={"column": "Day", "format": "%d/%m/%Y"},
        columns={"Cash": {**COPPER, "scale_checked": False}},
    )
    bring(content, layout, "b.xlsx")
    assert values(store) == {date(2021, 10, 15): 10_538.0, date(2021, 10, 18): pytest.approx(34 / 3, rel=1e-14)}


def test_a_wrong_sheet_and_a_wrong_heading_row_name_the_right_ones(bring, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    content = workbook(tmp_path / "b.xlsx", [["LME"], ["date", "cash"], [date(2021, 10, 15), 10_538]])
    with pytest.raises(SourceFormatError) as caught:
        bring(content, plain_map(file={"sheet": "Price"}), "b.xlsx")
    assert caught.value.nearest == ("Prices",)
    with pytest.raises(SourceFormatError) as caught:
        bring(content, plain_map(), "b.xlsx")
    assert "header_row = 2" in caught.value.text()


def test_a_zip_bomb_named_xlsx_is_refused_unread(bring, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in range(3):
            archive.writestr(f"xl/worksheets/sheet{part}.xml", b"0" * (40 * 2**20))
    with pytest.raises(SourceFormatError, match="zip bomb") as caught:
        bring(bomb.read_bytes(), name="bomb.xlsx")
    assert "壓縮炸彈" in caught.value.text("zh-TW")


def test_a_bomb_that_lies_about_its_size_is_refused(bring, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """The sizes in the archive's directory are rewritten to look small."""
    bomb = tmp_path / "liar.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (30 * 2**20))
    content = bytearray(bomb.read_bytes())
    true_size = struct.pack("<I", 30 * 2**20)
    assert content.count(true_size) == 2
    with pytest.raises(SourceFormatError):
        bring(bytes(content.replace(true_size, struct.pack("<I", 1000))), name="liar.xlsx")


def test_a_workbook_that_claims_a_huge_sheet_is_refused_and_the_next_is_read(  # type: ignore[no-untyped-def]
    bring, tmp_path: Path, store: SqliteStore
) -> None:
    """Two cells at opposite corners of a sheet: small on disk and as XML, 17 thousand million cells in memory."""
    with xlsxwriter.Workbook(tmp_path / "corners.xlsx") as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["date", "cash"])
        page.write(1_048_575, 16_383, 1)
    with pytest.raises(SourceFormatError, match="memory"):
        bring((tmp_path / "corners.xlsx").read_bytes(), name="corners.xlsx")
    bring(workbook(tmp_path / "b.xlsx", [["date", "cash"], [date(2021, 10, 15), 10_538]]), name="b.xlsx")
    assert values(store) == {date(2021, 10, 15): 10_538.0}


def test_a_text_named_xlsx_and_a_broken_workbook_are_refused(bring, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    content = workbook(tmp_path / "b.xlsx", [["date", "cash"], [date(2021, 10, 15), 10_538]])
    with pytest.raises(SourceFormatError, match="damaged"):
        bring(content[: len(content) // 2], name="b.xlsx")
    report = bring("date,cash\n2021-10-15,10538\n", name="text.xlsx")
    assert report.added == 1


def test_a_ragged_row_is_refused_with_its_line(bring, store: SqliteStore) -> None:  # type: ignore[no-untyped-def]
    report = bring(
        'date,note,cash\n2021-10-14,"two\nlines",10131\n2021-10-15,10538\n\n2021-10-18,x,11299.5,9\n2021-10-19,x,10487.5\n'
    )
    assert [(one.line, one.why.en) for one in report.rejected] == [
        (4, "the row has 2 cells, the heading 3"),
        (6, "the row has 4 cells, the heading 3"),
    ]
    assert report.rows_read == 4
    assert list(values(store)) == [date(2021, 10, 14), date(2021, 10, 19)]


def test_nothing_is_imported_when_most_rows_are_bad(bring, store: SqliteStore) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SourceFormatError, match="2 of 3 rows"):
        bring("date,cash\n2021-10-14,x\n2021-10-15,y\n2021-10-18,11299.5\n")
    assert store.series_ids() == []
    with pytest.raises(SourceFormatError, match="1 of 3 rows"):
        bring("date,cash\n2021-10-14,x\n2021-10-15,10538\n2021-10-18,11299.5\n", plain_map(rejected_share=0.0))


def test_a_missing_column_names_the_nearest(bring) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SourceFormatError, match="no column cash") as caught:
        bring("date,cash_usd,Cash\n2021-10-15,1,2\n")
    assert "Cash" in caught.value.nearest


def test_a_column_that_stands_twice_must_be_named_by_place(bring, store: SqliteStore) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SourceFormatError, match="2 times"):
        bring("date,cash,cash\n2021-10-15,1,10538\n")
    bring("date,cash,cash\n2021-10-15,1,10538\n", plain_map(columns={"#3": COPPER}))
    assert values(store) == {date(2021, 10, 15): 10_538.0}


LONG = {
    "source": "the desk",
    "date": {"column": "date"},
    "where": {"venue": ["LME", "COMEX"]},
    "long": {
        "keys": ["metal", "tenor"],
        "value": "price",
        "series": {"Cu | cash": COPPER, "Cu | 3M": {"series": "lme.copper.price.3m", "unit": "usd_per_t"}},
    },
}
LONG_FILE = """date,venue,metal,tenor,price
2021-10-18,LME,Cu,cash,11299.5
2021-10-18,LME,Cu,3M,10196
2021-10-18,SHFE,Cu,cash,1
"""


def test_one_reading_a_row_with_filters(bring, store: SqliteStore) -> None:  # type: ignore[no-untyped-def]
    report = bring(LONG_FILE, LONG)
    assert (report.rows_read, report.rows_filtered, report.added) == (3, 1, 2)
    assert values(store, "lme.copper.price.3m") == {date(2021, 10, 18): 10_196.0}


def test_a_key_without_a_series_is_refused_or_skipped_as_the_map_says(bring) -> None:  # type: ignore[no-untyped-def]
    file = LONG_FILE + "2021-10-18,LME,Zn,cash,3500\n"
    assert [one.value for one in bring(file, LONG).rejected] == ["Zn | cash"]
    skipping = {**LONG, "long": {**LONG["long"], "others": "skip"}}  # type: ignore[dict-item]
    assert bring(file, skipping).rejected == ()


def test_stated_instants_are_the_availability(bring, store: SqliteStore) -> None:  # type: ignore[no-untyped-def]
    """CFTC positions of Tuesday 2 January 2024 came out on Friday at 15:30 New York, a correction on Monday."""
    series = "cftc.copper.managed_money.long"
    layout = plain_map(
        available={"column": "released", "format": "%Y-%m-%d %H:%M", "time_zone": "America/New_York"},
        columns={"long": {"series": series, "unit": "lots"}},
    )
    bring("date,released,long\n2024-01-02,2024-01-05 15:30,61000\n2024-01-02,2024-01-08 15:30,62000\n", layout)
    assert store.read([series], as_of=date(2024, 1, 4)).is_empty()
    friday = store.read([series], as_of=datetime(2024, 1, 5, 20, 30, tzinfo=UTC))
    assert friday["value"].to_list() == [61_000.0]
    assert store.read([series], as_of=datetime(2024, 1, 5, 20, 29, tzinfo=UTC)).is_empty()
    assert store.read([series]).select("value", "revision").row(0) == (62_000.0, 1)


def test_availability_before_the_day_described_is_refused(bring) -> None:  # type: ignore[no-untyped-def]
    layout = plain_map(available={"column": "released", "format": "%Y-%m-%d"})
    report = bring("date,released,cash\n2024-01-02,2023-01-05,8500\n2024-01-03,2024-01-03,8500\n", layout)
    assert "before the day" in report.rejected[0].why.en


def test_the_lag_of_the_map_goes_before_the_catalogue_s(bring, store: SqliteStore) -> None:  # type: ignore[no-untyped-def]
    bring("date,cash\n2021-10-15,10538\n", plain_map(columns={"cash": {**COPPER, "lag_weekdays": 1}}))
    assert store.read([CASH], as_of=date(2021, 10, 17)).is_empty()
    assert store.read([CASH], as_of=date(2021, 10, 18))["value"].to_list() == [10_538.0]


def test_prices_carried_over_a_holiday_are_dropped_and_a_halt_is_not(bring, store: SqliteStore) -> None:  # type: ignore[no-untyped-def]
    """26 December 2023 was a bank holiday in London; 27 December was not."""
    file = "date,cash\n2023-12-22,8489\n2023-12-25,8489\n2023-12-26,8489\n2023-12-27,8489\n2023-12-28,8600\n"
    report = bring(file, plain_map(repeats={"holidays": "london", "action": "drop"}))
    assert report.holiday_repeats == 2
    assert list(values(store)) == [date(2023, 12, 22), date(2023, 12, 27), date(2023, 12, 28)]


@pytest.mark.parametrize(
    ("change", "nearest"),
    [
        ({"colums": {}}, "columns"),
        ({"date": {"column": "date", "fromat": "%Y"}}, "format"),
        ({"columns": {"cash": {"series": CASH, "units": "t"}}}, "unit"),
        ({"columns": {}}, None),
        ({"columns": {"cash": {"series": CASH}}}, "unit"),
        ({"source": ""}, None),
        ({"file": {"decimal": "x"}}, "decimal"),
    ],
)
def test_a_wrong_map_entry_is_named_with_the_nearest(change: dict[str, object], nearest: str | None) -> None:
    with pytest.raises(InputRejected) as caught:
        parse_map(plain_map(**change))
    assert nearest is None or nearest in caught.value.nearest
    assert any("一" <= sign <= "鿿" for sign in caught.value.text("zh-TW").splitlines()[0])


def test_an_unknown_series_names_the_nearest(bring) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputRejected) as caught:
        bring("date,cash\n", plain_map(columns={"cash": {"series": "lme.coper.price.cash", "unit": "usd_per_t"}}))
    assert CASH in caught.value.nearest


def test_absent_files_are_named(tmp_path: Path, store: SqliteStore) -> None:
    with pytest.raises(InputRejected, match="no file"):
        import_file(tmp_path / "absent.csv", parse_map(plain_map()), store)
    with pytest.raises(TomnextError):
        import_file(tmp_path, parse_map(plain_map()), store)


def test_a_file_too_large_is_refused(bring, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(payload_module, "LARGEST_FILE", 10)
    with pytest.raises(SourceFormatError, match="too large"):
        bring("date,cash\n2021-10-15,10538\n")


def test_a_long_file_is_read_in_blocks_and_tells_its_progress(tmp_path: Path, store: SqliteStore) -> None:
    days = pl.date_range(date(1800, 1, 1), date(2024, 1, 1), eager=True)
    file = tmp_path / "long.csv"
    pl.DataFrame({"date": days, "cash": range(1, len(days) + 1)}).write_csv(file)
    told: list[float] = []
    layout = parse_map(plain_map(columns={"cash": {**COPPER, "scale_checked": False}}))
    report = import_file(file, layout, store, progress=told.append)
    assert report.added == len(days)
    assert len(told) > 1
    assert told == sorted(told)
    assert told[-1] == 1.0
