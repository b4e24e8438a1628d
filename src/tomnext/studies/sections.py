"""What a page of findings is made of, free of language and of layout.

A study returns :class:`Section` values; a face prints them as HTML, Markdown, a workbook or a terminal summary. Words
are named by key and looked up by the face in ``faces/words/<topic>.yaml``, so a section cannot say something in one
language only, and a number is written once for every form and both languages by :attr:`Number.printed`.

Keys a face looks up for a section ``s`` with table ``t``, column ``c``, chart ``p``, line ``l`` and sentence ``k``:
``s.title``, ``s.k``, ``s.t.title`` (may be absent), ``s.t.c`` (heading), ``s.p.title``, ``s.p.how`` (how to read
this chart) and ``s.p.l`` (a line's direct label, unless the line brings its own).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.words import Text

PERCENT_UNITS = frozenset({"share", "pct"})


@dataclass(frozen=True, slots=True)
class Number:
    """One value with its unit and the precision at which it is printed, everywhere.

    ``value`` is the library's own figure, unrounded; a ``share`` (0–1) is printed as percent. ``absent`` names the
    word that says why a missing value is missing (convention 8), ``mark`` a word set small behind the digits.
    ``moves`` marks a change whose direction may be coloured and arrowed.

    >>> Number(-1103.5, "usd_per_t", 1, signed=True).printed, Number(0.92345, "share", 1).printed
    ('−1,103.5', '92.3%')
    """

    value: float | None
    unit: str
    decimals: int = 0
    signed: bool = False
    moves: bool = False
    nature: Nature | None = None
    absent: str = "absent"
    mark: str | None = None

    @property
    def printed(self) -> str:
        """The digits a reader sees: grouped, true minus sign, plus sign when signed; an en dash when missing."""
        if self.value is None:
            return "–"
        scaled = self.value * 100 if self.unit == "share" else self.value
        digits = f"{scaled:+,.{self.decimals}f}" if self.signed else f"{scaled:,.{self.decimals}f}"
        if not any(digit in "123456789" for digit in digits):
            digits = digits.lstrip("+-")
        return digits.replace("-", "−") + ("%" if self.unit in PERCENT_UNITS else "")

    @property
    def direction(self) -> int:
        """Sign of the value as printed: +1, 0 or −1, so that an arrow never contradicts the digits."""
        if self.value is None or not any(digit in "123456789" for digit in self.printed):
            return 0
        return 1 if self.value > 0 else -1


def percentile_number(percentile: float | None, nature: Nature | None = None, absent: str = "absent") -> Number:
    """A percentile (0–100) in whole percent, but with two decimals where rounding would claim all or none of a history.

    >>> percentile_number(99.991).printed, percentile_number(93.4).printed, percentile_number(0.02).printed
    ('99.99%', '93%', '0.02%')
    """
    claims_all = percentile is not None and (99.5 <= percentile < 100 or 0 < percentile < 0.5)
    return Number(percentile, "pct", 2 if claims_all else 0, nature=nature, absent=absent)


@dataclass(frozen=True, slots=True)
class Spark:
    """A small line without axes: the recent path of the number beside it."""

    values: tuple[float | None, ...]
    nature: Nature | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """A bar split in two: the share (0–1) that can be taken, and the rest."""

    free_share: float | None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A statement by key with the values that fill its ``{named}`` places in both languages.

    A value may itself be a tuple: its items are joined with the language's list mark.
    """

    key: str
    values: Mapping[str, "Cell"] = field(default_factory=dict)


Cell = Number | Text | date | Spark | Split | Sentence | str | tuple["Number | Text | Sentence", ...] | None
"""What may stand in a table cell or in a sentence's place; a ``str`` is an identifier and is never translated."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key, the unit shown below the heading, and where its figures come from."""

    key: str
    unit: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under typed columns; every row has one cell a column. ``lead`` names the row-heading column."""

    id: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"table {self.id}: {len(row)} cells under {len(self.columns)} columns")


class Tone(StrEnum):
    """How loudly something is drawn; a page has one accent."""

    ACCENT = "accent"
    INK = "ink"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a plot over days or over a number (months to prompt); ``end`` is printed beside its last point."""

    key: str
    xs: tuple[date, ...] | tuple[float, ...]
    values: tuple[float | None, ...]
    nature: Nature
    tone: Tone = Tone.ACCENT
    end: Number | None = None
    label: "Text | Sentence | None" = None
    is_area: bool = False
    has_points: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal reference with its printed value; ``key`` may add a word to it."""

    at: Number
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Shaded days, both ends included, with the word that says why (a halted market, an event)."""

    start: date
    end: date
    key: str


@dataclass(frozen=True, slots=True)
class Plot:
    """One pair of axes. ``x`` is ``day`` or a unit of the number axis; areas are stacked in the order given."""

    id: str
    unit: str
    lines: tuple[Line, ...]
    levels: tuple[Level, ...] = ()
    spans: tuple[Span, ...] = ()
    x: str = "day"
    from_zero: bool = False
    title: "Text | Sentence | None" = None


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, signed value, and the group (a vintage) that must not be read across."""

    name: str
    value: Number
    group: "Text | Sentence | None" = None
    is_forecast: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Plots one above the other on a shared time axis, or side by side when ``is_grid``; or bars."""

    id: str
    plots: tuple[Plot, ...] = ()
    bars: tuple[Bar, ...] = ()
    is_grid: bool = False
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One question answered: sentences first, then charts and tables, then what they rest on."""

    id: str
    sentences: tuple[Sentence, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[Sentence, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    topic: str = "brief"

    def numbers(self) -> Iterator[Number]:
        """Every number the section prints, in reading order: sentences, charts, tables, notes."""
        for sentence in self.sentences:
            yield from _numbers_in(sentence)
        for chart in self.charts:
            yield from _chart_numbers(chart)
        for table in self.tables:
            for row in table.rows:
                for cell in row:
                    yield from _numbers_in(cell)
        for sentence in self.notes:
            yield from _numbers_in(sentence)


def is_observation(evidence: Evidence) -> bool:
    """Whether evidence is a series of the store (named with dots) and not a fact (a path) or a stated figure."""
    return "." in evidence.id and "/" not in evidence.id


def _numbers_in(cell: Cell) -> Iterator[Number]:
    if isinstance(cell, Number):
        yield cell
    elif isinstance(cell, Sentence):
        for value in cell.values.values():
            yield from _numbers_in(value)
    elif isinstance(cell, tuple):
        for item in cell:
            yield from _numbers_in(item)


def _chart_numbers(chart: Chart) -> Iterator[Number]:
    yield from (bar.value for bar in chart.bars)
    for plot in chart.plots:
        yield from _numbers_in(plot.title)
        yield from (level.at for level in plot.levels)
        for line in plot.lines:
            if line.end is not None:
                yield line.end


@dataclass(frozen=True, slots=True)
class Brief:
    """The whole page: its day, what data it stands on, the verdict, and the sections in reading order."""

    as_of: date
    basis: Sentence
    verdict: tuple[Sentence, ...]
    sections: tuple[Section, ...]
    is_simulated: bool = False

    def section(self, id: str) -> Section:
        """The section of that id (KeyError when the page has none)."""
        return {section.id: section for section in self.sections}[id]

    def numbers(self) -> Iterator[Number]:
        """Every number on the page, in reading order."""
        for sentence in (self.basis, *self.verdict):
            yield from _numbers_in(sentence)
        for section in self.sections:
            yield from section.numbers()
