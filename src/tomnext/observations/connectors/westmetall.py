"""Westmetall: LME official settlement, three-month price and stock, as its English table or as its chart's XML."""

import re
from datetime import date, datetime
from html.parser import HTMLParser

from tomnext.observations.connectors.publisher import Collected, Publisher, collected, unlike_its_layout
from tomnext.observations.importing.payload import FileBytes, decode
from tomnext.observations.reading import Observations
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

_LEGS = {"cash-settlement": "price.settlement", "3-month": "price.settlement_3m", "stock": "stock.total"}
_CODES = {"copper": "Cu", "aluminium": "Al", "zinc": "Zn", "lead": "Pb", "tin": "Sn", "nickel": "Ni"}
_NUMBER = re.compile(r"\d{1,3}(,\d{3})*(\.\d+)?|\d+(\.\d+)?")
Rows = list[tuple[str, date, float, datetime | None]]


def read(payload: FileBytes, held: Observations) -> Collected:
    """The series a page or chart names in its own words, each day once; ``-`` is a day without a figure."""
    text = decode(payload, "auto", [])
    rows = _chart(payload, text) if text.lstrip().startswith("<?xml") else _table(payload, text)
    if not rows:
        raise unlike_its_layout(payload, "no rows", "LME Copper Cash-Settlement, …")
    return Collected(collected(rows))


def _series(payload: FileBytes, heading: str) -> str:
    words = heading.split()
    leg = _LEGS.get(words[-1].casefold()) if len(words) == 3 and words[0] == "LME" else None
    try:
        metal = Metal.named(words[1]) if leg else None
    except InputRejected:
        metal = None
    if metal is None:
        raise unlike_its_layout(payload, heading, "LME Copper Cash-Settlement, LME Copper 3-month, LME Copper stock")
    return f"lme.{metal}.{leg}"


class _Rows(HTMLParser):
    """The rows of every table: a flag for headings, and the text of each cell."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[bool, list[str]]] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append((False, []))
        if tag in ("td", "th") and self.rows:
            heading, cells = self.rows[-1]
            self.rows[-1] = (heading or tag == "th", [*cells, ""])
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][1][-1] += data.strip()


def _table(payload: FileBytes, text: str) -> Rows:
    parser = _Rows()
    parser.feed(text)
    series: list[str] = []
    rows: Rows = []
    for is_heading, cells in parser.rows:
        if is_heading:
            series = [_series(payload, heading) for heading in cells[1:]]
        elif len(cells) != len(series) + 1:
            raise unlike_its_layout(payload, cells, f"{len(series) + 1} cells")
        else:
            day = _day(payload, cells[0], "%d. %B %Y")
            rows += [
                (name, day, _number(payload, cell), None)
                for name, cell in zip(series, cells[1:], strict=True)
                if cell != "-"
            ]
    return rows


def _chart(payload: FileBytes, text: str) -> Rows:
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(text.encode())
    except (ParseError, DefusedXmlException) as error:
        raise unlike_its_layout(payload, error, "a diagram with lineSeries") from None
    rows: Rows = []
    for line in root.iter("lineSeries"):
        series = _series(payload, line.get("name", ""))
        for point in line.iter("val"):
            day = _day(payload, point.get("x", ""), "%Y/%m/%d")
            rows.append((series, day, _number(payload, point.get("y", "")), None))
    return rows


def _day(payload: FileBytes, text: str, form: str) -> date:
    try:
        return datetime.strptime(text, form).date()
    except ValueError:
        raise unlike_its_layout(payload, text, form) from None


def _number(payload: FileBytes, text: str) -> float:
    """A number of the English page; the German page writes 1.234,50 and is refused rather than misread."""
    if not _NUMBER.fullmatch(text):
        raise unlike_its_layout(payload, text, "1,234.50")
    return float(text.replace(",", ""))


PUBLISHER = Publisher(
    name="westmetall",
    title=Text("LME official settlement and stock (Westmetall)", "LME 官方結算價與庫存（Westmetall）"),
    source="LME official settlement as republished by Westmetall",
    addresses=tuple(
        f"https://www.westmetall.com/en/markdaten.php?action=table&field=LME_{code}_cash" for code in _CODES.values()
    ),
    hosts=frozenset({"www.westmetall.com"}),
    restricted=True,
    terms=Text("LME prices: own use, one look a day.", "LME 價格：僅供自用，每日一次為宜。"),
    read=read,
)
