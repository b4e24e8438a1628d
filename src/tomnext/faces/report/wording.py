"""Turns a section's keys into words and its values into pieces a writer can mark up or print plainly."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from string import Formatter

from tomnext.faces.words import words
from tomnext.studies.sections import PERCENT_UNITS, Cell, Column, Number, Section, Sentence, Table
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.words import Language, Text

Piece = str | Number | date
"""What a sentence is made of once its words are found: plain text, a number, or a day."""


@dataclass(frozen=True)
class Wording:
    """The words of one topic (with the common ones behind them) in one language."""

    language: Language
    topic: str = "brief"

    def of(self, topic: str) -> "Wording":
        """The same language speaking of another topic."""
        return self if topic == self.topic else Wording(self.language, topic)

    @cached_property
    def _words(self) -> dict[str, Text]:
        return {**words("common"), **words(self.topic)}

    def has(self, key: str) -> bool:
        """Whether the topic or the common words know a key."""
        return key in self._words

    def say(self, key: str) -> str:
        """The words of a key; KeyError names a key nobody wrote, which a test catches before a reader does."""
        return self._words[key].in_(self.language)

    def within(self, key: str, *scopes: str) -> str:
        """The words of a key below the first scope that knows it, else of the key itself."""
        return self.say(next((own for scope in scopes if self.has(own := f"{scope}.{key}")), key))

    def maybe(self, key: str) -> str:
        """The words of a key, or nothing."""
        return self.say(key) if self.has(key) else ""

    def text(self, text: Text) -> str:
        """One of the library's own two-language texts."""
        return text.in_(self.language)

    def heading_unit(self, unit: str | None) -> str:
        """A unit below a heading: nothing for percent, which stands behind every number."""
        return "" if unit in PERCENT_UNITS else self.unit(unit)

    def unit(self, unit: str | None) -> str:
        """A unit as a reader writes it (USD/t, 公噸)."""
        return self.maybe(f"unit.{unit}") or (unit or "")

    def nature(self, nature: Nature | None) -> str:
        """How a number came to be, in one word."""
        return self.say(f"nature.{nature.value}") if nature else ""

    def bracketed(self, text: str) -> str:
        """A small remark in the language's brackets, or nothing."""
        return self.say("brackets").format(text=text) if text else ""

    def pieces(self, cell: Cell, section: str = "") -> Iterator[Piece]:
        """A cell or sentence as plain text, numbers and days, in reading order; keys are sought below ``section``."""
        if isinstance(cell, Sentence):
            yield from self._sentence(cell, section)
        elif isinstance(cell, tuple):
            yield from self._list(cell, section)
        elif isinstance(cell, Text):
            yield self.text(cell)
        elif isinstance(cell, Number | date | str):
            yield cell

    def plain(self, cell: Cell, section: str = "") -> str:
        """A cell or sentence as one string."""
        parts = [self.number(one) if isinstance(one, Number) else str(one) for one in self.pieces(cell, section)]
        return beginning(cell, "".join(parts))

    def number(self, number: Number) -> str:
        """A number as printed; a missing one as the word that says why."""
        return self.say(f"missing.{number.absent}") if number.value is None else number.printed

    def heading(self, section: Section, table: Table, column: Column) -> str:
        """A column's heading; the columns of one section share words unless the table brings its own."""
        return self.within(column.key, f"{section.id}.{table.id}", section.id)

    def _sentence(self, sentence: Sentence, section: str) -> Iterator[Piece]:
        for literal, place, _, _ in Formatter().parse(self.within(sentence.key, section)):
            if literal:
                yield literal
            if place is not None:
                yield from self.pieces(sentence.values[place], section)

    def _list(self, items: tuple[Number | Text | Sentence, ...], section: str) -> Iterator[Piece]:
        mark = self.say("list.clauses" if any(isinstance(one, Sentence) for one in items) else "list.names")
        for index, item in enumerate(items):
            if index:
                yield mark
            yield from self.pieces(item, section)


def capitalised(text: str) -> str:
    """The text with its first letter large, as an English sentence or heading begins; names like iShares as they are.

    >>> capitalised("one month"), capitalised("iShares")
    ('One month', 'iShares')
    """
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]


def column_nature(table: Table, index: int) -> Nature | None:
    """The nature most of a column's numbers share, said once in its heading; cells that differ say their own."""
    numbers = [cell for row in table.rows if isinstance(cell := row[index], Number) and cell.value is not None]
    found = Counter(cell.nature for cell in numbers if cell.nature is not None)
    return max(found, key=lambda nature: found[nature], default=None)


def own_marks(wording: Wording, cell: Number, heading: Nature | None) -> str:
    """The small words behind a number: how it came to be when its heading says otherwise, and its own mark."""
    if cell.value is None:
        return ""
    nature = wording.nature(cell.nature) if cell.nature is not heading else ""
    return " ".join(one for one in (nature, wording.say(f"mark.{cell.mark}") if cell.mark else "") if one)


def beginning(cell: Cell, text: str) -> str:
    """A cell's text as it begins a line: words with a large letter, identifiers and units as they are."""
    is_unit = isinstance(cell, Sentence) and cell.key.startswith("unit.")
    return text if is_unit or isinstance(cell, str) else capitalised(text)
