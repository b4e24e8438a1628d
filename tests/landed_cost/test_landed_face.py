"""The landed command, its page and its workbook: keys as promised, every printed number the library's own."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tomnext.faces.cli.main import app
from tomnext.faces.report.landed_page import landed_page, steps_of
from tomnext.faces.report.landed_words import Speaker, money
from tomnext.studies.landed_cost import LandedReport, landed_costs
from tomnext.studies.shipment_file import read_shipments
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Language

EXAMPLES = Path(__file__).parents[2] / "examples"
ON, AGAINST = date(2026, 5, 1), date(2025, 12, 1)
SIMPLIFIED = set("铜铝银锌锡镍关税费运")


@pytest.fixture(scope="module")
def report() -> LandedReport:
    return landed_costs(read_shipments(EXAMPLES / "shipments.toml"), ON, AGAINST)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_json_carries_the_promised_keys(report: LandedReport) -> None:
    code, out = run(
        "landed", str(EXAMPLES / "shipments.toml"), "--on", "2026-05-01", "--against", "2025-12-01", "--format", "json"
    )
    assert code == 0
    answer = json.loads(out)
    assert len(answer["shipments"]) == len(report.priced) == 7
    for record, priced in zip(answer["shipments"], report.priced, strict=True):
        assert set(record) >= {"lines", "total", "per_t", "carbon", "duty", "changed", "unknown", "defaults"}
        assert sum(line["amount"] for line in record["lines"]) == pytest.approx(record["total"], rel=1e-9)
        assert record["total"] == pytest.approx(priced.statement.total, rel=1e-12)
        assert record["total"] - record["total_before"] == pytest.approx(record["difference"])
        for line in record["lines"]:
            assert line["citation"]
            assert line["nature"] in ("measured", "licensed", "simulated", "assumed", "decreed")


def test_carbon_json_carries_the_promised_keys() -> None:
    code, out = run("carbon", "7607", "--origin", "TW", "--on", "2026-09-15", "--format", "json")
    answer = json.loads(out)
    assert code == 0
    assert answer["in_scope"] is True
    assert answer["payable_tco2e_per_t"] == pytest.approx(1.01345)
    assert answer["cost_eur_per_t"] == pytest.approx(83.427, abs=0.001)
    assert answer["price_eur_per_tco2e"] == 82.32
    assert answer["lines"]
    assert answer["source"]


@pytest.mark.slow
@pytest.mark.parametrize("language", list(Language))
def test_the_page_says_every_number_the_library_has(report: LandedReport, language: Language) -> None:
    page = landed_page(report, language)
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "<script" not in page
    marked = re.findall(r'<data value="([^"]+)">([^<]+)</data>', page)
    values = {float(value) for value, _ in marked}
    for priced in report.priced:
        assert priced.statement.total in values
        assert {line.amount for line in priced.statement.lines} <= values
        assert priced.comparison is not None
        assert {change.by_law for change in priced.comparison.changes} <= values
    for value, printed in marked:
        assert abs(float(printed.replace(",", "").replace("−", "-")) - float(value)) <= 0.5, (value, printed)
    assert page.count("<svg") == 2 * len(report.priced)
    if language is Language.TAIWAN:
        assert not SIMPLIFIED & set(page)
        assert "到廠成本" in page


def test_the_waterfall_ends_at_the_total(report: LandedReport) -> None:
    for priced in report.priced:
        falls, total = steps_of(priced.statement, Speaker(Language.ENGLISH))
        assert sum(fall.amount for fall in falls) == pytest.approx(total.amount, rel=1e-5)
        assert total.amount == priced.statement.per_t


def test_the_workbook_holds_typed_cells_and_no_formula(tmp_path: Path, report: LandedReport) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    file = tmp_path / "landed.xlsx"
    code, _ = run(
        "landed", str(EXAMPLES / "shipments.toml"), "--on", "2026-05-01", "--against", "2025-12-01", "--lang", "en",
        "--xlsx", str(file),
    )  # fmt: skip
    assert code == 0
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Summary", "Lines", "Changes", "Lanes", "Notes"]
    sheet = book["Lines"]
    keys = [cell.value for cell in sheet[1]]
    amounts = [row[keys.index("amount")].value for row in sheet.iter_rows(min_row=2)]
    expected = [line.amount for priced in report.priced for line in priced.statement.lines]
    assert amounts == pytest.approx(expected)
    for one in book:
        assert all(cell.data_type != "f" for row in one.iter_rows() for cell in row)


@pytest.mark.parametrize("name", ["shipments.csv", "shipments.xlsx"])
def test_the_other_examples_are_priced(name: str) -> None:
    found = landed_costs(read_shipments(EXAMPLES / name), ON)
    assert not found.rejected
    assert [one.statement.name for one in found.priced][:2] == ["wire from Taiwan", "wire from China"]


def test_a_bad_row_goes_to_standard_error_and_the_rest_to_standard_output(tmp_path: Path) -> None:
    text = (EXAMPLES / "shipments.csv").read_text(encoding="utf-8").replace("8544.42.90", "9999.99.99")
    file = tmp_path / "some.csv"
    file.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["landed", str(file), "--on", "2026-05-01", "--lang", "zh-TW"])
    assert result.exit_code == 0
    assert "第 4 列" in result.stderr
    assert "wire from China" in result.stdout


def test_nothing_priced_is_an_exit_code(tmp_path: Path) -> None:
    file = tmp_path / "none.csv"
    file.write_text("name,code,origin\nx,7408.11.60,CN\n", encoding="utf-8")
    code, _ = run("landed", str(file), "--on", "2026-05-01")
    assert code == 2
    with pytest.raises(InputRejected):
        run("landed", str(tmp_path / "missing.csv"), "--on", "2026-05-01")


def test_money_is_printed_with_a_true_minus_and_no_negative_zero() -> None:
    assert [money(-0.001), money(-1234.567), money(3.0, signed=True)] == ["0.00", "−1,234.57", "+3.00"]


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_terminal_speaks_both_languages(language: str) -> None:
    code, out = run(
        "landed", str(EXAMPLES / "shipments.toml"), "--on", "2026-05-01", "--against", "2025-12-01", "--lang", language
    )
    assert code == 0
    assert ("友岸溢價" if language == "zh-TW" else "Friend-shore premium") in out
    assert ("法規造成" if language == "zh-TW" else "by law") in out
