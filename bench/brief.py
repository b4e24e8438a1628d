"""The brief beside pandas doing its board: the same numbers from the same prices, then the whole page."""

import statistics
import time
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from tomnext.faces.report.html import write_html
from tomnext.observations.embedded import EmbeddedMarket
from tomnext.studies.market_today import market_today
from tomnext.studies.sections import Number
from tomnext.vocabulary.words import Language, Text

AS_OF = date(2026, 6, 2)
METALS = ("copper", "aluminium", "zinc", "lead", "nickel", "tin")
HALTED = (pd.Timestamp(2022, 3, 8), pd.Timestamp(2022, 3, 15))
REPEATS = 5


def main() -> None:
    """Check the board against pandas, then time the study, the page, and pandas doing the board alone."""
    market = EmbeddedMarket()
    names = [f"lme.{metal}.{part}" for metal in METALS for part in ("price.cash", "price.3m", "stock.on_warrant")]
    long = market.read(names, AS_OF).to_pandas()
    brief = market_today(AS_OF, observations=market)
    board = {row[0].en: row for row in brief.section("board").tables[0].rows if isinstance(row[0], Text)}
    keys = [column.key for column in brief.section("board").tables[0].columns]
    for metal, (carry, percentile) in pandas_board(long).items():
        row = dict(zip(keys, board[metal], strict=True))
        for key, expected in (("carry", carry), ("carry_percentile", percentile)):
            cell = row[key]
            assert isinstance(cell, Number)
            assert cell.value is not None
            assert abs(cell.value - expected) < 1e-9, (metal, key)
    print("cash minus three-month and its percentile equal to pandas for six metals: yes")
    study = median_seconds(lambda: market_today(AS_OF, observations=market))
    page = median_seconds(lambda: write_html(brief, Language.TAIWAN))
    peer = median_seconds(lambda: pandas_board(market.read(names, AS_OF).to_pandas()))
    print(f"study {study:.2f} s, page {page:.2f} s; pandas reading and two board columns alone {peer:.2f} s")
    print(f"whole brief / two columns in pandas: {(study + page) / peer:.1f}×")


def pandas_board(long: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Cash minus three-month (USD/t) and its percentile (0–100, ties count half) of six metals, by pandas."""
    days = long.pivot(index="observed_on", columns="series_id", values="value")
    found = {}
    for metal in METALS:
        path = (days[f"lme.{metal}.price.cash"] - days[f"lme.{metal}.price.3m"]).dropna()
        if metal == "nickel":
            path = path[(path.index < HALTED[0]) | (path.index > HALTED[1])]
        last = float(path.iloc[-1])
        rank = float(np.mean(path < last) + np.mean(path == last) / 2) * 100
        found[metal] = (last, rank)
    return found


def median_seconds(run: Callable[[], object]) -> float:
    """The median wall time of several runs, in seconds."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
