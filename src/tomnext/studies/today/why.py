"""Why a metal reads as it does: its strains in words and numbers, the same on the board and in the verdict."""

from tomnext.market.reading import State, Strain
from tomnext.studies.sections import Number, Sentence, percentile_number
from tomnext.studies.today.curves import carry_number, carry_percentile
from tomnext.studies.today.metals import MetalToday


def reading_sentence(one: MetalToday) -> Sentence:
    """One plain sentence: the state and the numbers it rests on."""
    if one.reading.state is State.HALTED:
        return Sentence("reading.halted", {"day": one.halted_since})
    return Sentence(f"reading.{one.reading.state.value}", {"why": reasons(one)})


def named_reason(one: MetalToday, strained: bool = False) -> Sentence:
    """The metal's name with its reasons in brackets, for the verdict; ``strained`` leaves out what is not."""
    return Sentence("verdict.metal", {"metal": one.metal.title, "why": reasons(one, strained)})


def reasons(one: MetalToday, strained: bool = False) -> tuple[Sentence, ...]:
    """What is strained when anything is, else everything known, else what is missing."""
    known = {strain: sentence for strain in Strain if (sentence := _reason(one, strain)) is not None}
    if strained or one.reading.state in (State.TIGHT, State.TIGHTENING):
        return tuple(known[strain] for strain in one.reading.strained if strain in known)
    if one.reading.state is State.COMFORTABLE:
        return tuple(known.values())
    if one.resumed_on is not None:
        return (Sentence("why.resumed", {"day": one.resumed_on}), *known.values())
    missing = [_no_price(one)] if one.price is None and one.daily is None else []
    if not missing:
        near = "why.no_lease" if one.metal.is_precious else "why.no_curve"
        missing = [Sentence(near)] if Strain.CURVE not in known else []
        missing += [Sentence("why.no_stock")] if Strain.FREE_STOCK not in known else []
    return (*known.values(), *missing)


def _no_price(one: MetalToday) -> Sentence:
    return Sentence("why.stale", {"day": one.last_price_day}) if one.last_price_day else Sentence("why.no_price")


def _reason(one: MetalToday, strain: Strain) -> Sentence | None:
    if strain is Strain.CURVE:
        return _curve_reason(one)
    if strain is Strain.CANCELLED and one.cancelled_share.value is not None:
        return Sentence("why.cancelled", {"share": one.cancelled_share})
    if strain is Strain.FREE_STOCK and one.registered is not None:
        return Sentence("why.registered", {"share": one.registered_share, "percentile": one.free_percentile})
    if strain is Strain.FREE_STOCK and one.cover.value is not None:
        is_strained = Strain.FREE_STOCK in one.reading.strained
        return Sentence("why.cover" if is_strained else "why.cover_ample", {"days": one.cover})
    return None


def _curve_reason(one: MetalToday) -> Sentence | None:
    if one.lease is not None:
        rate = Number(float(one.lease.values[-1]), "pct", 2, nature=one.lease.nature)
        percentile = percentile_number(one.near_premium_pct, one.lease.nature)
        return Sentence("why.lease", {"rate": rate, "percentile": percentile})
    if one.carry_usd_per_t is None:
        return None
    if one.carry_usd_per_t <= 0:
        return Sentence("why.contango", {"carry": carry_number(one.curve)})
    return Sentence("why.backwardation", {"carry": carry_number(one.curve), "percentile": carry_percentile(one.curve)})
