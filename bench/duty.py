"""Duty in a batch beside OpenFisca-Core, on the same four rules.

The instance: shipments with values uniform between 1e3 and 1e6 and weights uniform between 1 and 500, 40 % flagged,
seed 0, the same in each month of 2025. Ordinary duty 2.9 %; an additional duty on flagged goods, nothing, then 25 %
from 2025-03-12, 50 % from 2025-06-04; a carbon charge of weight × max(1.9 − 1.4, 0) × 70; landed cost is value plus
the three. Inputs are set before the clock starts on both sides. The law turns twice in the year, so tomnext evaluates
three spans and not twelve months; the second ratio is without that, every month afresh. Both sides run on one thread
and are timed in processor seconds, which a busy machine does not stretch.

OpenFisca is AGPL and no part of this package: name an interpreter that has it in TOMNEXT_OPENFISCA_PYTHON
(``python -m venv X; X/bin/pip install openfisca-core``), or have it importable; without it only tomnext is timed.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from tomnext.facts.kinds.tariff import TariffLine, TariffMeasure
from tomnext.landed_cost.batch import Prepared, Shipments
from tomnext.landed_cost.charging import Floats
from tomnext.landed_cost.measures import TariffBook
from tomnext.vocabulary.words import Text

REPEATS = 3
ROUNDS = 4
COUNT = 1_000_000
TARGET = 10.0
MONTHS = [date(2025, month, 1) for month in range(1, 13)]
CITED = {"source": "the instance", "confidence": "high"}
DAY_WEIGHTED_1000 = 7.3428e9
MONTH_START_1000 = 7.2631e9


def rules() -> TariffBook:
    """The two duties and the carbon charge (35 a tonne, 3.5 cents a kg) as measures, on a flagged and a plain line."""

    def measure(path: str, spans: list[dict[str, object]], **more: object) -> TariffMeasure:
        head = {"id": f"tariff/{path}", "kind": "tariff_measure", "title": Text(path, path)}
        return TariffMeasure.model_validate({**head, **more, "spans": [{**CITED, **one} for one in spans]})

    ordinary = measure("us/mfn/general", [{"in_force_from": date(2024, 1, 1), "value": "general"}])
    added = measure(
        "us/s232/flagged",
        [
            {"in_force_from": date(2025, 3, 12), "in_force_to": date(2025, 6, 3), "value": 25},
            {"in_force_from": date(2025, 6, 4), "value": 50},
        ],
        codes=["7408"],
    )
    carbon_usc_per_kg = max(1.9 - 1.4, 0.0) * 70.0 * 100 / 1000
    carbon = measure(
        "us/carbon/charge",
        [{"in_force_from": date(2024, 1, 1), "value": carbon_usc_per_kg}],
        unit="usc_per_kg",
        base="weight",
    )
    lines = {code: TariffLine(code=code, description="", general="2.9%", **CITED) for code in ("74081100", "84716000")}
    return TariffBook("us", (ordinary, added, carbon), lines, {}, {}, Text("instance", "instance"))


def instance(count: int) -> Shipments:
    """The shipments drawn in order: value, weight (tonnes, kept in kg), flag."""
    draw = np.random.default_rng(0)
    values, weights = draw.uniform(1e3, 1e6, count), draw.uniform(1, 500, count)
    flagged = draw.random(count) < 0.4
    plain = (~flagged).astype(np.uint32)
    origin = np.zeros(count, dtype=np.uint32)
    on = np.full(count, np.datetime64("2025-01-01"))
    return Shipments(("74081100", "84716000"), plain, ("TW",), origin, values, on, weight_kg=1000.0 * weights)


def landed(prepared: Prepared, days: Sequence[date]) -> list[Floats]:
    """Landed cost by row on each day; days of one span of law share one answer, and so one column."""
    return [answer.landed_usd for answer in prepared.on(days)]


def main() -> None:
    """Correctness first, then the ratio of the medians; both sides take turns, so that both meet the same machine."""
    book = rules()
    _gate(book)
    shipments = instance(COUNT)
    prepared = Prepared(shipments, book)
    landed(prepared, MONTHS)
    spans: list[float] = []
    months: list[float] = []
    theirs: list[float] = []
    peer: dict[str, Any] | None = None
    for turn in range(ROUNDS):
        spans += _timed(lambda: landed(prepared, MONTHS))
        months += _timed(lambda: [landed(prepared, [day])[0] for day in MONTHS])
        peer = _peer() if peer or not turn else None
        theirs += peer["seconds"] if peer else []
    print(f"tomnext, spans of law   {_rate(spans)} M shipment-months/s (float64)")
    print(f"tomnext, month by month {_rate(months)} M shipment-months/s (float64)")
    if peer is None:
        return
    sums = [float(np.sum(one)) for one in landed(prepared, MONTHS)]
    worst = max(abs(mine / total - 1) for mine, total in zip(sums, peer["sums"], strict=True))
    assert worst < 1e-6, f"the monthly sums differ by {worst:.1e}"
    print(f"OpenFisca-Core {peer['version']:8} {_rate(theirs)} M shipment-months/s ({peer['dtype']})")
    print(f"monthly sums agree to {worst:.0e} (its floats are single)")
    ratio, afresh = median(theirs) / median(spans), median(theirs) / median(months)
    met = "met" if ratio >= TARGET else "MISSED"
    print(f"ratio {ratio:.1f} (target {TARGET:.0f}): {met}; month by month {afresh:.1f}")


def _timed(work: Callable[[], object]) -> list[float]:
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return seconds


def _rate(seconds: list[float]) -> str:
    return f"{12 * COUNT / median(seconds) / 1e6:7.1f}"


def _gate(book: TariffBook) -> None:
    """A thousand shipments against the plain formula to the cent, and the two published sums."""
    shipments = instance(1000)
    prepared = Prepared(shipments, book)
    months = landed(prepared, MONTHS)
    for day, cost in zip(MONTHS, months, strict=True):
        added = 0.0 if day < date(2025, 3, 12) else 0.25 if day < date(2025, 6, 4) else 0.5
        flagged = shipments.code_index == 0
        plain = shipments.value_usd * (1 + 0.029 + added * flagged) + shipments.weight_kg * 0.035
        assert np.max(np.abs(cost - plain)) < 0.005, day
    month_start = float(sum(np.sum(one) for one in months))
    days = [date(2025, 1, 1) + timedelta(one) for one in range(365)]
    by_day = np.array([np.sum(one) for one in landed(prepared, days)])
    in_month = np.array([sum(one.month == day.month for one in days) for day in days])
    day_weighted = float(np.sum(by_day / in_month))
    assert abs(month_start / MONTH_START_1000 - 1) < 1e-4
    assert abs(day_weighted / DAY_WEIGHTED_1000 - 1) < 1e-4
    error = month_start / day_weighted - 1
    print("gate: equal to the plain formula to the cent on 1,000 shipments × 12 months")
    print(f"month-start evaluation, as in the peer, is {100 * error:.1f} % off the day-exact sum; tomnext is day-exact")


def _peer() -> dict[str, Any] | None:
    interpreter = os.environ.get("TOMNEXT_OPENFISCA_PYTHON")
    if interpreter is None and find_spec("openfisca_core"):
        interpreter = sys.executable
    if interpreter is None:
        print("OpenFisca skipped: not importable, and TOMNEXT_OPENFISCA_PYTHON names no interpreter that has it")
        return None
    script = Path(__file__).with_name("_openfisca_peer.py")
    command = [interpreter, str(script), str(COUNT), str(REPEATS)]
    told: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return told


if __name__ == "__main__":
    main()
