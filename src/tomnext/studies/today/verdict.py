"""Three to five sentences: what is tight and why, the ratio, what moves, and silver's balance."""

from collections.abc import Mapping, Sequence
from datetime import date

from tomnext.market.reading import State
from tomnext.studies.ratio import RatioReading
from tomnext.studies.sections import Cell, Number, Sentence, percentile_number
from tomnext.studies.today.board import volatility_number
from tomnext.studies.today.metals import MetalToday
from tomnext.studies.today.ratio import ratio_number, regime
from tomnext.studies.today.silver import SilverBalance, balance_number
from tomnext.studies.today.why import named_reason
from tomnext.studies.volatility import MetalVolatility
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

MOST_EXPLAINED = 3
"""Tight metals whose reasons stand in the verdict; the board explains the rest."""


def verdict(
    metals: Sequence[MetalToday],
    volatilities: Mapping[Metal, MetalVolatility],
    ratio: RatioReading | None,
    silver: SilverBalance,
    as_of: date,
) -> tuple[Sentence, ...]:
    """The verdict's sentences; each is left out when its numbers are missing, and what is simulated comes last."""
    tightness: list[Sentence | None] = [*_tightness(metals)]
    moves, standing, balance = _moves(metals, volatilities), _ratio(ratio), _silver(silver, as_of)
    measured_first = [balance, standing, moves, *tightness]
    sentences = measured_first if _is_simulated(metals) else [*tightness, moves, standing, balance]
    return tuple(one for one in sentences if one is not None)


def _tightness(metals: Sequence[MetalToday]) -> list[Sentence]:
    by_state = {state: [one for one in metals if one.reading.state is state] for state in State}
    tight = sorted(by_state[State.TIGHT], key=lambda one: -sum(one.reading.strains.values()))
    found = [Sentence("verdict.halted", {"metals": _names(by_state[State.HALTED])})] if by_state[State.HALTED] else []
    if tight:
        explained = tuple(named_reason(one) for one in tight[:MOST_EXPLAINED])
        rest = tuple(Sentence("verdict.name", {"metal": one.metal.title}) for one in tight[MOST_EXPLAINED:])
        found.append(Sentence(_marked("tight", metals), {"metals": (*explained, *rest)}))
    else:
        found.append(_none_tight(metals))
    others = tuple(
        Sentence(f"verdict.{state.value}", {"metals": _names(by_state[state])})
        for state in (State.TIGHTENING, State.COMFORTABLE, State.NOT_KNOWN)
        if by_state[state]
    )
    return [*found, Sentence("verdict.others", {"groups": others})] if others else found


def _none_tight(metals: Sequence[MetalToday]) -> Sentence:
    read = [one for one in metals if one.reading.state not in (State.NOT_KNOWN, State.HALTED)]
    if not read:
        return Sentence("verdict.nothing")
    values: dict[str, Cell] = {"known": Number(len(read), "count")}
    closest = max(read, key=lambda one: sum(one.reading.strains.values()), default=None)
    if closest is None or not closest.reading.strained:
        return Sentence(_marked("none_tight", metals), values)
    return Sentence(_marked("none_tight_closest", metals), values | {"closest": named_reason(closest, strained=True)})


def _marked(key: str, metals: Sequence[MetalToday]) -> str:
    return f"verdict.simulated_{key}" if _is_simulated(metals) else f"verdict.{key}"


def _is_simulated(metals: Sequence[MetalToday]) -> bool:
    return any(one.curve is not None and one.curve.kind == Nature.SIMULATED for one in metals)


def _names(metals: Sequence[MetalToday]) -> tuple[Text, ...]:
    return tuple(one.metal.title for one in metals)


def _moves(metals: Sequence[MetalToday], volatilities: Mapping[Metal, MetalVolatility]) -> Sentence | None:
    moved = [(one, change) for one in metals if (change := one.month_change) is not None]
    if not moved:
        return None
    most, change = max(moved, key=lambda pair: abs(pair[1]))
    nature = most.price.nature if most.price else None
    number = Number(change, "share", 1, signed=True, moves=True, nature=nature)
    values: dict[str, Cell] = {"metal": most.metal.title, "change": number}
    if not volatilities:
        return Sentence("verdict.move_only", values)
    first = min(volatilities.values(), key=lambda one: one.rank)
    values |= {"restless": first.metal.title, "volatility": volatility_number(first)}
    return Sentence("verdict.move", values)


def _ratio(ratio: RatioReading | None) -> Sentence | None:
    if ratio is None:
        return None
    values: dict[str, Cell] = {
        "value": ratio_number(ratio),
        "percentile": percentile_number(ratio.percentile, Nature(ratio.series_kind)),
        "start": str(ratio.path["observed_on"][0].year),
        "regime": regime(ratio.value),
    }
    return Sentence("verdict.ratio", values)


def _silver(silver: SilverBalance, as_of: date) -> Sentence | None:
    """The last counted year, unless it is too old to belong to today."""
    latest, run = silver.latest_actual, silver.deficits_in_a_row()
    if latest is None or latest.year < as_of.year - 2:
        return None
    values: dict[str, Cell] = {
        "edition": latest.edition,
        "year": str(latest.year),
        "balance": balance_number(latest.balance_moz),
    }
    if run:
        return Sentence("verdict.deficit", values | {"streak": Number(len(run), "count")})
    return Sentence("verdict.surplus", values)
