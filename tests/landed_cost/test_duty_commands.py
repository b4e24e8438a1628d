"""The commands ``duty``, ``measures`` and ``duty-batch``: keys as promised, bars that line up, errors as records."""

import csv
import json
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from tomnext.faces.cli.main import app
from tomnext.faces.cli.measures import BAR_CELLS, NAME_CELLS

WIRE = ["7408.11.60", "--origin", "CN"]


def said(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    if result.exception is not None:
        raise result.exception
    return result.stdout


def test_duty_as_json_has_the_promised_keys() -> None:
    record = json.loads(said("duty", *WIRE, "--on", "2025-12-01", "--format", "json", "--lang", "en"))
    assert {"hts", "origin", "on", "total_rate_pct", "lines", "not_applied"} <= record.keys()
    assert (record["hts"], record["origin"], record["on"]) == ("7408.11.60", "CN", "2025-12-01")
    assert record["total_rate_pct"] == 88.0
    keys = {"measure", "rate_pct", "base", "base_share", "kind", "in_force_from", "source", "confidence"}
    assert all(keys <= line.keys() for line in record["lines"])
    assert [line["measure"] for line in record["lines"]] == [
        "tariff/us/mfn/column_1",
        "tariff/us/s232/copper",
        "tariff/us/s301/list_3",
        "tariff/us/ieepa/fentanyl_china",
    ]
    assert sum(line["contribution_pct"] for line in record["lines"]) == pytest.approx(88)
    assert all({"measure", "why"} == one.keys() for one in record["not_applied"])


def test_duty_as_csv_carries_the_law_on_every_row() -> None:
    table = said("duty", *WIRE, "--on", "2025-12-01", "--format", "csv", "--lang", "en")
    rows = list(csv.DictReader(table.splitlines()))
    assert [float(row["contribution_pct"]) for row in rows] == [3, 50, 25, 10]
    assert "Proclamation 10962" in rows[1]["source"]


def test_a_total_including_the_ordinary_duty_shows_both_its_numbers() -> None:
    words = ("8544.49.30", "--origin", "TW", "--on", "2026-09-15", "--format", "json", "--lang", "en")
    line = json.loads(said("duty", *words))["lines"][-1]
    assert line["kind"] == "total_including_mfn"
    assert line["stated_rate"] == 10
    assert line["rate_pct"] == pytest.approx(4.7)


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", ("of the customs value", "Not charged", "full value")), ("zh-TW", ("完稅價格", "未課徵", "全部價值"))],
)
def test_duty_for_people_in_both_languages(lang: str, words: tuple[str, ...]) -> None:
    text = said("duty", *WIRE, "--on", "2025-12-01", "--lang", lang)
    assert "88 %" in text
    assert all(word in text for word in words)
    assert "[1]" in text


def test_every_option_reaches_the_law() -> None:
    ask = ("duty", "8544.42.90", "--origin", "TW", "--format", "json")
    assert json.loads(said(*ask, "--on", "2026-09-15", "--weight-share", "copper=0.149"))["total_rate_pct"] == 10
    assert json.loads(said(*ask, "--on", "2026-05-01", "--melted-in", "US=0.95"))["total_rate_pct"] == 12.6
    paid = json.loads(said(*ask, "--on", "2025-12-01", "--metal-share", "銅=0.6", "--value", "1000"))
    assert paid["total_usd"] == pytest.approx(406)
    both = json.loads(said(*ask, "--on", "2025-12-01", "--metal-share", "copper=0.4,aluminium=0.1"))
    assert both["total_rate_pct"] == pytest.approx(2.6 + 20 + 5 + 10)
    cathode = ("duty", "7403.11.00", "--origin", "CL", "--on", "2028-01-01", "--format", "json")
    assert json.loads(said(*cathode))["total_rate_pct"] == 1
    assert json.loads(said(*cathode, "--include", "proposed"))["total_rate_pct"] == 31
    known = json.loads(said("duty", *WIRE, "--on", "2025-12-01", "--known-on", "2025-07-15", "--format", "json"))
    assert not any("copper" in line["measure"] for line in known["lines"])
    assert any("2025-07-30" in one["why"] for one in known["not_applied"] if "s232/copper" in one["measure"])


def test_measures_draws_bars_of_equal_width_in_both_languages() -> None:
    for lang in ("en", "zh-TW"):
        lines = said("measures", *WIRE, "--lang", lang, "--until", "2027-01-01").splitlines()
        bars = [line for line in lines if "█" in line and "░" not in line]
        assert len(bars) >= 8
        for line in bars:
            name = line[: next(i for i, char in enumerate(line) if char in "█▒·")]
            assert cell_len(name) == NAME_CELLS + 1, line
            assert sum(char in "█▒░·" for char in line) >= BAR_CELLS
    assert "芬太尼" in "\n".join(lines)


def test_measures_as_json_tell_the_total_from_day_to_day() -> None:
    record = json.loads(said("measures", *WIRE, "--since", "2025-08-01", "--until", "2026-12-31", "--format", "json"))
    assert [(one["in_force_from"], one["total_rate_pct"]) for one in record["totals"]] == [
        ("2025-08-01", 98.0),
        ("2025-11-10", 88.0),
        ("2026-02-24", 78.0),
        ("2026-04-06", 78.0),
    ]
    copper = next(one for one in record["measures"] if one["measure"] == "tariff/us/s232/copper")
    assert copper["spans"][0]["in_force_to"] == "2026-04-05"
    assert copper["spans"][0]["rate"] == 50


def test_a_table_of_shipments(tmp_path: Path) -> None:
    file, out = tmp_path / "in.csv", tmp_path / "out.csv"
    file.write_text("hts,origin,on,value_usd\n7408.11.60,CN,2025-12-01,100\nwire,CN,2025-12-01,100\n", encoding="utf-8")
    record = json.loads(said("duty-batch", str(file), "--out", str(out), "--format", "json", "--lang", "en"))
    assert (record["rows"], record["priced"], record["duty_usd"]) == (2, 1, 88.0)
    assert record["errors"][0]["row"] == 3
    assert "88.0" in out.read_text(encoding="utf-8")
