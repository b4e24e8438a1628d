"""What a new value is to what was said of its day before: new, the same again, or a contradiction to be kept."""

from collections import Counter

import polars as pl

Claims = dict[tuple[int, int], float | None]
"""What was said of one day: (available_at, said_at) → value."""

CLAIM_SCHEMA = pl.Schema(
    {"observed_on": pl.Int32(), "available_at": pl.Int64(), "said_at": pl.Int64(), "value": pl.Float64()}
)
"""One series' claims: day since 1970, two instants in µs since 1970 UTC, value (null when withdrawn)."""


def sort_out(new: pl.DataFrame, known: pl.DataFrame, said_at: int) -> tuple[pl.DataFrame, Counter[str]]:
    """Which new readings of one series must be filed, and how many were ``added``, ``unchanged``, ``revised``.

    ``new`` has observed_on, available_at and value (and whatever is filed with them), ``known`` is of CLAIM_SCHEMA;
    ``said_at`` is the instant the new payload speaks. Days nobody spoke of before, and days of one claim that is said
    again, are settled together; the few others one by one, in the order of the payload.
    """
    if known.is_empty() and new["observed_on"].is_unique().all():
        return new.with_columns(said_at=pl.lit(said_at, pl.Int64)), Counter(added=new.height)
    first = new.filter(pl.col("observed_on").is_unique()).join(known, on="observed_on", how="anti")
    others = new.join(first.select("observed_on"), on="observed_on", how="anti")
    sole = known.filter(pl.col("observed_on").is_unique())
    again = others.filter(pl.col("observed_on").is_unique()).join(
        sole, on=["observed_on", "available_at", "value"], how="semi", nulls_equal=True
    )
    doubtful = others.join(again.select("observed_on"), on="observed_on", how="anti", maintain_order="left")
    counts = Counter(added=first.height, unchanged=again.height)
    filed = _settled(doubtful, known, said_at, counts)
    return pl.concat([first.with_columns(said_at=pl.lit(said_at, pl.Int64)), filed]), counts


def _settled(doubtful: pl.DataFrame, known: pl.DataFrame, said_at: int, counts: Counter[str]) -> pl.DataFrame:
    claims: dict[int, Claims] = {}
    spoken_of = known.join(doubtful.select("observed_on"), on="observed_on", how="semi")
    for day, available_at, earlier, value in spoken_of.select(CLAIM_SCHEMA.names()).iter_rows():
        claims.setdefault(day, {})[available_at, earlier] = value
    said: list[int | None] = []
    for day, available_at, value in doubtful.select("observed_on", "available_at", "value").iter_rows():
        of_day = claims.setdefault(day, {})
        outcome, filed_at = outcome_of(of_day, available_at, said_at, value)
        counts[outcome] += 1
        said.append(filed_at)
        if filed_at is not None:
            of_day[available_at, filed_at] = value
    return doubtful.with_columns(pl.Series("said_at", said, pl.Int64)).drop_nulls("said_at")


def outcome_of(claims: Claims, available_at: int, said_at: int, value: float | None) -> tuple[str, int | None]:
    """What a value is to what was said of its day, and the ``said_at`` to file it under, if at all.

    >>> outcome_of({(10, 20): 9_800.0}, available_at=10, said_at=30, value=9_805.0)
    ('revised', 30)
    >>> outcome_of({(10, 20): 9_800.0}, available_at=10, said_at=30, value=9_800.0)
    ('unchanged', None)
    """
    if not claims:
        return "added", said_at
    rivals = sorted(said for available, said in claims if available == available_at)
    if not rivals:
        earlier = [key for key in claims if key[0] < available_at]
        repeated = bool(earlier) and claims[max(earlier)] == value
        return ("unchanged" if repeated else "revised"), said_at
    before = [said for said in rivals if said <= said_at]
    if claims[available_at, before[-1] if before else rivals[0]] == value:
        return "unchanged", None
    return "revised", rivals[-1] + 1 if said_at in rivals else said_at
