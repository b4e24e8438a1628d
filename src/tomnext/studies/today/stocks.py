"""Exchange stocks: what the headline says, and what of it can still be taken."""

from collections.abc import Sequence

from tomnext.studies.sections import Cell, Column, Number, Section, Sentence, Split, Table
from tomnext.studies.stocks import LmeStock, VenueStock
from tomnext.studies.today.metals import MetalToday
from tomnext.vocabulary.evidence import Evidence, Nature


def stocks_section(metals: Sequence[MetalToday]) -> Section:
    """LME and COMEX side by side, led by the metal whose headline hides most."""
    lme = [one for one in metals if one.lme is not None]
    comex = [one for one in metals if (venue := one.venue("COMEX")) is not None and venue.headline_t > 0]
    if not lme and not comex:
        return Section("stocks", (Sentence("missing"),))
    tables = (_lme_table(lme),) * bool(lme) + (_comex_table(comex),) * bool(comex)
    evidence: dict[Evidence, None] = {note: None for one in (*lme, *comex) if one.stock for note in one.stock.evidence}
    notes = (_identity(lme),) if lme else ()
    return Section("stocks", _findings(lme), tables=tables, notes=notes, evidence=tuple(evidence))


def _findings(metals: Sequence[MetalToday]) -> tuple[Sentence, ...]:
    shares = {one.metal: one.lme.stock.cancelled_share or 0.0 for one in metals if one.lme}
    if not shares:
        return ()
    most = max(metals, key=lambda one: shares.get(one.metal, 0.0))
    assert most.lme is not None
    stock = most.lme.stock
    values: dict[str, Cell] = {
        "metal": most.metal.title,
        "closing": _tonnes(most, stock.closing_stock_t),
        "on_warrant": _tonnes(most, stock.on_warrant_t),
        "cancelled": _tonnes(most, stock.cancelled_t),
        "share": most.cancelled_share,
    }
    return (Sentence("finding", values),)


def _lme_table(metals: Sequence[MetalToday]) -> Table:
    columns = (
        Column("metal"),
        Column("day"),
        *(Column(key, "t", "LME") for key in ("closing", "on_warrant", "cancelled")),
        Column("share", "share", "LME"),
        Column("split"),
        Column("change", "t", "LME"),
        Column("percentile", "pct", "LME"),
        Column("cover", "days", "LME"),
    )
    return Table("lme", columns, tuple(_lme_row(one, one.lme) for one in metals if one.lme is not None))


def _lme_row(one: MetalToday, lme: LmeStock) -> tuple[Cell, ...]:
    stock, nature = lme.stock, one.cancelled_share.nature
    return (
        one.metal.title,
        lme.observed_on,
        *(_tonnes(one, amount) for amount in (stock.closing_stock_t, stock.on_warrant_t, stock.cancelled_t)),
        one.cancelled_share,
        Split(1 - stock.cancelled_share if stock.cancelled_share is not None else None),
        Number(lme.on_warrant_change_t, "t", 0, signed=True, nature=nature),
        one.free_percentile,
        one.cover,
    )


def _comex_table(metals: Sequence[MetalToday]) -> Table:
    columns = (
        Column("metal"),
        Column("day"),
        *(Column(key, "t", "COMEX") for key in ("total", "registered", "eligible")),
        Column("registered_share", "share", "COMEX"),
        Column("split"),
    )
    venues = [(one, venue) for one in metals if (venue := one.venue("COMEX")) is not None]
    return Table("comex", columns, tuple(_comex_row(one, venue) for one, venue in venues))


def _comex_row(one: MetalToday, venue: VenueStock) -> tuple[Cell, ...]:
    nature, free = Nature(venue.kind), venue.available_t
    amounts = (venue.headline_t, free, None if free is None else venue.headline_t - free)
    return (
        one.metal.title,
        venue.observed_on,
        *(Number(amount, "t", 0 if venue.headline_t >= 1000 else 1, nature=nature) for amount in amounts),
        one.registered_share,
        Split(one.registered_share.value),
    )


def _identity(metals: Sequence[MetalToday]) -> Sentence:
    broken = sum(one.lme.identity_breaks for one in metals if one.lme)
    days = sum(one.lme.history_days for one in metals if one.lme)
    return Sentence("identity", {"broken": Number(broken, "count"), "days": Number(days, "count")})


def _tonnes(one: MetalToday, amount: float) -> Number:
    return Number(amount, "t", 0, nature=one.cancelled_share.nature)
