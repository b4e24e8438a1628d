"""Each publisher's payload as it comes, the same with something moved, renamed or broken, and rubbish."""

import csv
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from tomnext.observations.connectors import cme_stocks
from tomnext.observations.connectors import download as download_module
from tomnext.observations.connectors.download import download, refuse_foreign
from tomnext.observations.connectors.registry import file_payload, publisher_named, publishers
from tomnext.observations.embedded.pink_sheet import monthly_averages
from tomnext.observations.importing.payload import FileBytes
from tomnext.observations.store import SqliteStore, open_store
from tomnext.vocabulary.errors import ConnectorFailed, InputRejected, SourceFormatError, TomnextError

PAYLOADS = Path(__file__).with_name("payloads")
Sheet = list[list[object]]


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return open_store(tmp_path / "desk.sqlite", create=True)


@pytest.fixture
def file_it(store: SqliteStore) -> Callable[[str, str | bytes], Any]:
    """File a payload as its publisher's."""

    def _file(name: str, content: str | bytes) -> Any:
        raw = content.encode() if isinstance(content, str) else content
        return file_payload(publisher_named(name), FileBytes(f"{name}.payload", raw), store)

    return _file


def values(store: SqliteStore, series_id: str) -> dict[date, float]:
    return dict(store.read([series_id]).select("observed_on", "value").iter_rows())


# --- CME ------------------------------------------------------------------------------------------------------------


def cme_sheet(
    metal: str, unit: str, report: str, activity: str, depositories: dict[str, dict[str, list[float]]], total: str
) -> Sheet:
    """A registrar report with invented figures in the layout of the real ones: PREV, IN, OUT, ADJUSTMENT a line."""
    precious = unit == "Troy Ounce"
    names = {
        "registered": "  Registered" if precious else "Registered (warranted)",
        "pledged": "  Pledged",
        "eligible": "  Eligible" if precious else "Eligible (non-warranted)",
    }
    totals = {
        "registered": "TOTAL REGISTERED" if precious else "Total Registered (warranted)",
        "pledged": "TOTAL PLEDGED",
        "eligible": "TOTAL ELIGIBLE" if precious else "Total Eligible (non-warranted)",
    }
    heading = ["DEPOSITORY" if precious else "DELIVERY POINT", "", *cme_stocks._COLUMNS]
    sheet: Sheet = [
        [], ["COMMODITY EXCHANGE, INC."], [], [metal, "", "", "", "", "", f"Report Date: {report}"],
        [unit, "", "", "", "", "", f"Activity Date: {activity}"], [], heading, [],
    ]  # fmt: skip
    sums: dict[str, list[float]] = {}
    for name, lines in depositories.items():
        sheet += [[name], *[[names[kind], "", *full(line)] for kind, line in lines.items()]]
        both = added([line for kind, line in lines.items() if kind != "pledged"])
        sheet += [["  Total" if precious else "Total", "", *full(both)], []]
        for kind, line in lines.items():
            sums[kind] = added([sums.get(kind, [0.0] * 4), line])
    sheet += [[totals[kind], "", *full(line)] for kind, line in sums.items()]
    sheet += [[total, "", *full(added([line for kind, line in sums.items() if kind != "pledged"]))], [], ["The end."]]
    return sheet


def added(lines: list[list[float]]) -> list[float]:
    return [sum(column) for column in zip(*lines, strict=True)]


def full(line: list[float]) -> list[float]:
    previous, received, withdrawn, adjustment = line
    net = received - withdrawn
    return [previous, received, withdrawn, net, adjustment, previous + net + adjustment]


