"""The 310 worked totals: own arithmetic on the law, made outside this code (medium confidence).

Thirty-one lines, Taiwan and China, five entry dates; the whole value is the listed metal, no exclusion, quota,
anti-dumping duty, agreement or United States metal. Lead has no total: its duty is on the lead content.
"""

import csv
from datetime import date
from pathlib import Path

import pytest

from tomnext.studies.duty import Entry, duty_on

with (Path(__file__).parent / "us_totals.csv").open(encoding="utf-8") as file:
    WORKED = [tuple(row.values()) for row in csv.DictReader(file)]


def test_the_table_is_whole() -> None:
    assert len(WORKED) == 310


@pytest.mark.parametrize(("hts", "origin", "on", "total"), WORKED)
def test_total_is_the_worked_one(hts: str, origin: str, on: str, total: str) -> None:
    answer = duty_on(Entry(hts, origin, date.fromisoformat(on)))
    if total:
        assert answer.total_rate_pct == pytest.approx(float(total), abs=0.005)
    else:
        assert answer.total_rate_pct is None
        assert "lead" in answer.unknown[0].why.en
