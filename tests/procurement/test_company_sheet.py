"""The company sheet: amounts as people write them, every problem named with its place in both languages."""

import copy
import tomllib
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tomnext.faces.report.company_template import write_workbook
from tomnext.faces.report.company_toml import toml_template
from tomnext.studies.amounts import mass_t, mass_t_per_month, price
from tomnext.studies.company_defaults import defaults_used
from tomnext.studies.company_file import company_from, read_company
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Language

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.toml"))
SHEETS = [path for path in EXAMPLES if "[company]" in path.read_text(encoding="utf-8")]


def sheet() -> dict[str, Any]:
    path = next(one for one in SHEETS if one.stem == "silver-paste")
    return copy.deepcopy(tomllib.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("written", "t"),
    [("1,200 kg", 1.2), ("０．５公噸", 0.5), ("32150.7466 oz", 1.0000000), ("1 short_ton", 0.90718474), ("2.5 t", 2.5)],
)
def test_masses(written: str, t: float) -> None:
    assert mass_t(written) == pytest.approx(t, rel=1e-8)


def test_prices_and_uses() -> None:
    assert price("1 USD/oz").per_t == pytest.approx(32150.746568627, rel=1e-9)
    assert price("60 TWD/kg/month").currency == "TWD"
    assert mass_t_per_month("500 kg/月") == 0.5


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_the_worked_companies_are_valid_and_list_their_defaults(path: Path) -> None:
    company = read_company(str(path))
    used = list(defaults_used(company))
    assert used
    assert all(one.why.en and one.why.zh and one.heading.zh for one in used)
    assert any(one.where == "money.worst_case_weight" for one in used)


def broken(change: str) -> dict[str, Any]:
    raw = sheet()
    lane = raw["lane"][1]
    changes: dict[str, Any] = {
        "negative lead time": lambda: lane.update(lead_time_days=-5),
        "no code": lambda: lane.pop("hs_code"),
        "currency without rate": lambda: lane.update(premium="0.4 GBP/oz"),
        "unbounded hedge": lambda: raw["hedge"][0].pop("max_share"),
        "infinite hedge": lambda: raw["hedge"][0].update(max_share=float("inf")),
        "demand in a price": lambda: raw["metal"][0].update(use_per_month="3 USD/oz"),
        "demand in lots": lambda: raw["metal"][0].update(use_per_month="3 lots"),
        "no unit": lambda: raw["metal"][0].update(use_per_month=3),
        "unknown form": lambda: lane.update(form="wire"),
        "typing slip": lambda: lane.update(lead_time_day=20),
        "no lanes": lambda: raw.update(lane=[]),
        "unknown lane": lambda: raw["transit"][0].update(lane="Mars"),
        "unknown metal": lambda: raw["metal"][0].update(metal="unobtainium"),
        "no store": lambda: raw["store"][0].update(forms=["grain"]),
        "paid to stop": lambda: raw["metal"][0].update(stopped_line_cost="-5 USD/kg"),
        "paid to store": lambda: raw["store"][0].update(cost_per_month="-1 USD/kg/month"),
        "code in words": lambda: lane.update(hs_code="silver grain"),
        "code that lost a digit": lambda: lane.update(hs_code="7106.9"),
        "code with a letter": lambda: lane.update(hs_code="71O6.91"),
        "no such country": lambda: lane.update(origin="Narnia"),
        "thirteenth month": lambda: raw["company"].update(start="2026-13"),
        "a month long gone": lambda: raw["company"].update(start="1890-01"),
        "true for a number": lambda: lane.update(lead_time_days=True),
        "no number": lambda: lane.update(lead_time_days=float("nan")),
        "without end": lambda: lane.update(capacity_per_month="1e400 t"),
        "nothing used": lambda: raw["metal"][0].update(use_per_month="0 t"),
        "no use": lambda: raw["metal"][0].update(use_per_month=[]),
        "code of no currency": lambda: raw["money"].update(rates={"dollars": 3.0}),
        "a rate of the dollar": lambda: raw["money"].update(rates={"USD": 3.0}),
        "hedged twice": lambda: raw["hedge"].append(raw["hedge"][0]),
        "too large to order": lambda: lane.update(minimum_order="9 t"),
        "a measure too late": lambda: raw.update(
            measure=[{"name": "late", "lanes": [lane["name"]], "duty_pct": 5, "first_month": 23}]
        ),
        "a text for a table": lambda: raw.update(lane="Japan"),
        "a number for a name": lambda: lane.update(name=5),
        "table not there": lambda: raw.pop("money"),
    }
    changes[change]()
    return raw