def workbook(*sheets: Sheet, name: str = "Daily Metal Stocks Report") -> bytes:
    """One worksheet with the given tables below each other."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet(name)
        for row, cells in enumerate(row for sheet in sheets for row in sheet):
            page.write_row(row, 0, cells)
    return buffer.getvalue()


GOLD = {
    "VAULT ONE LLC": {"registered": [1000.5, 0, 0, -100], "pledged": [300, 0, 0, 0], "eligible": [500, 0, 50, 100]},
    "VAULT ONE LLC - ENHANCED DELIVERY (400 OZ AND ELIGIBLE BRANDS)": {
        "registered": [0, 0, 0, 0],
        "eligible": [7, 0, 0, 0],
    },
}
COPPER = {"PORT A": {"registered": [1000, 100, 0, 0], "eligible": [200, 0, 0, 0]}}


def test_cme_stocks_are_registered_and_eligible_and_pledged_is_inside(store: SqliteStore, file_it) -> None:  # type: ignore[no-untyped-def]
    file_it("cme-stocks", workbook(cme_sheet("GOLD", "Troy Ounce", "1/6/2026", "1/5/2026", GOLD, "COMBINED TOTAL")))
    day = date(2026, 1, 5)
    stem = "comex.gold.stock"
    assert values(store, f"{stem}.registered")[day] == 900.5
    assert values(store, f"{stem}.eligible")[day] == 557.0
    assert values(store, f"{stem}.total")[day] == 1457.5
    assert values(store, f"{stem}.flow")[day] == -50.0
    assert store.read([f"{stem}.total"], as_of=date(2026, 1, 5)).is_empty()
    assert store.read([f"{stem}.total"], as_of=date(2026, 1, 6)).height == 1


def test_cme_copper_in_short_tons_becomes_tonnes(store: SqliteStore, file_it) -> None:  # type: ignore[no-untyped-def]
    sheet = cme_sheet("COPPER - HIGH GRADE", "Short Tons", "1/6/2026", "1/5/2026", COPPER, "TOTAL COPPER")
    file_it("cme-stocks", workbook(sheet))
    assert values(store, "comex.copper.stock.total")[date(2026, 1, 5)] == pytest.approx(1300 * 0.90718474, rel=1e-12)


def test_two_metals_share_a_sheet(store: SqliteStore, file_it) -> None:  # type: ignore[no-untyped-def]
    sheets = []
    for metal, at in (("PLATINUM", 10), ("PALLADIUM", 20)):
        vault = {"V": {"registered": [at, 0, 0, 0], "eligible": [1, 0, 0, 0]}}
        sheets.append(cme_sheet(metal, "Troy Ounce", "1/6/2026", "1/5/2026", vault, "COMBINED TOTAL"))
    file_it("cme-stocks", workbook(*sheets))
    assert values(store, "comex.platinum.stock.total") == {date(2026, 1, 5): 11.0}
    assert values(store, "comex.palladium.stock.total") == {date(2026, 1, 5): 21.0}


def test_a_new_delivery_point_is_a_change_of_coverage_not_a_flow(store: SqliteStore, file_it) -> None:  # type: ignore[no-untyped-def]
    """COMEX aluminium, 25 and 26 February 2026: total 3,634 t, then 4,873 t, though 571 t left (convention 5).

    Kaohsiung with 1,810 t had joined the table and restated the previous total to 5,444 t.
    """
    first = {"BUSAN": {"registered": [3000, 0, 0, 0], "eligible": [634, 0, 0, 0]}}
    second = {
        "BUSAN": {"registered": [3000, 0, 571, 0], "eligible": [634, 0, 0, 0]},
        "KAOHSIUNG CITY, TAIWAN": {"registered": [0, 0, 0, 0], "eligible": [1810, 0, 0, 0]},
    }
    for report, activity, points in (("2/26/2026", "2/25/2026", first), ("2/27/2026", "2/26/2026", second)):
        sheet = cme_sheet("ALUMINUM", "Metric Tons", report, activity, points, "TOTAL ALUMINUM")
        file_it("cme-stocks", workbook(sheet))
    day = date(2026, 2, 26)
    stem = "comex.aluminium.stock"
    assert (values(store, f"{stem}.total")[day], values(store, f"{stem}.flow")[day]) == (4873.0, -571.0)
    assert values(store, f"{stem}.composition") == {day: 1810.0}


def test_after_a_gap_a_difference_is_not_called_coverage(store: SqliteStore, file_it) -> None:  # type: ignore[no-untyped-def]
    for report, activity, at in (("1/6/2026", "1/5/2026", 100), ("1/9/2026", "1/8/2026", 150)):
        points = {"A": {"registered": [at, 0, 0, 0], "eligible": [0, 0, 0, 0]}}
        file_it("cme-stocks", workbook(cme_sheet("ZINC", "Metric Tons", report, activity, points, "TOTAL ZINC")))
    assert values(store, "comex.zinc.stock.composition") == {}


Edit = Callable[[Sheet], None]


def _change(row: int, column: int, value: object) -> Edit:
    def _edit(sheet: Sheet) -> None:
        sheet[row][column] = value

    return _edit


DRIFTS: dict[str, Edit] = {
    "a line that does not balance": _change(9, 7, 901.0),
    "net change that is not in less out": _change(9, 5, 1.0),
    "a wrong grand total": _change(-3, 7, 9999.0),
    "an unknown unit": _change(4, 0, "Kilograms"),
    "another metal": _change(3, 0, "RHODIUM"),
    "a renamed column": _change(6, 7, "CLOSING"),
    "a date in another order": _change(4, 6, "Activity Date: 25/1/2026"),
    "no dates": _change(3, 6, ""),
    "text in a number": _change(9, 2, "n/a"),
    "an unknown kind": _change(9, 0, "  Reserved"),
    "no total of eligible": lambda sheet: sheet.pop(-4) and None,
}


@pytest.mark.parametrize("edit", DRIFTS.values(), ids=DRIFTS)
def test_a_changed_layout_is_noticed(edit: Edit, store: SqliteStore, file_it) -> None:  # type: ignore[no-untyped-def]
    sheet = cme_sheet("COPPER - HIGH GRADE", "Short Tons", "1/6/2026", "1/5/2026", COPPER, "TOTAL COPPER")
    edit(sheet)
    with pytest.raises(SourceFormatError):
        file_it("cme-stocks", workbook(sheet))
    assert store.series_ids() == []


def test_moved_columns_and_rows_are_found_by_their_words(store: SqliteStore, file_it) -> None:  # type: ignore[no-untyped-def]
    sheet = cme_sheet("COPPER - HIGH GRADE", "Short Tons", "1/6/2026", "1/5/2026", COPPER, "TOTAL COPPER")
    wider = [[], [], *[[row[0], "", "", *row[1:]] if row else [] for row in sheet]]
    file_it("cme-stocks", workbook(wider))
    assert len(values(store, "comex.copper.stock.total")) == 1


def real_workbooks(samples: Path) -> Iterator[FileBytes]:
    with tarfile.open(samples / "cme" / "cme_stocks_2026-01-05_2026-04-27_unique.tar.xz") as archive:
        for member in archive:
            if member.isfile() and member.name.endswith(".xls"):
                opened = archive.extractfile(member)
                assert opened is not None
                yield FileBytes(Path(member.name).name, opened.read())


@pytest.mark.slow
def test_every_real_workbook_reads_and_balances(samples: Path) -> None:
    """469 workbooks of 67 activity days; the totals were computed from them by other means."""
    expected = {}
    with (samples / "cme" / "cme_totals_expected.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            keys = ("combined_total", "prev_combined_total", "registered", "eligible")
            expected[row["metal"].split(" - ")[0], row["activity_date"]] = tuple(float(row[key]) for key in keys)
    count, accounts, found = 0, 0, {}
    for payload in real_workbooks(samples):
        count += 1
        for report in cme_stocks.read_reports(payload):
            accounts += sum(len(lines) for lines in report.depositories.values()) + len(report.totals)
            totals = report.totals
            name = "ALUMINUM" if report.metal == "aluminium" else report.metal.upper()
            found[name, report.activity_date.isoformat()] = (
                totals["total"].today, totals["total"].previous, totals["registered"].today, totals["eligible"].today,
            )  # fmt: skip
    assert count == 469
    assert accounts > 20_000
    assert set(found) == set(expected)
    for key, figures in expected.items():
        assert found[key] == pytest.approx(figures, rel=1e-12), key


def test_the_real_kaohsiung_report(samples: Path, store: SqliteStore) -> None:
    publisher = publisher_named("cme-stocks")
    for day in ("2026-02-26", "2026-02-27"):
        file = samples / "cme" / f"{day}_Aluminum_Stocks.xls"
        file_payload(publisher, FileBytes(file.name, file.read_bytes()), store)
    assert values(store, "comex.aluminium.stock.flow")[date(2026, 2, 26)] == -571.0
    assert values(store, "comex.aluminium.stock.composition") == {date(2026, 2, 26): 1810.0}


# --- World Bank -----------------------------------------------------------------------------------------------------

PINK_NAMES = ["Aluminum", "Iron ore, cfr spot", "Copper", "Lead", "Tin", "Nickel", "Zinc", "Gold", "Platinum", "Silver"]
PINK_UNITS = ["($/mt)", "($/dmtu)", *["($/mt)"] * 5, *["($/troy oz)"] * 3]


def pink_sheet() -> Sheet:
    """The layout of the workbook with its real first and last month of 2026 (World Bank, CC BY 4.0)."""
    return [
        ["World Bank Commodity Price Data (The Pink Sheet)"], ["monthly prices in nominal US dollars"], [],
        ["Updated on June 02, 2026"], ["", *PINK_NAMES], ["", *PINK_UNITS],
        ["1960M01", 511.47, 11.42, 715.4, 206.1, 2180.4, 1631, 260.8, 35.27, 83.5, "…"],
        ["2026M05", 3666.1, 108.64, 13543.19, 1991.48, 53562.79, 18805.77, 3482.3, 4587.21, 1998.39, 78.01],
    ]  # fmt: skip


def test_the_pink_sheet_is_read_by_its_names(store: SqliteStore, file_it) -> None:  # type: ignore[no-untyped-def]
    file_it("world-bank", workbook(pink_sheet(), name="Monthly Prices"))
    assert values(store, "worldbank.copper.price") == {date(1960, 1, 31): 715.4, date(2026, 5, 31): 13543.19}
    assert values(store, "worldbank.silver.price") == {date(2026, 5, 31): 78.01}


@pytest.mark.parametrize(
    "edit",
    [_change(5, 3, "($/kg)"), _change(4, 3, "Copper, grade A"), _change(4, 8, "Gold, UK")],
    ids=["unit changed", "copper renamed", "gold renamed"],
)
def test_a_changed_pink_sheet_is_noticed(edit: Edit, file_it) -> None:  # type: ignore[no-untyped-def]
    sheet = pink_sheet()
    edit(sheet)
    with pytest.raises(SourceFormatError):
        file_it("world-bank", workbook(sheet, name="Monthly Prices"))


def test_the_whole_real_pink_sheet_equals_the_embedded_table(samples: Path, store: SqliteStore) -> None:
    file = samples / "worldbank" / "CMO-Historical-Data-Monthly.xlsx"
    file_payload(publisher_named("world-bank"), FileBytes(file.name, file.read_bytes()), store)
    for metal in monthly_averages().columns[1:]:
        expected = dict(monthly_averages().select("observed_on", metal).iter_rows())
        assert values(store, f"worldbank.{metal}.price") == expected


# --- CFTC -----------------------------------------------------------------------------------------------------------


def cftc_records() -> list[dict[str, str]]:
    records: list[dict[str, str]] = json.loads((PAYLOADS / "cftc_gold_2026-09.json").read_text(encoding="utf-8"))
    return records


def test_cftc_positions_come_out_on_friday_afternoon(store: SqliteStore, file_it) -> None:  # type: ignore[no-untyped-def]
    file_it("cftc", json.dumps(cftc_records()))
    assert values(store, "cftc.gold.managed_money.long")[date(2026, 9, 29)] == 131_711.0
    assert values(store, "cftc.gold.open_interest")[date(2026, 9, 29)] == 406_456.0
    friday = store.read(["cftc.gold.managed_money.short"])["available_at"].max()
    assert friday == datetime(2026, 10, 2, 19, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key", "value"),
    [("swap__positions_spread_all", "1"), ("cftc_contract_market_code", "88691"), ("open_interest_all", "many"),
     ("report_date_as_yyyy_mm_dd", "29/09/2026")],
)  # fmt: skip
def test_positions_that_do_not_add_up_or_lost_their_zero_are_refused(file_it, key: str, value: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SourceFormatError):
        file_it("cftc", json.dumps([{**cftc_records()[0], key: value}]))


def test_figures_of_a_shutdown_are_not_seen_before_it_was_made_good(store: SqliteStore, file_it) -> None:  # type: ignore[no-untyped-def]
    """Reports from Christmas 2018 on came out by March 2019; the usual Friday would be look-ahead."""
    file_it("cftc", json.dumps([{**cftc_records()[0], "report_date_as_yyyy_mm_dd": "2019-01-08T00:00:00.000"}]))
    assert store.read(["cftc.gold.open_interest"], as_of=date(2019, 3, 7)).is_empty()
    assert store.read(["cftc.gold.open_interest"], as_of=date(2019, 3, 8)).height == 1


# --- FRED, Westmetall, customs, CBAM --------------------------------------------------------------------------------


@pytest.mark.parametrize("heading", ["observation_date", "DATE"])
def test_fred_columns_by_their_ids_and_dots_as_missing(store: SqliteStore, file_it, heading: str) -> None:  # type: ignore[no-untyped-def]
    file_it("fred", f"{heading},DGS10,UNKNOWN,DEXTAUS\n2026-08-01,.,1,\n2026-08-03,4.10,.,31.2\n2026-08-04,,,\n")
    assert values(store, "rates.us.10y") == {date(2026, 8, 3): 4.10}
    assert values(store, "fx.usdtwd") == {date(2026, 8, 3): 31.2}


WESTMETALL = """<html><body><h2>2026</h2><table>
<tr><th class="text">date</th><th>LME Copper Cash-Settlement</th>
<th>LME Copper 3-month</th><th>LME Copper stock</th></tr>
<tr><td >02. October 2026</td><td >10,001.00</td><td >10,011.50</td><td class="last">100,025</td></tr>
<tr><td >01. October 2026</td><td >-</td><td >10,010.00</td><td class="last">100,000</td></tr>
<tr><th class="text">date</th><th>LME Copper Cash-Settlement</th>
<th>LME Copper 3-month</th><th>LME Copper stock</th></tr>
<tr><td >30. September 2026</td><td >9,999.50</td><td >10,009.00</td><td class="last">99,975</td></tr>
</table></body></html>"""


def test_westmetall_tables_repeat_their_heading_and_leave_days_out(store: SqliteStore, file_it) -> None:  # type: ignore[no-untyped-def]
    file_it("westmetall", WESTMETALL)
    assert values(store, "lme.copper.price.settlement") == {date(2026, 9, 30): 9_999.5, date(2026, 10, 2): 10_001.0}
    assert values(store, "lme.copper.stock.total")[date(2026, 10, 1)] == 100_000.0


@pytest.mark.parametrize(
    ("old", "new"),
    [("10,001.00", "10.001,00"), ("LME Copper 3-month", "LME Copper 15-month"), ("02. October", "2026-10-02 or"),
     ("LME Copper stock", "LME Kobalt stock"), ("<td >10,011.50</td>", ""), ("<tr>", "<div>")],
)  # fmt: skip
def test_a_german_or_changed_westmetall_page_is_refused(file_it, old: str, new: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SourceFormatError):
        file_it("westmetall", WESTMETALL.replace(old, new))


def test_westmetall_chart_xml_and_its_dangers(store: SqliteStore, file_it) -> None:  # type: ignore[no-untyped-def]
    line = '<lineSeries name="LME Zinc Cash-Settlement"><val x="2008/01/02" y="2400.5" /></lineSeries>'
    file_it("westmetall", f'<?xml version="1.0"?><diagram><series>{line}</series></diagram>')
    assert values(store, "lme.zinc.price.settlement") == {date(2008, 1, 2): 2_400.5}
    bomb = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><diagram>&b;</diagram>'
    with pytest.raises(SourceFormatError):
        file_it("westmetall", bomb)


def test_customs_rates_count_from_their_ten_days_in_roc_years(store: SqliteStore, file_it) -> None:  # type: ignore[no-untyped-def]
    items = [{"code": "USD", "buyValue": "30.00", "sellValue": "30.10"}, {"code": "XXX", "sellValue": "1"}]
    file_it("taiwan-customs", json.dumps({"start": "1151121", "end": "1151130", "items": items}))
    assert values(store, "fx.customs.usdtwd") == {date(2026, 11, 21): 30.10}


CBAM = """<table><tr><th>Quarter</th><th>Date of publication</th><th>Price (EUR)</th></tr>
<tr><td>Q1 2026</td><td>7 April 2026</td><td>75.36</td></tr></table>"""


def test_cbam_prices_are_known_from_their_publication(store: SqliteStore, file_it) -> None:  # type: ignore[no-untyped-def]
    file_it("cbam", CBAM)
    assert store.read(["carbon.cbam"], as_of=date(2026, 4, 6)).is_empty()
    assert store.read(["carbon.cbam"], as_of=date(2026, 4, 7)).select("observed_on", "value").rows() == [
        (date(2026, 3, 31), 75.36)
    ]


# --- all of them ----------------------------------------------------------------------------------------------------

EXAMPLES: dict[str, bytes] = {
    "cme-stocks": workbook(cme_sheet("GOLD", "Troy Ounce", "1/6/2026", "1/5/2026", GOLD, "COMBINED TOTAL")),
    "world-bank": workbook(pink_sheet(), name="Monthly Prices"),
    "cftc": (PAYLOADS / "cftc_gold_2026-09.json").read_bytes(),
    "fred": b"observation_date,DGS10\n2026-08-03,4.10\n",
    "westmetall": WESTMETALL.encode(),
    "taiwan-customs": b'{"start": "1151121", "items": [{"code": "USD", "sellValue": "30.10"}]}',
    "cbam": CBAM.encode(),
}
ERROR_PAGE = b"<!DOCTYPE html><html><body>403 Forbidden</body></html>"


def test_there_is_an_example_of_every_publisher() -> None:
    assert [one.name for one in publishers()] == list(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_same_payload_again_changes_nothing(name: str, store: SqliteStore, file_it) -> None:  # type: ignore[no-untyped-def]
    assert file_it(name, EXAMPLES[name]).added > 0
    again = file_it(name, EXAMPLES[name])
    assert (again.added, again.revised) == (0, 0)


def test_a_payload_without_a_figure_is_told(file_it) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SourceFormatError, match="no figure"):
        file_it("fred", "observation_date,DGS10\n2026-08-01,.\n")


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize(
    "content", [ERROR_PAGE, b"", b"\x00\xff" * 50, b"[]x", b"null", b'[{"a": 1}]', b'{"start": 1}']
)
def test_an_error_page_or_rubbish_is_refused_in_words(name: str, content: bytes, file_it) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TomnextError):
        file_it(name, content)


@pytest.mark.parametrize("name", EXAMPLES)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_damaged_payload_never_ends_in_a_traceback(  # type: ignore[no-untyped-def]
    name: str, data: st.DataObject, tmp_path_factory
) -> None:
    content = bytearray(EXAMPLES[name])
    start = data.draw(st.integers(0, len(content) - 1))
    end = data.draw(st.integers(start, min(start + 40, len(content))))
    content[start:end] = data.draw(st.binary(max_size=40))
    store = open_store(tmp_path_factory.mktemp("damaged") / "s.sqlite", create=True)
    try:
        file_payload(publisher_named(name), FileBytes("damaged", bytes(content)), store)
    except TomnextError:
        assert store.series_ids() == []
    else:
        assert store.read(store.series_ids())["value"].is_finite().all()


# --- the network ----------------------------------------------------------------------------------------------------


class Answering:
    """Stands in for the network: gives what it was told to, one answer a call."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers = list(answers)
        self.asked = 0

    def open(self, request: object, timeout: float) -> io.BytesIO:
        assert timeout <= 30
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return io.BytesIO(answer)


