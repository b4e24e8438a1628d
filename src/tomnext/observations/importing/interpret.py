"""Rows of text into readings of series: every cell is understood or its row is refused with the reason."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from tomnext.observations.catalogue import publication_time, series_named
from tomnext.observations.importing.dates import as_day, as_instant, why_not_a_day
from tomnext.observations.importing.map import ImportMap, Long, Target
from tomnext.observations.importing.numbers import as_number, tidied, why_not_a_number
from tomnext.observations.importing.quality import (
    impossible_readings,
    refuse_other_unit,
    repeated_on_holidays,
    without_repeated_days,
)
from tomnext.observations.importing.rows import LINE, Block
from tomnext.vocabulary.errors import SourceFormatError
from tomnext.vocabulary.units import factor
from tomnext.vocabulary.words import Text

_DAY, _INSTANT = "__day__", "__instant__"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was not imported: its line in the file, the column and text at fault, and why."""

    line: int
    column: str
    value: str
    why: Text


class Interpreter:
    """One pass over a file, block by block: what was read, refused and filtered so far."""

    def __init__(self, file: str, layout: ImportMap) -> None:
        self.file = file
        self.layout = layout
        self.rows_read = 0
        self.rows_filtered = 0
        self.rejected: list[Rejected] = []
        self._rejected_rows = 0
        self._kept: list[pl.DataFrame] = []
        self._tomorrow = datetime.now(UTC).date() + timedelta(days=1)

    def take(self, block: Block) -> None:
        """Read one block: filter, parse, refuse, keep."""
        self.rows_read += block.cells.height + len(block.ragged)
        self._rejected_rows += len(block.ragged)
        for one in block.ragged:
            why = Text("the row has {cells} cells, the heading {expected}", "此列有 {cells} 格，標題列有 {expected} 格")
            self._reject(one.line, "", "", why.format(cells=one.cells, expected=one.expected))
        rows = self._filtered(block.cells)
        dated, unreadable = self._dated(rows)
        long = self.layout.long
        readings, wrong = self._wide(dated) if long is None else self._long(dated, long)
        bad = pl.concat([unreadable, wrong]).unique()
        self._rejected_rows += bad.len()
        self._kept.append(readings.filter(~pl.col(LINE).is_in(bad.implode())))

    def result(self) -> tuple[pl.DataFrame, int]:
        """All good readings ready for the store, and how many repeats on holidays were found."""
        readings = self._possible(pl.concat(self._kept))
        self._refuse_too_many()
        parts = []
        for target in {target.series: target for target in self.layout.targets.values()}.values():
            part = readings.filter(pl.col("series_id") == target.series)
            row = series_named(target.series)
            if self.layout.available is None:
                published = publication_time(pl.col("observed_on"), row, target.lag_weekdays)
                part = part.with_columns(available_at=published)
            parts.append(part.with_columns(nature=pl.lit((self.layout.nature or row.nature).value)))
        everything = without_repeated_days(pl.concat(parts), self.file)
        repeats = 0
        if self.layout.repeats is not None:
            repeated = repeated_on_holidays(everything, self.layout.repeats)
            repeats = repeated.height
            if self.layout.repeats.action == "drop":
                everything = everything.join(repeated, on=["series_id", "observed_on", "available_at"], how="anti")
        return everything.drop(LINE), repeats

    def _possible(self, readings: pl.DataFrame) -> pl.DataFrame:
        """Without the rows that hold a reading which cannot be true; a whole series astray stops the import."""
        strange: set[int] = set()
        for label, target in self.layout.targets.items():
            row, part = series_named(target.series), readings.filter(pl.col("series_id") == target.series)
            refuse_other_unit(part, row, target)
            for line, value, why in impossible_readings(part, row, target):
                self._reject(line, label, f"{value:,.6g} {row.unit}", why)
                strange.add(line)
        self._rejected_rows += len(strange)
        return readings.filter(~pl.col(LINE).is_in(sorted(strange)))

    def _filtered(self, cells: pl.DataFrame) -> pl.DataFrame:
        rows = cells
        for column, wanted in self.layout.where.items():
            rows = rows.filter(tidied(pl.col(column)).is_in([wanted] if isinstance(wanted, str) else list(wanted)))
        self.rows_filtered += cells.height - rows.height
        return rows

    def _dated(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
        day, available = self.layout.date, self.layout.available
        rows = rows.with_columns(as_day(pl.col(day.column), day).alias(_DAY))
        for line, text in rows.filter(pl.col(_DAY).is_null()).select(LINE, day.column).iter_rows():
            self._reject(line, day.column, text, why_not_a_day(text, day))
        future = pl.col(_DAY) > self._tomorrow
        for line, text in rows.filter(future).select(LINE, day.column).iter_rows():
            self._reject(line, day.column, text, Text("is in the future", "是未來的日期"))
        bad = pl.col(_DAY).is_null() | future
        rows = self._within(rows)
        if available is not None:
            rows = rows.with_columns(as_instant(pl.col(available.column), available).alias(_INSTANT))
            for line, text in rows.filter(pl.col(_INSTANT).is_null()).select(LINE, available.column).iter_rows():
                why = Text("is not an instant in the form {form}", "不符合時間格式 {form}").format(
                    form=available.format
                )
                self._reject(line, available.column, text, why)
            early = pl.col(_INSTANT).dt.date() < pl.col(_DAY) - pl.duration(days=1)
            for line, text in rows.filter(early & ~bad).select(LINE, available.column).iter_rows():
                self._reject(line, available.column, text, Text("is before the day it describes", "早於所描述的日期"))
            bad = bad | pl.col(_INSTANT).is_null() | early
        else:
            rows = rows.with_columns(pl.lit(None, pl.Datetime("us", "UTC")).alias(_INSTANT))
        return rows.filter(~bad), rows.filter(bad)[LINE]

    def _within(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Without the days the map does not want; a day that could not be read is kept, to be refused."""
        day = self.layout.date
        unread = pl.col(_DAY).is_null()
        wanted = rows
        if day.first is not None:
            wanted = wanted.filter(unread | (pl.col(_DAY) >= day.first))
        if day.last is not None:
            wanted = wanted.filter(unread | (pl.col(_DAY) <= day.last))
        self.rows_filtered += rows.height - wanted.height
        return wanted

    def _wide(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
        parts = [self._values(rows, column, column, target) for column, target in self.layout.columns.items()]
        return pl.concat([part for part, _ in parts]), pl.concat([bad for _, bad in parts])

    def _long(self, rows: pl.DataFrame, long: Long) -> tuple[pl.DataFrame, pl.Series]:
        rows = rows.with_columns(
            pl.concat_str([tidied(pl.col(key)) for key in long.keys], separator=" | ").alias("key")
        )
        strange = self._strange(rows, long)
        parts = [
            self._values(rows.filter(pl.col("key") == key), long.value, long.value, target)
            for key, target in long.series.items()
        ]
        return pl.concat([part for part, _ in parts]), pl.concat([strange, *[bad for _, bad in parts]])

    def _strange(self, rows: pl.DataFrame, long: Long) -> pl.Series:
        """Rows whose key names no series of the map: told, or passed over when the map says so."""
        strange = rows.filter(~pl.col("key").is_in(list(long.series)))
        if long.others == "skip":
            self.rows_filtered += strange.height
            return strange[LINE].clear()
        for line, key in strange.select(LINE, "key").iter_rows():
            self._reject(line, " | ".join(long.keys), key, Text("names no series of the map", "對應檔沒有這個序列"))
        return strange[LINE]

    def _values(self, rows: pl.DataFrame, column: str, label: str, target: Target) -> tuple[pl.DataFrame, pl.Series]:
        style = self.layout.file
        text = tidied(pl.col(column))
        parsed = rows.select(
            LINE,
            _DAY,
            _INSTANT,
            text.alias("text"),
            as_number(text, style.decimal, style.thousands).alias("value"),
        ).filter(~pl.col("text").is_in(list(style.missing)))
        wrong = parsed.filter(pl.col("value").is_null())
        for line, value in wrong.select(LINE, "text").iter_rows():
            self._reject(line, label, value, why_not_a_number(value, style.decimal, style.thousands))
        scale = factor(target.unit, series_named(target.series).unit)
        readings = parsed.drop_nulls("value").select(
            LINE,
            pl.lit(target.series).alias("series_id"),
            pl.col(_DAY).alias("observed_on"),
            pl.col("value") * scale if scale != 1.0 else pl.col("value"),
            pl.col(_INSTANT).alias("available_at"),
        )
        return readings, wrong[LINE]

    def _reject(self, line: int, column: str, value: str, why: Text) -> None:
        self.rejected.append(Rejected(line, column, value, why))

    def _refuse_too_many(self) -> None:
        considered = self.rows_read - self.rows_filtered
        if self.rows_read == 0 or considered == 0:
            raise SourceFormatError(
                Text("The file has no rows the map asks for.", "檔案沒有對應檔所要的資料列。"),
                received=self.file,
            )
        if self._rejected_rows > considered * self.layout.rejected_share or self._rejected_rows == considered:
            first = min(self.rejected, key=lambda one: one.line)
            raise SourceFormatError(
                Text(
                    "{bad} of {all} rows cannot be used; nothing was imported.",
                    "{all} 列中有 {bad} 列無法使用；未匯入任何資料。",
                ).format(bad=f"{self._rejected_rows:,}", all=f"{considered:,}"),
                received=f"{self.file}, line {first.line}, {first.column}: {first.value!r}",
                fix=Text(
                    f"The first row {first.why.en}. Mend the map or the file, or raise rejected_share.",
                    f"第一列{first.why.zh}。請修正對應檔或檔案，或提高 rejected_share。",
                ),
            )