@pytest.mark.parametrize(
    ("change", "english", "taiwanese"),
    [
        ("negative lead time", "lane[2] “Korea grain”.lead_time_days (Lead time, days) must be at least 0", "交期"),
        ("no code", "hs_code (Customs code (HS, HTS or CN)) is missing", "稅則號別"),
        ("currency without rate", "GBP has no rate", "沒有匯率"),
        ("unbounded hedge", "max_share", "避險上限"),
        ("infinite hedge", "must be a finite number", "有限的數字"),
        ("demand in a price", "not an amount of metal a month", "不是每月用量"),
        ("demand in lots", "not a unit of mass", "不是重量單位"),
        ("no unit", "has no unit", "沒有單位"),
        ("unknown form", "nothing turns “wire”", "無法轉為"),
        ("typing slip", "nearest: lead_time_days", "最接近：lead_time_days"),
        ("no lanes", "is empty", "是空的"),
        ("unknown lane", "no lane “Mars”", "沒有路線「Mars」"),
        ("unknown metal", "metal[1] “powder”.metal (Metal): “unobtainium” is not one of the ten metals", "十種金屬"),
        ("paid to stop", "“-5 USD/kg” is below zero", "成本不帶負號"),
        ("paid to store", "“-1 USD/kg/month” is below zero", "小於零"),
        ("code in words", "“silver grain” is not a customs code", "不是稅則號別"),
        ("code that lost a digit", "“7106.9” is not a customs code: 4, 6, 8 or 10 digits", "4、6、8 或 10 位數字"),
        ("code with a letter", "“71O6.91” is not a customs code", "不是稅則號別"),
        ("no such country", "“Narnia” is no country", "「Narnia」不是國家"),
        ("thirteenth month", "is not a month (2026-06)", "不是月份"),
        ("a month long gone", "years 2000 to 2100", "2000 至 2100 年"),
        ("true for a number", "must be a finite number or text (received true)", "收到 true"),
        ("no number", "must be a finite number or text (received nan)", "收到 nan"),
        ("without end", "“1e400 t” is not a finite amount", "不是有限的數量"),
        ("nothing used", "nothing is used in any month", "各月皆無用量"),
        ("no use", "nothing is used in any month", "各月皆無用量"),
        ("code of no currency", "money.rates.dollars is not a currency code", "不是幣別代碼"),
        ("a rate of the dollar", "money.rates.USD is always 1", "恆為 1"),
        ("hedged twice", "hedge: silver stands twice", "白銀重複"),
        ("too large to order", "the minimum order (9 t) is above", "高於每月最大供應量"),
        ("a measure too late", "first_month 23 is behind the last month (11)", "最後一個月（11）之後"),
        ("a text for a table", "must be a list", "應為清單"),
        ("a number for a name", "is not text (received 5)", "不是文字"),
        ("table not there", "money (Money) is missing", "money（資金）未填寫"),
        ("no store", "“powder” must stand in exactly one store", "須存放於恰好一個倉儲"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(change: str, english: str, taiwanese: str) -> None:
    with pytest.raises(InputRejected) as caught:
        company_from(broken(change))
    assert english in caught.value.text(Language.ENGLISH)
    assert taiwanese in caught.value.text(Language.TAIWAN)


def test_all_problems_are_told_at_once() -> None:
    raw = sheet()
    raw["lane"][0]["lead_time_days"] = -1
    raw["metal"][0]["use_per_month"] = "3 barrels"
    with pytest.raises(InputRejected) as caught:
        company_from(raw)
    assert "2 problems" in str(caught.value)


@pytest.mark.parametrize("worked", SHEETS, ids=lambda path: path.stem)
def test_the_workbook_filled_in_is_the_sheet_in_toml(tmp_path: Path, worked: Path) -> None:
    """Template, filled cell by cell from a worked company, read back: the same company, defaults included."""
    path, filled = tmp_path / "company.xlsx", tomllib.loads(worked.read_text(encoding="utf-8"))
    write_workbook(path)
    book = openpyxl.load_workbook(path)
    for page in book.worksheets:
        key = page.title.split("｜")[0]
        rows = filled.get(key, [])
        keys = [cell.value for cell in page[2]] if page.max_row >= 2 else []
        for line, row in enumerate(rows if isinstance(rows, list) else [rows], start=3):
            for field, value in row.items():
                if field == "rates":
                    continue
                place = keys.index(field) + 1
                if f"{field}.unit" in keys:
                    value, page.cell(line, place + 1).value = value.split(" ", 1)
                page.cell(line, place).value = ", ".join(value) if isinstance(value, list) else value
        if key == "rates":
            for line, (code, rate) in enumerate(filled["money"]["rates"].items(), start=3):
                page.cell(line, 1).value, page.cell(line, 2).value = code, rate
    book.save(path)
    assert read_company(str(path)) == company_from(filled)


def test_several_lanes_may_be_named_in_one_text_as_in_a_cell() -> None:
    raw = sheet()
    raw["limit"] = [{"name": "bank line", "lanes": "Japan powder, Korea grain", "most_per_month": "2 t"}]
    assert company_from(raw).limit[0].lanes == ("Japan powder", "Korea grain")


def test_what_was_received_is_shown_as_it_was_written() -> None:
    raw = sheet()
    raw["stock"][0]["on_hand"] = "-800 kg"
    with pytest.raises(InputRejected) as caught:
        company_from(raw)
    assert "must be at least 0 (received '-800 kg')" in str(caught.value)


def test_the_workbook_offers_choices_and_says_its_defaults(tmp_path: Path) -> None:
    path = tmp_path / "company.xlsx"
    write_workbook(path)
    lane = next(page for page in openpyxl.load_workbook(path).worksheets if page.title.startswith("lane｜"))
    offered = " ".join(str(rule.formula1) for rule in lane.data_validations.dataValidation)
    assert "spot fixed" in offered
    assert "USD/oz" in offered
    heads = {lane.cell(2, place).value: lane.cell(1, place) for place in range(1, lane.max_column + 1)}
    assert "交期" in str(heads["lead_time_days"].value)
    assert heads["late_share"].comment is not None
    assert "0.1" in heads["late_share"].comment.text
    assert "假設 Q5" in heads["late_share"].comment.text


def test_the_toml_template_says_what_is_missing_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "company.toml"
    path.write_text(toml_template(), encoding="utf-8")
    with pytest.raises(InputRejected) as caught:
        read_company(str(path))
    assert "company.name (Company) is empty" in str(caught.value)


def test_the_toml_template_writes_defaults_with_their_unit_and_names_the_choices() -> None:
    template = toml_template()
    assert '# minimum_order = "0 t"  #' in template
    assert 'metal = ""  # Metal · 金屬 (gold, silver, platinum' in template
    assert '# kind = "just_in_time"  #' in template
