"""FRED graph files: rates, currencies and indices as CSV without a key."""

import csv
from datetime import date, datetime

from tomnext.observations.connectors.publisher import Collected, Publisher, collected, unlike_its_layout
from tomnext.observations.importing.payload import FileBytes, decode
from tomnext.observations.reading import Observations
from tomnext.vocabulary.words import Text

_SERIES = {
    "DGS2": "rates.us.2y", "DGS10": "rates.us.10y", "DGS30": "rates.us.30y", "DFII10": "rates.us.10y_real",
    "T10YIE": "rates.us.10y_breakeven", "DFF": "rates.us.fed_funds", "DEXTAUS": "fx.usdtwd", "DEXCHUS": "fx.usdcny",
    "DEXUSEU": "fx.eurusd", "DTWEXBGS": "fx.usd_broad", "VIXCLS": "volatility.vix",
}  # fmt: skip
_DATE_HEADINGS = ("observation_date", "DATE")
"""The heading was DATE until November 2024."""

_MISSING = ("", ".")


def read(payload: FileBytes, held: Observations) -> Collected:
    """Every known column of a graph file; ``.`` and empty cells are days without a figure.

    The file is today's vintage: a figure revised since is only visible from the catalogue's lag as it stands today.
    """
    table = list(csv.reader(decode(payload, "auto", []).splitlines()))
    heading = table[0] if table else []
    if not heading or heading[0] not in _DATE_HEADINGS:
        raise unlike_its_layout(payload, ", ".join(heading)[:100], "observation_date, …")
    known = [(place, _SERIES[name]) for place, name in enumerate(heading) if name in _SERIES]
    if not known:
        raise unlike_its_layout(payload, ", ".join(heading[1:])[:100], ", ".join(_SERIES))
    rows: list[tuple[str, date, float, datetime | None]] = []
    for number, row in enumerate(table[1:], start=2):
        try:
            day = date.fromisoformat(row[0])
            rows += [(series, day, float(row[place]), None) for place, series in known if row[place] not in _MISSING]
        except (ValueError, IndexError):
            raise unlike_its_layout(payload, f"line {number}: {','.join(row)}", "a date and numbers") from None
    return Collected(collected(rows))


PUBLISHER = Publisher(
    name="fred",
    title=Text("Rates, currencies and indices (FRED)", "利率、匯率與指數（FRED）"),
    source="Federal Reserve Economic Data",
    addresses=("https://fred.stlouisfed.org/graph/fredgraph.csv?id=" + ",".join(_SERIES),),
    hosts=frozenset({"fred.stlouisfed.org"}),
    restricted=False,
    terms=Text("Free with attribution; no bulk mirror.", "註明來源即可使用；不得大量鏡像。"),
    read=read,
)
