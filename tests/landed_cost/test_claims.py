"""The page that settles the article's claims says what the engine computes, and the engine what the page says."""

import re
from datetime import date
from pathlib import Path

import pytest

from tomnext.landed_cost.cbam import ImportedGood
from tomnext.landed_cost.duty import Entry
from tomnext.studies.carbon import carbon_on
from tomnext.studies.duty import duty_on, tariff_book

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "claims-on-duties-and-carbon.md"
TEXT = PAGE.read_text(encoding="utf-8")


def total(code: str, origin: str, on: date, copper: float = 1.0, known_on: date | None = None) -> float | None:
    entry = Entry(code, origin, on, known_on=known_on, metal_shares={"copper": copper}, value_usd=1000, weight_kg=100)
    return duty_on(entry).total_rate_pct


def cells() -> list[tuple[str, str, date, float]]:
    """Every rate of the two tables as (code, origin, day, percent)."""
    found = []
    for origin, heading in (("CN", '## "China up to'), ("TW", '## "Taiwan')):
        part = TEXT.split(heading, 1)[1].split("\n## ", 1)[0]
        rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
        codes = [re.search(r"\d{4}\.\d\d\.\d\d", cell)[0] for cell in rows[0][1:]]  # type: ignore[index]
        for row in rows[2:]:
            day = date.fromisoformat(row[0].strip())
            found += [(code, origin, day, float(cell)) for code, cell in zip(codes, row[1:], strict=True)]
    return found


@pytest.mark.parametrize(("code", "origin", "on", "percent"), cells())
def test_every_cell_of_the_page(code: str, origin: str, on: date, percent: float) -> None:
    assert total(code, origin, on) == pytest.approx(percent, abs=0.005)


def test_the_codes_at_exactly_eighty_five() -> None:
    day = date(2025, 12, 1)
    copper = [code for code in tariff_book().lines if code.startswith(("74", "8544"))]
    exact = {code for code in copper if total(code, "CN", day) == 85}
    said = re.search(r"\*\*Exactly 85\.0:\*\* ([^(]+)", TEXT)
    assert said is not None
    named = {code.strip().replace(".", "").ljust(8, "0") for code in said[1].replace("\n", " ").split(",")}
    assert exact == named


@pytest.mark.parametrize(
    ("origin", "on", "percent"),
    [("CN", date(2025, 12, 1), 72), ("CN", date(2026, 5, 1), 78), ("TW", date(2025, 12, 1), 41),
     ("TW", date(2026, 3, 15), 37), ("TW", date(2026, 5, 1), 53)],
)  # fmt: skip
def test_wire_of_sixty_percent_copper(origin: str, on: date, percent: float) -> None:
    assert total("7408.11.60", origin, on, copper=0.6) == pytest.approx(percent)


@pytest.mark.parametrize(
    ("known_on", "percent"),
    [(date(2025, 7, 29), 79), (date(2025, 7, 30), 95), (date(2025, 11, 3), 95), (date(2025, 11, 4), 85)],
)
def test_what_could_be_known_of_an_entry_in_december(known_on: date, percent: float) -> None:
    assert total("7419.80.50", "CN", date(2025, 12, 1), known_on=known_on) == pytest.approx(percent)


@pytest.mark.parametrize(
    ("code", "origin", "on", "cost"),
    [("7607", "TW", date(2026, 9, 15), 83.43), ("7601", "CN", date(2026, 2, 1), 144.13),
     ("7607", "CN", date(2026, 2, 1), 343.34)],
)  # fmt: skip
def test_carbon_of_the_page(code: str, origin: str, on: date, cost: float) -> None:
    assert carbon_on(ImportedGood(code, origin, on)).charge.cost_eur_per_t == pytest.approx(cost, abs=0.005)
    assert f"{cost:.2f}" in TEXT
