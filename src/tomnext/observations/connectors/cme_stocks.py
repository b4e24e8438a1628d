"""CME registrar stocks: the daily workbooks of gold, silver, platinum, palladium, copper, aluminium, zinc and lead.

A report lists each depository's registered and eligible metal (gold also pledged, which is inside registered) with
PREV TOTAL, RECEIVED, WITHDRAWN, NET CHANGE, ADJUSTMENT and TOTAL TODAY. Rows move from day to day, so everything is
found by its words. The accounts must balance; one that does not is refused, because it was misread or misprinted.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tomnext.observations.catalogue import series_named
from tomnext.observations.connectors.publisher import Collected, Publisher, collected, unlike_its_layout
from tomnext.observations.importing.payload import FileBytes
from tomnext.observations.importing.workbook import worksheet
from tomnext.observations.reading import Observations
from tomnext.vocabulary.errors import InputRejected, SourceFormatError
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.units import factor
from tomnext.vocabulary.words import Text

_COLUMNS = ("PREV TOTAL", "RECEIVED", "WITHDRAWN", "NET CHANGE", "ADJUSTMENT", "TOTAL TODAY")
_UNITS = {"troy ounce": "oz", "short tons": "short_ton", "metric tons": "t"}
_KINDS = ("registered", "pledged", "eligible", "total")
_REPORT, _ACTIVITY = "Report Date:", "Activity Date:"
_ROUNDING = 0.01
"""How far printed figures may be from balancing: they carry three decimals."""

Row = tuple[str, ...]


@dataclass(frozen=True)
class Account:
    """One line of a report in its own unit: yesterday, in, out, moved between kinds, today."""

    previous: float
    received: float
    withdrawn: float
    net_change: float
    adjustment: float
    today: float

    @property
    def balances(self) -> bool:
        """Whether PREV + RECEIVED − WITHDRAWN + ADJUSTMENT = TODAY and RECEIVED − WITHDRAWN = NET CHANGE."""
        moved = self.received - self.withdrawn
        return _equal(self.previous + moved + self.adjustment, self.today) and _equal(moved, self.net_change)


@dataclass
class StockReport:
    """One metal's report: ``depositories`` by name and kind, ``totals`` by kind, in ``unit``."""

    metal: Metal
    unit: str
    activity_date: date
    report_date: date
    depositories: dict[str, dict[str, Account]] = field(default_factory=dict)
    totals: dict[str, Account] = field(default_factory=dict)


def read_reports(payload: FileBytes) -> list[StockReport]:
    """Every metal's report in a workbook (platinum and palladium share one), each of them balanced."""
    rows = [tuple("" if cell is None else cell.strip() for cell in row) for row in worksheet(payload, None).rows()]
    starts = [place for place, row in enumerate(rows) if _after(row, _REPORT)]
    if not starts:
        raise unlike_its_layout(payload, "no Report Date", "Report Date: month/day/year")
    ends = [*starts[1:], len(rows)]
    reports = [_read_report(payload, rows[start:end]) for start, end in zip(starts, ends, strict=True)]
    for report in reports:
        _check(payload, report)
    return reports


def _read_report(payload: FileBytes, rows: list[Row]) -> StockReport:
    try:
        metal = Metal.named(rows[0][0].split(" - ")[0])
        unit = _UNITS[rows[1][0].casefold()]
        report_date, activity_date = _us_date(_after(rows[0], _REPORT)), _us_date(_after(rows[1], _ACTIVITY))
        heading = next(place for place, row in enumerate(rows) if "PREV TOTAL" in row)
        places = [rows[heading].index(column) for column in _COLUMNS]
    except (InputRejected, LookupError, ValueError, StopIteration) as error:
        raise unlike_its_layout(payload, error, ", ".join(_COLUMNS)) from None
    report = StockReport(metal, unit, activity_date, report_date)
    depository = ""
    for row in rows[heading + 1 :]:
        label, numbers = row[0], [row[place] for place in places]
        if not any(numbers):
            depository = label or depository
            continue
        kind = _kind(label)
        if kind is None:
            raise unlike_its_layout(payload, label, "Registered, Pledged, Eligible or Total")
        account = _account(payload, label, numbers)
        if not label.upper().startswith(("TOTAL ", "COMBINED")):
            report.depositories.setdefault(depository, {})[kind] = account
            continue
        report.totals[kind] = account
        if kind == "total":
            break
    return report


def _kind(label: str) -> str | None:
    words = label.casefold()
    return next((kind for kind in _KINDS if kind in words), None)


