"""A new authority is files and nothing else: put into a folder, laid over the shipped facts, it takes effect."""

from datetime import date
from pathlib import Path

import pytest

from tomnext.studies.duty import Entry, duty_on, with_folder
from tomnext.vocabulary.errors import FactInvalid, FactMissing

NICKEL_ACT = """
kind: tariff_measure
title: {en: Nickel emergency duty, zh-TW: 鎳緊急關稅}
heading: 9903.77.01
code_list: us/s777/nickel_codes
except_origins: [CA, NO]
base: content_value
metal: nickel
excluded_by: [us/s301/list_3]
spans:
  - {in_force_from: 2027-01-01, known_from: 2026-12-01, value: 8, source: an act, locator: section 1, confidence: high}
"""
NICKEL_CODES = """
kind: table
row: tariff_code
title: {en: Nickel under the act, zh-TW: 該法所列鎳品}
"""
BLANKET = """
kind: tariff_measure
title: {en: Blanket duty beside it, zh-TW: 並行之一般加徵}
not_on_base_of: [us/s777/nickel]
spans:
  - {in_force_from: 2027-03-01, value: 5, source: another act, locator: section 2, confidence: high}
"""
JAPAN_LINES = """
kind: table
row: tariff_line
title: {en: Tariff of Japan, zh-TW: 日本稅則}
"""
JAPAN = """
kind: tariff_measure
title: {en: Customs duty of Japan, zh-TW: 日本關稅}
spans:
  - {in_force_from: 2024-04-01, value: general, source: Customs Tariff Law, locator: schedule, confidence: medium}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "us/s777/nickel.yaml": NICKEL_ACT,
        "us/s777/nickel_codes.yaml": NICKEL_CODES,
        "us/s777/nickel_codes.csv": "code,source,confidence\n7502,an act,high\n7505.11,an act,high\n",
        "us/s778/blanket.yaml": BLANKET,
        "jp/mfn/lines.yaml": JAPAN_LINES,
        "jp/mfn/lines.csv": "code,description,general,source,confidence\n7502.10.00,nickel,11.7%,schedule,medium\n",
        "jp/mfn/general.yaml": JAPAN,
    }
    for name, text in files.items():
        path = tmp_path / "tariff" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")
    return tmp_path


def nickel(folder: Path, origin: str, on: date, share: float | None = None, territory: str = "us") -> float | None:
    shares = {} if share is None else {"nickel": share}
    return duty_on(Entry("7502.10.00", origin, on, metal_shares=shares), territory, with_folder(folder)).total_rate_pct


def test_the_act_is_charged_from_its_first_day_and_not_on_those_left_out(folder: Path) -> None:
    assert nickel(folder, "AU", date(2026, 12, 31)) == pytest.approx(0)
    assert nickel(folder, "AU", date(2027, 1, 1)) == pytest.approx(8)
    assert nickel(folder, "NO", date(2027, 1, 1)) == pytest.approx(0)
    assert nickel(folder, "CN", date(2027, 1, 1)) == pytest.approx(25)  # List 3 applies instead


def test_the_second_act_spares_the_content_the_first_one_charged(folder: Path) -> None:
    assert nickel(folder, "AU", date(2027, 3, 1), 0.6) == pytest.approx(8 * 0.6 + 5 * 0.4)
    assert nickel(folder, "AU", date(2027, 3, 1)) == pytest.approx(8)


def test_another_territory_is_files_too(folder: Path) -> None:
    assert nickel(folder, "AU", date(2026, 1, 1), territory="jp") == pytest.approx(11.7)


def test_the_shipped_facts_are_untouched(folder: Path) -> None:
    nickel(folder, "AU", date(2027, 1, 1))
    assert duty_on(Entry("7502.10.00", "AU", date(2027, 1, 1))).total_rate_pct == pytest.approx(0)


def test_a_measure_with_a_word_nobody_knows_is_refused_with_its_file(folder: Path) -> None:
    path = folder / "tariff/us/s777/nickel.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("excluded_by", "exclude_by"), encoding="utf-8")
    with pytest.raises(FactInvalid) as caught:
        nickel(folder, "AU", date(2027, 1, 1))
    assert "tariff/us/s777/nickel" in str(caught.value)
    assert "exclude_by" in str(caught.value)


def test_a_list_that_does_not_exist_is_named(folder: Path) -> None:
    (folder / "tariff/us/s777/nickel_codes.yaml").unlink()
    with pytest.raises(FactMissing) as caught:
        nickel(folder, "AU", date(2027, 1, 1))
    assert "us/s777/nickel_codes" in str(caught.value)
