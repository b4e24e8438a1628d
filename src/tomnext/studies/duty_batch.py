"""What a whole table of shipments pays at the border: every good row priced, every bad row named.

Columns read: ``hts``, ``origin``, ``on``, ``value_usd``; if present ``weight_kg``, ``watts``, and any
``<metal>_value_share``, ``<metal>_weight_share``, ``melted_in_<country>_share`` (0–1, empty where not known).
"""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from tomnext.facts.load import Facts
from tomnext.landed_cost.batch import Shipments, assess
from tomnext.landed_cost.classification import classify
from tomnext.landed_cost.measures import TariffBook
from tomnext.studies.duty import country, held_declarations, metal, tariff_book
from tomnext.vocabulary.clocks import IN_FORCE, Status
from tomnext.vocabulary.errors import InputRejected, SourceFormatError, TomnextError
from tomnext.vocabulary.words import Language, Text

NEEDED = ("hts", "origin", "on", "value_usd")


def read_table(path: Path) -> pl.DataFrame:
    """A table of shipments from a .csv or .parquet file, codes and names kept as text (SourceFormatError otherwise)."""
    readers = {".csv": lambda: pl.read_csv(path, infer_schema=False), ".parquet": lambda: pl.read_parquet(path)}
    if path.suffix.casefold() not in readers:
        raise SourceFormatError(
            Text("This kind of file is not read.", "不支援這種檔案。"), received=path.name, expected=", ".join(readers)
        )
    try:
        return readers[path.suffix.casefold()]()
    except (OSError, pl.exceptions.PolarsError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SourceFormatError(
            Text("The table could not be read.", "無法讀取表格。"), received=f"{path.name}: {first}"
        ) from error


def write_table(table: pl.DataFrame, path: Path) -> None:
    """Write a table as .csv or .parquet."""
    if path.suffix.casefold() == ".parquet":
        table.write_parquet(path)
    elif path.suffix.casefold() == ".csv":
        table.write_csv(path)
    else:
        raise SourceFormatError(
            Text("This kind of file is not written.", "無法寫出這種檔案。"),
            received=path.name,
            expected=".csv, .parquet",
        )


def duty_on_table(
    table: pl.DataFrame,
    territory: str = "us",
    known_on: date | None = None,
    declared: Iterable[str] = (),
    statuses: frozenset[Status] = IN_FORCE,
    facts: Facts | None = None,
    told: Callable[[int], None] = lambda rows: None,
    language: Language = Language.ENGLISH,
) -> pl.DataFrame:
    """The table with ``duty_usd``, ``duty_rate_pct``, one ``usd_<authority>`` column each, and ``error`` by row.

    A row that cannot be used has empty duty and says why; a row whose duty cannot be told says so too; the rest is
    priced. Raises InputRejected when a needed column is missing.
    """
    missing = [one for one in NEEDED if one not in table.columns]
    if missing:
        raise InputRejected(
            Text("The table lacks a column.", "表格缺少欄位。"),
            received=", ".join(table.columns),
            expected=", ".join(NEEDED),
            nearest=missing,
        )
    book = tariff_book(territory, facts)
    checked = _checked(table, book, facts, language)
    good = checked.filter(pl.col("error").is_null())
    shipments = _shipments(good, book, known_on, held_declarations(declared, facts), statuses)
    answer = assess(shipments, book, told)
    priced = pl.DataFrame({
        "_row": good["_row"],
        "duty_usd": answer.total_usd,
        **{f"usd_{authority.replace('/', '_')}": column for authority, column in answer.by_authority_usd.items()},
    }).with_columns(pl.col("duty_usd").fill_nan(None))  # fmt: skip
    cannot_tell = Text("Needs amounts or rates that were not given.", "缺少所需數額或稅率。").in_(language)
    joined = (
        table.with_row_index("_row").with_columns(pl.col("_row").cast(pl.Int64)).join(priced, on="_row", how="left")
    )
    return joined.with_columns(
        duty_rate_pct=100 * pl.col("duty_usd") / pl.col("value_usd").cast(pl.Float64, strict=False),
        error=pl.coalesce(checked["error"], pl.when(pl.col("duty_usd").is_null()).then(pl.lit(cannot_tell))),
    ).drop("_row")


def _checked(table: pl.DataFrame, book: TariffBook, facts: Facts | None, language: Language) -> pl.DataFrame:
    """The table with code, origin and day made plain, and an ``error`` where a row cannot be used."""
    codes = _each(table["hts"], lambda typed: classify(typed, book.lines, book.edition), language)
    origins = _each(table["origin"], lambda typed: country(typed, facts), language)
    first, shares = book.boundaries[0], _shares(table)
    early = Text(f"Before the first fact, {first}.", f"早於最早的事實 {first}。").in_(language)
    bad_value = Text("The value is missing, or an amount is negative.", "完稅價格缺漏，或有數額為負。").in_(language)
    bad_share = Text("A share is outside 0–1, or shares sum over 1.", "占比超出 0–1，或合計超過 1。").in_(language)
    bad_day = Text("This is not a date.", "這不是日期。").in_(language)
    on = pl.col("on") if table["on"].dtype == pl.Date else pl.col("on").cast(pl.String).str.to_date(strict=False)
    made = table.with_row_index("_row").with_columns(
        pl.col("_row").cast(pl.Int64), code=codes[0], origin_code=origins[0], day=on,
        value=pl.col("value_usd").cast(pl.Float64, strict=False),
        **{name: pl.col(name).cast(pl.Float64, strict=False) for name in (*shares, *_amount_names(table))},
    )  # fmt: skip
    outside = pl.any_horizontal(pl.lit(False), *((pl.col(one) < 0) | (pl.col(one) > 1) for one in shares))
    negative = pl.any_horizontal(*(pl.col(one) < 0 for one in ("value", *_amount_names(table))))
    over = pl.any_horizontal(pl.lit(False), *(
        pl.sum_horizontal(family) > 1 + 1e-9
        for kind in ("_value_share", "_weight_share", "melted_in_")
        if (family := [one for one in shares if one.endswith(kind) or one.startswith(kind)])
    ))  # fmt: skip
    return made.with_columns(
        error=pl.coalesce(
            codes[1],
            origins[1],
            pl.when(pl.col("day").is_null()).then(pl.lit(bad_day)),
            pl.when(pl.col("day") < first).then(pl.lit(early)),
            pl.when(pl.col("value").is_null() | negative.fill_null(False)).then(pl.lit(bad_value)),
            pl.when(outside.fill_null(False) | over.fill_null(False)).then(pl.lit(bad_share)),
        )
    )


def _each(column: pl.Series, made: Callable[[str], str], language: Language) -> tuple[pl.Series, pl.Series]:
    """Every different text made plain once; the results and the errors by row."""
    results: dict[str, str | None] = {}
    errors: dict[str, str | None] = {}
    typed = column.cast(pl.String).fill_null("")
    for one in typed.unique().to_list():
        try:
            results[one], errors[one] = made(one), None
        except TomnextError as refused:
            results[one], errors[one] = None, refused.text(language).replace("\n ", ";")
    return (
        typed.replace_strict(results, return_dtype=pl.String).alias(column.name),
        typed.replace_strict(errors, return_dtype=pl.String).alias("error"),
    )


def _shares(table: pl.DataFrame) -> list[str]:
    return [one for one in table.columns if one.endswith("_share")]


def _amount_names(table: pl.DataFrame) -> list[str]:
    return [one for one in ("weight_kg", "watts") if one in table.columns]


def _shipments(
    good: pl.DataFrame, book: TariffBook, known_on: date | None, declared: frozenset[str], statuses: frozenset[Status]
) -> Shipments:
    def numbers(name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return good[name].fill_null(float("nan")).to_numpy()

    def family(suffix: str) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
        names = [one for one in good.columns if one.endswith(suffix) and not one.startswith("melted_in_")]
        return {metal(one.removesuffix(suffix)): numbers(one) for one in names}

    def indexed(name: str) -> tuple[tuple[str, ...], np.ndarray[tuple[int], np.dtype[np.uint32]]]:
        names = good[name].unique().sort().to_list()
        return tuple(names), good[name].cast(pl.Enum(names)).to_physical().cast(pl.UInt32).to_numpy()

    (codes, code_index), (origins, origin_index) = indexed("code"), indexed("origin_code")
    melted = [one for one in good.columns if one.startswith("melted_in_") and one.endswith("_share")]
    return Shipments(
        codes=codes,
        code_index=code_index,
        origins=origins,
        origin_index=origin_index,
        value_usd=numbers("value"),
        on=good["day"].to_numpy().astype("datetime64[D]"),
        weight_kg=numbers("weight_kg") if "weight_kg" in good.columns else None,
        watts=numbers("watts") if "watts" in good.columns else None,
        metal_shares=family("_value_share"),
        weight_shares=family("_weight_share"),
        melted_in={country(one.removeprefix("melted_in_").removesuffix("_share")): numbers(one) for one in melted},
        declared=declared,
        known_on=known_on,
        statuses=statuses,
    )
