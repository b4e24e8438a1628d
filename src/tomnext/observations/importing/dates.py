"""Days and instants as publishers write them: any strftime form, ROC years, spreadsheet serials, epoch counts."""

from datetime import date, datetime

import polars as pl

from tomnext.observations.importing.map import Available, Day
from tomnext.observations.importing.numbers import tidied
from tomnext.vocabulary.words import Text

EARLIEST_DAY = date(1700, 1, 1)
_ROC_OFFSET = 1911
_SPREADSHEET_EPOCH = date(1899, 12, 30)
_WORKBOOK_STAMP = "%Y-%m-%d %H:%M:%S"
_OTHER_FORMS = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%Y/%m/%d",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%Y%m%d",
    "%d-%b-%Y",
    "%d %b %Y",
    "%Y-%m-%d",
)
_CLOCK_CODES = ("%H", "%I", "%z", "%T", "%X", "%c")


def as_day(text: pl.Expr, day: Day) -> pl.Expr:
    """Text as the day it names, null when it names none; a month is named by its last day.

    Instants (epoch counts, forms with a clock time and an offset) become the local day of ``time_zone``: midnight in
    Shanghai is not the day before.
    """
    plain = tidied(text)
    if day.calendar == "roc":
        plain = _gregorian_year(plain, day.format)
    found = pl.coalesce(_parsed_day(plain, day), plain.str.to_date(_WORKBOOK_STAMP, strict=False))
    if day.shift_weekdays:
        found = found.dt.add_business_days(day.shift_weekdays, roll="backward" if day.shift_weekdays > 0 else "forward")
    if day.period == "month":
        found = found.dt.month_end()
    return pl.when(found >= EARLIEST_DAY).then(found)


def as_instant(text: pl.Expr, available: Available) -> pl.Expr:
    """Text as an instant in UTC, null when it is none; forms without an offset are local to ``time_zone``."""
    plain = tidied(text)
    form = available.format
    if "%z" in form:
        return plain.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)
    if any(code in form for code in _CLOCK_CODES):
        local = plain.str.to_datetime(form, time_unit="us", strict=False)
    else:
        local = plain.str.to_date(form, strict=False).cast(pl.Datetime("us")) + pl.duration(hours=23, minutes=59)
    zoned = local.dt.replace_time_zone(available.time_zone, ambiguous="latest", non_existent="null")
    return zoned.dt.convert_time_zone("UTC")


def why_not_a_day(text: str, day: Day) -> Text:
    """Why :func:`as_day` refused a text, and what would mend it."""
    digits = "".join(sign if sign.isdigit() else " " for sign in text).split()
    if not digits:
        return Text("is not a date", "不是日期")
    first = digits[0]
    looks_roc = (len(first) in (2, 3) and len(digits) == 3 and len(digits[2]) < 4) or (
        len(digits) == 1 and len(first) in (6, 7)
    )
    if day.calendar == "gregorian" and looks_roc:
        return Text(
            'is not a date in the form {form}; an ROC year? set calendar = "roc"',
            '不符合日期格式 {form}；若為民國年，請設 calendar = "roc"',
        ).format(form=day.format)
    fitting = [form for form in _OTHER_FORMS if form != day.format and _fits(text.strip(), form)]
    if fitting:
        return Text(
            "is not a date in the form {form}; set format = {fitting}", "不符合日期格式 {form}；請設 format = {fitting}"
        ).format(form=day.format, fitting=" / ".join(f'"{form}"' for form in fitting))
    return Text("is not a date in the form {form}", "不符合日期格式 {form}").format(form=day.format)


def _fits(text: str, form: str) -> bool:
    try:
        return datetime.strptime(text, form).date() >= EARLIEST_DAY
    except ValueError:
        return False


def _parsed_day(plain: pl.Expr, day: Day) -> pl.Expr:
    form = day.format
    if form == "excel":
        serial = plain.cast(pl.Float64, strict=False).floor().cast(pl.Int32, strict=False)
        return pl.lit(_SPREADSHEET_EPOCH) + pl.duration(days=serial)
    if form in ("epoch_s", "epoch_ms"):
        count = plain.cast(pl.Int64, strict=False) * (1_000_000 if form == "epoch_s" else 1_000)
        return _local_day(count.cast(pl.Datetime("us", "UTC")), day)
    if "%z" in form:
        return _local_day(plain.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False), day)
    if any(code in form for code in _CLOCK_CODES):
        return plain.str.to_datetime(form, time_unit="us", strict=False).dt.date()
    return plain.str.to_date(form, strict=False)


def _local_day(instant: pl.Expr, day: Day) -> pl.Expr:
    return instant.dt.convert_time_zone(day.time_zone or "UTC").dt.date()


def _gregorian_year(plain: pl.Expr, form: str) -> pl.Expr:
    """ROC years made Gregorian: year 1 is 1912. The year is the first run of digits, or all but the last four."""
    together = "%Y%m%d" in form
    pattern = r"^(\D*)(\d{2,3})(\d{4}\D*)$" if together else r"^(\D*)(\d{1,3})(\D.*|)$"
    parts = [plain.str.extract(pattern, group) for group in (1, 2, 3)]
    year = parts[1].cast(pl.Int32, strict=False) + _ROC_OFFSET
    return pl.concat_str([parts[0], year.cast(pl.String), parts[2]])
