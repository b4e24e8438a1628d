"""The board: every metal's price, change, near premium, stock and volatility on one line, its reading below."""

from collections.abc import Mapping, Sequence

from tomnext.studies.sections import Cell, Column, Number, Section, Sentence, Spark, Table
from tomnext.studies.today.curves import carry_number, carry_percentile
from tomnext.studies.today.metals import MetalToday
from tomnext.studies.today.why import reading_sentence
from tomnext.studies.volatility import MetalVolatility
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.metals import Metal

WINDOW_DAYS, WINDOW_MONTHS = 60, 24
"""Returns in the board's volatility: about three months of days, or two years of monthly averages."""
PATH_POINTS = {True: 250, False: 60}
"""Points of a sparkline: about a year of days, or five years of months."""


def board_section(
    metals: Sequence[MetalToday], volatilities: Mapping[Metal, MetalVolatility], ranked: Sequence[Evidence] = ()
) -> Section:
    """Two aligned tables, base and precious; ``ranked`` is the evidence behind the volatilities."""
    base = [one for one in metals if not one.metal.is_precious]
    precious = [one for one in metals if one.metal.is_precious]
    tables = (_table("base", base, volatilities), _table("precious", precious, volatilities))
    notes = [_note(volatilities)]
    if counted := tuple(_usage(one) for one in base if one.stock and one.stock.usage and one.lme):
        notes.append(Sentence("cover_note", {"assumptions": counted}))
    evidence = [*(note for one in metals for note in _evidence(one)), *ranked]
    return Section("board", tables=tables, notes=tuple(notes), evidence=tuple(dict.fromkeys(evidence)))


def _table(id: str, metals: Sequence[MetalToday], volatilities: Mapping[Metal, MetalVolatility]) -> Table:
    is_base = id == "base"
    prices = [one.price for one in metals if one.price is not None]
    is_monthly = bool(prices) and not any(price.is_daily for price in prices)
    sources = tuple(dict.fromkeys(price.last["source"] for price in prices))
    unit = "usd_per_t" if is_base else "usd_per_oz"
    near = ("carry", "carry_percentile") if is_base else ("lease", "lease_percentile")
    columns = (
        Column("metal"),
        Column("price_monthly" if is_monthly else "price", unit, "; ".join(sources)),
        Column("month", "pct"),
        Column("path"),
        Column("day", "pct"),
        Column(near[0], unit if is_base else "pct_per_year"),
        Column(near[1], "pct"),
        Column("cancelled" if is_base else "registered", "share"),
        Column("cover" if is_base else "free_percentile", "days" if is_base else "pct"),
        Column("volatility", "pct_per_year"),
        Column("rank"),
        Column("reading"),
    )
    return Table(id, columns, tuple(_row(one, volatilities.get(one.metal), not is_monthly) for one in metals))


def _row(one: MetalToday, volatility: MetalVolatility | None, is_mixed: bool) -> tuple[Cell, ...]:
    is_base = not one.metal.is_precious
    absent = one.absent
    price, unit = one.price, "usd_per_t" if is_base else "usd_per_oz"
    price_nature = price.nature if price else None
    daily_nature = one.daily.nature if one.daily else None
    value = float(price.values[-1]) if price else None
    mark = "monthly" if is_mixed and price is not None and not price.is_daily else None
    return (
        one.metal.title,
        Number(value, unit, 1 if is_base else 2, nature=price_nature, absent=absent, mark=mark),
        _move(one.month_change, price_nature, absent),
        Spark(_path(one), price_nature),
        _move(one.day_change, daily_nature, absent),
        carry_number(one.curve) if is_base else lease_number(one),
        carry_percentile(one.curve) if is_base else lease_percentile(one),
        one.cancelled_share if is_base else one.registered_share,
        one.cover if is_base else one.free_percentile,
        volatility_number(volatility, absent, is_mixed),
        Number(volatility.rank if volatility else None, "rank", 0, absent=absent),
        reading_sentence(one),
    )


def volatility_number(volatility: MetalVolatility | None, absent: str = "absent", is_mixed: bool = False) -> Number:
    """A metal's volatility in percent a year, marked when it is of monthly averages among daily prices."""
    if volatility is None:
        return Number(None, "pct", 1, absent=absent)
    mark = "monthly" if is_mixed and volatility.frequency == "monthly" else None
    return Number(volatility.volatility_pct, "pct", 1, nature=Nature(volatility.kind), mark=mark)


def lease_number(one: MetalToday) -> Number:
    """The one-month lease rate of a precious metal, percent a year."""
    value = float(one.lease.values[-1]) if one.lease else None
    return Number(value, "pct", 2, nature=one.lease.nature if one.lease else None)


def lease_percentile(one: MetalToday) -> Number:
    """Where the one-month lease rate stands in its own history (percentile 0–100)."""
    return Number(one.near_premium_pct, "pct", 0, nature=one.lease.nature if one.lease else None)


def _move(change: float | None, nature: Nature | None, absent: str) -> Number:
    return Number(change, "share", 2, signed=True, moves=True, nature=nature, absent=absent)


def _path(one: MetalToday) -> tuple[float | None, ...]:
    if one.price is None:
        return ()
    return tuple(map(float, one.price.values[-PATH_POINTS[one.price.is_daily] :]))


def _note(volatilities: Mapping[Metal, MetalVolatility]) -> Sentence:
    is_monthly = all(one.frequency == "monthly" for one in volatilities.values())
    key, window = ("note_monthly", WINDOW_MONTHS) if is_monthly else ("note", WINDOW_DAYS)
    return Sentence(key, {"window": Number(window, "count")})


def _usage(one: MetalToday) -> Sentence:
    usage = one.stock.usage if one.stock else None
    assert usage is not None
    amount = Number(usage.t_per_year / 1000, "kt", 0, nature=Nature.ASSUMED if usage.is_assumed else None)
    return Sentence("usage", {"metal": one.metal.title, "amount": amount, "year": str(usage.year)})


def _evidence(one: MetalToday) -> list[Evidence]:
    histories = [history for history in (one.price, one.daily, one.lease, one.registered) if history is not None]
    stock = one.stock.evidence if one.stock else ()
    return [*(history.evidence for history in histories), *stock]
