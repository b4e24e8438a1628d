"""The map of a file: which column is the day, which columns are which series, in which unit and style of writing."""

import datetime as dt
import hashlib
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.words import Text

MISSING_MARKERS = ("", "-", "--", "–", "—", ".", "…", "...", "NA", "N/A", "n/a", "#N/A", "n.a.", "null", "NaN", "nan")
"""What publishers write for a value they do not have."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileLayout(_Part):
    """How the table lies in the file; rows count from 1 as in a spreadsheet."""

    sheet: str | int | None = None
    header_row: int = Field(1, ge=1)
    rows_below_header: int = Field(0, ge=0)
    encoding: str = "auto"
    delimiter: str = "auto"
    decimal: Literal[".", ","] = "."
    thousands: str = ""
    missing: tuple[str, ...] = MISSING_MARKERS


class Day(_Part):
    """The column with the day a figure describes, how the day is written, and which days are wanted.

    ``shift_weekdays`` moves a written day: −1 when a file dates its figures by the weekday after the one described.
    """

    column: str
    format: str = "%Y-%m-%d"
    calendar: Literal["gregorian", "roc"] = "gregorian"
    time_zone: str | None = None
    period: Literal["day", "month"] = "day"
    shift_weekdays: int = 0
    first: dt.date | None = None
    last: dt.date | None = None


class Available(_Part):
    """The column with the instant at which a figure became available, where a file states it."""

    column: str
    format: str = "%Y-%m-%dT%H:%M:%S%z"
    time_zone: str = "UTC"


class Target(_Part):
    """The series a column holds and the unit in which the file gives it."""

    series: str
    unit: str
    lag_weekdays: int | None = Field(None, ge=0)
    scale_checked: bool = True


class Long(_Part):
    """A file with one reading a row: the columns that name the series, and the column with the value."""

    keys: tuple[str, ...] = Field(min_length=1)
    value: str
    series: dict[str, Target] = Field(min_length=1)
    others: Literal["skip", "reject"] = "reject"


class Repeats(_Part):
    """What to do with days a calendar calls closed whose figures say the day before again: count them, or drop them."""

    holidays: str
    action: Literal["keep", "drop"] = "keep"


class ImportMap(_Part):
    """Everything needed to read one kind of file; see the reference page of map files."""

    source: str = Field(min_length=3)
    nature: Nature | None = None
    rejected_share: float = Field(0.5, ge=0, le=1)
    file: FileLayout = FileLayout()
    date: Day
    available: Available | None = None
    where: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    columns: dict[str, Target] = Field(default_factory=dict)
    long: Long | None = None
    repeats: Repeats | None = None

    @model_validator(mode="after")
    def _names_series(self) -> Self:
        if bool(self.columns) == (self.long is not None):
            raise ValueError("give either [columns] or [long]")
        return self

    @property
    def targets(self) -> dict[str, Target]:
        """Every series of the map by the column or key that holds it."""
        return self.long.series if self.long is not None else self.columns

    @property
    def needed_columns(self) -> list[str]:
        """The columns a file must have."""
        values = [*self.long.keys, self.long.value] if self.long else list(self.columns)
        available = [self.available.column] if self.available else []
        return list(dict.fromkeys([self.date.column, *available, *self.where, *values]))

    @property
    def sha256(self) -> str:
        """The hash by which a store knows that the same file was read through the same map."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def read_map(path: Path) -> ImportMap:
    """The map in a TOML file; InputRejected names the key that is wrong and the nearest right one."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputRejected(
            Text("There is no map file at this place.", "這個位置沒有對應檔。"), received=path
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputRejected(
            Text("The map file is not readable TOML.", "對應檔不是可讀的 TOML。"), received=f"{path}: {error}"
        ) from None
    return parse_map(raw, str(path))


def parse_map(raw: dict[str, object], where: str = "map") -> ImportMap:
    """A map from its parsed TOML; see :func:`read_map`."""
    try:
        return ImportMap.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "map"
        known = _keys_beside(first["loc"])
        why = _WHY_WRONG.get(first["type"], Text("{place} has a value it cannot have.", "{place} 的值不可用。"))
        raise InputRejected(
            why.format(place=place),
            received=f"{where}: {first['input']!r}"[:300],
            expected=None if first["type"] in _WHY_WRONG else Text(first["msg"], first["msg"]),
            nearest=get_close_matches(str(first["loc"][-1]) if first["loc"] else "", known, n=2),
            fix=Text("See docs/reference/import-maps.md", "見 docs/reference/import-maps.md"),
        ) from None


_WHY_WRONG = {
    "missing": Text("The map lacks {place}.", "對應檔缺少 {place}。"),
    "extra_forbidden": Text("The map has a key that means nothing: {place}.", "對應檔有無意義的鍵：{place}。"),
    "value_error": Text(
        "A map has either [columns] or [long], and not both.", "對應檔須有 [columns] 或 [long] 其中之一，不可並用。"
    ),
}

_PARTS: dict[str, type[BaseModel]] = {
    "file": FileLayout,
    "date": Day,
    "available": Available,
    "long": Long,
    "repeats": Repeats,
}


def _keys_beside(place: tuple[int | str, ...]) -> list[str]:
    """The keys that would have been right where a wrong one stood."""
    if len(place) <= 1:
        return list(ImportMap.model_fields)
    return list((_PARTS.get(str(place[0]), Target) if len(place) == 2 else Target).model_fields)
