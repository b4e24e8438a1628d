"""CFTC disaggregated positions, futures only: the Socrata JSON of report 72hh-3qpy (US government work)."""

import json
from collections.abc import Mapping
from datetime import date, datetime

from tomnext.observations.connectors.publisher import Collected, Publisher, collected, unlike_its_layout
from tomnext.observations.importing.payload import FileBytes
from tomnext.observations.reading import Observations
from tomnext.vocabulary.errors import SourceFormatError
from tomnext.vocabulary.words import Text

_CONTRACTS = {"088691": "gold", "084691": "silver", "085692": "copper", "076651": "platinum", "075651": "palladium"}
_FIELDS = {
    "managed_money.long": "m_money_positions_long_all",
    "managed_money.short": "m_money_positions_short_all",
    "open_interest": "open_interest_all",
}
_LONG = (
    "prod_merc_positions_long", "swap_positions_long_all", "m_money_positions_long_all", "other_rept_positions_long",
)  # fmt: skip
_SHORT = (
    "prod_merc_positions_short", "swap__positions_short_all", "m_money_positions_short_all",
    "other_rept_positions_short",
)  # fmt: skip
_SPREAD = ("swap__positions_spread_all", "m_money_positions_spread", "other_rept_positions_spread")


def read(payload: FileBytes, held: Observations) -> Collected:
    """Managed-money long and short and open interest in lots, by report day, of the metals' main contracts.

    Contract codes keep their leading zero: a list that lost it is refused, and so is a row whose longs, shorts and
    spreads do not add up to the open interest.
    """
    try:
        records = json.loads(payload.content)
    except ValueError as error:
        raise unlike_its_layout(payload, error, "a JSON list of records") from None
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise unlike_its_layout(payload, type(records).__name__, "a JSON list of records")
    rows: list[tuple[str, date, float, datetime | None]] = []
    for record in records:
        code = str(record.get("cftc_contract_market_code", ""))
        if len(code) != 6:
            raise unlike_its_layout(payload, f"contract code {code!r}", "six digits, as in 088691")
        if code in _CONTRACTS:
            rows += _positions(payload, record, f"cftc.{_CONTRACTS[code]}")
    return Collected(collected(rows))


def _positions(
    payload: FileBytes, record: Mapping[str, str], stem: str
) -> list[tuple[str, date, float, datetime | None]]:
    try:
        day = date.fromisoformat(record["report_date_as_yyyy_mm_dd"][:10])
        values = {name: float(record[field]) for name, field in _FIELDS.items()}
        _check(payload, record, day)
    except (KeyError, TypeError, ValueError) as error:
        raise unlike_its_layout(payload, f"{stem}: {error!r}", ", ".join(_FIELDS.values())) from None
    return [(f"{stem}.{name}", day, value, None) for name, value in values.items()]


def _check(payload: FileBytes, record: Mapping[str, str], day: date) -> None:
    """Both sides of every contract: reportable longs (shorts) and spreads and the small ones make the open interest."""
    spread = sum(float(record[field]) for field in _SPREAD)
    for side, small in ((_LONG, "nonrept_positions_long_all"), (_SHORT, "nonrept_positions_short_all")):
        total = sum(float(record[field]) for field in side) + spread + float(record[small])
        if total != float(record["open_interest_all"]):
            what = Text("The positions of {day} do not add up; nothing was filed.", "{day} 的部位加總不符；未寫入。")
            raise SourceFormatError(
                what.format(day=day),
                received=f"{payload.name}: {total:,.0f}",
                expected=f"open interest {float(record['open_interest_all']):,.0f}",
            )


PUBLISHER = Publisher(
    name="cftc",
    title=Text("CFTC managed-money positions", "CFTC 管理資金部位"),
    source="CFTC disaggregated report, futures only",
    addresses=(
        "https://publicreporting.cftc.gov/resource/72hh-3qpy.json?$limit=50000&$where=cftc_contract_market_code%20in("
        + ",".join(f"%27{code}%27" for code in _CONTRACTS)
        + ")",
    ),
    hosts=frozenset({"publicreporting.cftc.gov"}),
    restricted=False,
    terms=Text("US government work, free to use.", "美國政府著作，可自由使用。"),
    read=read,
)