def _account(payload: FileBytes, label: str, numbers: list[str]) -> Account:
    try:
        return Account(*(float(number) if number else 0.0 for number in numbers))
    except ValueError:
        raise unlike_its_layout(payload, f"{label}: {numbers}", "numbers") from None


def _check(payload: FileBytes, report: StockReport) -> None:
    """Hold a report to its identities; SourceFormatError names the line that breaks one."""
    metal, day = report.metal.title, report.activity_date
    for broken in _broken_lines(report):
        raise SourceFormatError(
            Text(
                f"The accounts of {metal.en} on {day} do not balance; nothing was filed.",
                f"{day} 的{metal.zh}庫存帳目不平；未寫入任何資料。",
            ),
            received=f"{payload.name}: {broken}",
            expected="PREV + RECEIVED − WITHDRAWN + ADJUSTMENT = TODAY; registered + eligible = total",
        )


def _broken_lines(report: StockReport) -> Iterator[str]:
    if not {"registered", "eligible", "total"} <= set(report.totals):
        yield f"totals found: {', '.join(report.totals) or 'none'}"
        return
    for name, accounts in [*report.depositories.items(), ("all", report.totals)]:
        for kind, account in accounts.items():
            if kind != "pledged" and not account.balances:
                yield f"{name}, {kind}: {account}"
        both = [accounts[kind].today for kind in ("registered", "eligible") if kind in accounts]
        if "total" in accounts and not _equal(sum(both), accounts["total"].today):
            yield f"{name}: registered + eligible is {sum(both)}, total {accounts['total'].today}"
    for kind, total in report.totals.items():
        summed = sum(accounts[kind].today for accounts in report.depositories.values() if kind in accounts)
        if not _equal(summed, total.today):
            yield f"{kind}: the depositories sum to {summed}, the total says {total.today}"


def read(payload: FileBytes, held: Observations) -> Collected:
    """Registered, eligible and total stock of each metal, the flow of the day, and any change of coverage."""
    rows: list[tuple[str, date, float, datetime | None]] = []
    for report in read_reports(payload):
        stem = f"comex.{report.metal}.stock"
        scale = factor(report.unit, series_named(f"{stem}.total").unit)
        total = report.totals["total"]
        flow = total.received - total.withdrawn + total.adjustment
        values = {kind: report.totals[kind].today for kind in ("registered", "eligible", "total")} | {"flow": flow}
        rows += [(f"{stem}.{kind}", report.activity_date, value * scale, None) for kind, value in values.items()]
        composition = _composition(held, f"{stem}.total", report.activity_date, total.previous * scale)
        if composition is not None:
            rows.append((f"{stem}.composition", report.activity_date, composition, None))
    return Collected(collected(rows))


def _composition(held: Observations, series_id: str, day: date, previous: float) -> float | None:
    """How much of the level's change is a change in what the report covers (convention 5).

    Today's PREV TOTAL less the total reported the weekday before. Unknown when that day is not held and the last one
    that is differs: the difference may then be metal that moved on days nobody filed.
    """
    before = held.read([series_id], end=day - timedelta(days=1))
    if before.is_empty():
        return None
    last_day, last_total = before.select("observed_on", "value").row(-1)
    change = float(previous - last_total)
    if abs(change) <= _ROUNDING:
        return 0.0
    weekday_before = day - timedelta(days=3 if day.weekday() == 0 else 1)
    return change if last_day == weekday_before else None


def _equal(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-12, abs_tol=_ROUNDING)


def _after(row: Row, words: str) -> str:
    return next((cell.removeprefix(words).strip() for cell in row if cell.startswith(words)), "")


def _us_date(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()


_FILES = (
    "Gold_Stocks", "Silver_stocks", "PA-PL_Stck_Rprt", "Copper_Stocks", "Aluminum_Stocks", "Zinc_Stocks", "Lead_Stocks",
)  # fmt: skip
PUBLISHER = Publisher(
    name="cme-stocks",
    title=Text("CME registrar stocks of metals", "CME 金屬註冊庫存"),
    source="CME Group registrar stock reports",
    addresses=tuple(f"https://www.cmegroup.com/delivery_reports/{file}.xls" for file in _FILES),
    hosts=frozenset({"www.cmegroup.com"}),
    restricted=True,
    terms=Text("CME Group's terms: own use, no redistribution.", "CME 條款：僅供自用，不得轉傳。"),
    read=read,
)