ADDRESS = "https://www.cmegroup.com/delivery_reports/Gold_Stocks.xls"


def http_error(code: int) -> HTTPError:
    return HTTPError(ADDRESS, code, "no", Message(), None)


def test_a_download_tries_again_when_it_is_worth_it() -> None:
    waits: list[float] = []
    opener = Answering(http_error(503), TimeoutError("slow"), b"workbook")
    payload = download(publisher_named("cme-stocks"), ADDRESS, opener, waits.append)  # type: ignore[arg-type]
    assert (payload.name, payload.content) == ("Gold_Stocks.xls", b"workbook")
    assert len(waits) == 2


@pytest.mark.parametrize(("answer", "asked"), [(http_error(403), 1), (http_error(404), 1), (URLError("no route"), 3)])
def test_a_refusal_is_told_with_what_to_do(answer: Exception, asked: int) -> None:
    opener = Answering(*[answer] * 3)
    with pytest.raises(ConnectorFailed, match="--file") as caught:
        download(publisher_named("cme-stocks"), ADDRESS, opener, lambda seconds: None)  # type: ignore[arg-type]
    assert opener.asked == asked
    assert "瀏覽器" in caught.value.text("zh-TW")


def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download_module, "LARGEST_ANSWER", 5)
    with pytest.raises(ConnectorFailed, match="longer"):
        download(publisher_named("cme-stocks"), ADDRESS, Answering(b"123456"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address",
    [
        "http://www.cmegroup.com/a", "https://169.254.169.254/latest", "https://[::1]/", "https://0x7f000001/",
        "https://www.cmegroup.com.evil.example/", "https://www.cmegroup.com:8443/", "file:///etc/passwd",
        "https://user@evil.example/www.cmegroup.com",
    ],
)  # fmt: skip
def test_no_address_outside_the_publisher_is_asked(address: str) -> None:
    publisher = publisher_named("cme-stocks")
    with pytest.raises(ConnectorFailed):
        refuse_foreign(publisher, address)
    redirecting = download_module._OwnHostsOnly(publisher)
    with pytest.raises(ConnectorFailed):
        redirecting.redirect_request(None, None, 302, "", Message(), address)  # type: ignore[arg-type]


def test_every_address_is_the_publisher_s_own() -> None:
    for publisher in publishers():
        for address in publisher.addresses:
            refuse_foreign(publisher, address)


def test_an_unknown_publisher_names_the_nearest() -> None:
    with pytest.raises(InputRejected) as caught:
        publisher_named("cme-stock")
    assert caught.value.nearest == ("cme-stocks",)
