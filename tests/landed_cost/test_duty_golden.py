"""The 310 worked totals: own arithmetic on the law, made outside this code (medium confidence); then 142 by hand.

Thirty-one lines, Taiwan and China, five entry dates; the whole value is the listed metal, no exclusion, quota,
anti-dumping duty, agreement or United States metal. Lead has no total: its duty is on the lead content.
"""

import csv
from datetime import date
from pathlib import Path

import pytest

from tomnext.studies.duty import Entry, duty_on, statuses_with

with (Path(__file__).parent / "us_totals.csv").open(encoding="utf-8") as file:
    WORKED = [tuple(row.values()) for row in csv.DictReader(file)]
with (Path(__file__).parent / "us_totals_by_hand.csv").open(encoding="utf-8") as file:
    BY_HAND = list(csv.DictReader(file))


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


def shares(cell: str) -> dict[str, float]:
    return {name: float(share) for name, _, share in (one.partition("=") for one in cell.split(";") if one)}


@pytest.mark.parametrize("row", BY_HAND, ids=lambda row: "-".join(filter(None, row.values())))
def test_total_worked_out_by_hand(row: dict[str, str]) -> None:
    """Other origins, part copper, weight below and at 15 %, US and Russian metal, boundary days, known-on, proposals.

    Added up from the rates of each programme and date before this code was asked.
    """
    copper, weight, known = row["copper_value_share"], row["copper_weight_share"], row["known_on"]
    entry = Entry(
        row["hts8"],
        row["origin"],
        date.fromisoformat(row["entry_date"]),
        metal_shares={"copper": float(copper)} if copper else {},
        weight_shares={"copper": float(weight)} if weight else {},
        melted_in=shares(row["melted_in"]),
        declared=frozenset(filter(None, row["declared"].split(";"))),
        statuses=statuses_with(filter(None, row["include"].split(";"))),
        known_on=date.fromisoformat(known) if known else None,
    )
    assert duty_on(entry).total_rate_pct == pytest.approx(float(row["total_rate_pct"]), abs=0.005)
