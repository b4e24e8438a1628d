"""European Commission: the page of CBAM certificate prices (reuse with attribution)."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time
from html.parser import HTMLParser

from tomnext.observations.connectors.publisher import Collected, Publisher, collected, unlike_its_layout
from tomnext.observations.importing.payload import FileBytes, decode
from tomnext.observations.reading import Observations
from tomnext.vocabulary.words import Text

_QUARTER = re.compile(r"Q([1-4]) (\d{4})")
_NOON = time(12, tzinfo=UTC)


class _Cells(HTMLParser):
    """The text of every table cell in the order of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "td":
            self.cells.append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.cells[-1] += data


def read(payload: FileBytes, held: Observations) -> Collected:
    """Quarterly prices in EUR/tCO2e, dated by quarter end, available at noon UTC of the day of publication."""
    parser = _Cells()
    parser.feed(decode(payload, "auto", []))
    cells = [cell.strip() for cell in parser.cells]
    rows: list[tuple[str, date, float, datetime | None]] = []
    for place, cell in enumerate(cells):
        quarter = _QUARTER.fullmatch(cell)
        if quarter is None:
            continue
        try:
            published = datetime.strptime(cells[place + 1], "%d %B %Y").date()
            price = float(cells[place + 2].replace("€", "").strip())
        except (ValueError, IndexError):
            raise unlike_its_layout(payload, cells[place : place + 3], "Q1 2026, 7 April 2026, 75.36") from None
        available = datetime.combine(published, _NOON)
        rows.append(("carbon.cbam", _quarter_end(int(quarter[1]), int(quarter[2])), price, available))
    if not rows:
        raise unlike_its_layout(payload, "no quarter", "Q1 2026, 7 April 2026, 75.36")
    return Collected(collected(rows))


def _quarter_end(quarter: int, year: int) -> date:
    return date(year, 3 * quarter, monthrange(year, 3 * quarter)[1])


PUBLISHER = Publisher(
    name="cbam",
    title=Text("CBAM certificate prices", "CBAM 憑證價格"),
    source="European Commission, price of CBAM certificates",
    addresses=("https://taxation-customs.ec.europa.eu/carbon-border-adjustment-mechanism/price-cbam-certificates_en",),
    hosts=frozenset({"taxation-customs.ec.europa.eu"}),
    restricted=False,
    terms=Text("European Commission: reuse with attribution.", "歐盟執委會：註明來源即可再利用。"),
    read=read,
)
