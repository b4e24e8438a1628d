"""From a set of events to a price distribution per market: stated channels, elasticities, stock cover, haven share.

For market *m* with yearly size Q, elasticities ε, stock cover C (days) and background volatility σ, the logarithmic
price change over the horizon is::

    Δ ln P = x · (1 − a(x)) / (ε_supply + ε_demand)  +  monetary  +  haven  +  σ √h · z
    x      = Σ sign(channel) · size / Q · share of the horizon in force        (positive: metal is missing)
    a(x)   = 1 − exp(−C / 60 d) when x > 0, else 0     (stocks meet a deficit; a surplus has to be stored: V1)
    gold:    monetary = size · monetary_pct,   haven = Σ risk · haven_pct
    others:  monetary + haven = gold_pass_through · (gold's monetary + haven)

Sizes, elasticities, cover and shares are triangular between their stated ends (V2); z is standard normal.
Docs: events-and-prices.md; assumptions V1 to V4.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tomnext.facts.kinds.scenario import Channel, Effect, Estimate, Event, MarketModel
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text

Draws = NDArray[np.float64]

ABSORBING_DAYS = 60.0
"""Days of cover at which stocks absorb 63 % of a deficit within a year (assumption V1)."""

UP_SHARE, DOWN_SHARE = 0.6, 0.4
"""A probability of rise at or above 0.6 is an arrow up, at or below 0.4 down, between them both (assumption V3)."""

SHOWN_PCT = 0.05
"""Contributions below this many percent points are left out of the drivers."""

_MISSING_METAL = {
    Channel.DEMAND: 1.0,
    Channel.STOCK_HELD: 1.0,
    Channel.TRADE_BARRIER: 1.0,
    Channel.POLICY: 1.0,
    Channel.SUPPLY: -1.0,
}


@dataclass(frozen=True, slots=True)
class ActiveEvent:
    """An event and the days it acts (both ends inclusive; open when the end is empty)."""

    id: str
    event: Event
    in_force_from: date
    in_force_to: date | None = None

    def active_share(self, horizon: tuple[date, date]) -> float:
        """Share of the horizon's days (0 to 1) on which the event acts."""
        first, last = max(self.in_force_from, horizon[0]), min(self.in_force_to or horizon[1], horizon[1])
        return max(0, (last - first).days + 1) / ((horizon[1] - horizon[0]).days + 1)

    def scaled(self, factor: float) -> "ActiveEvent":
        """The same event with every size times a factor; −1 turns its sign."""
        effects = tuple(
            effect.model_copy(update={"size": _times(effect.size, factor)}) for effect in self.event.effects
        )
        return replace(self, event=self.event.model_copy(update={"effects": effects}))


@dataclass(frozen=True, slots=True)
class MarketOutlook:
    """Price change of one market over the horizon, in percent, and what drives and what would flip it."""

    market: str
    p_up: float
    median_change_pct: float
    p10: float
    p90: float
    event_median_pct: float
    drivers: tuple[tuple[str, float], ...]
    fragile_to: tuple[str, ...]

    @property
    def arrow(self) -> str:
        """``↑``, ``↓`` or ``↑↓`` by the probability of a rise (convention 9: read it with ``p_up``)."""
        return "↑" if self.p_up >= UP_SHARE else "↓" if self.p_up <= DOWN_SHARE else "↑↓"


def outlook(
    events: Sequence[ActiveEvent],
    markets: Mapping[str, MarketModel],
    horizon: tuple[date, date],
    rng: np.random.Generator,
    n_draws: int = 20_000,
) -> dict[str, MarketOutlook]:
    """The distribution of each market's price change in percent over a horizon, both days inclusive.

    Same generator state, same bits. Raises InputRejected when an event names a market that is not there or uses
    another unit than the market is counted in.
    """
    _check(events, markets)
    question = _Question(tuple(events), dict(markets), horizon, _Uniforms(rng, n_draws))
    return {name: _outlook(name, question) for name in markets}


@dataclass(frozen=True, slots=True)
class _Question:
    """What was asked, with the random numbers that every answer to it shares."""

    events: tuple[ActiveEvent, ...]
    markets: dict[str, MarketModel]
    horizon: tuple[date, date]
    uniforms: "_Uniforms"

    def without(self, event: ActiveEvent) -> "_Question":
        return replace(self, events=tuple(one for one in self.events if one is not event))

    def with_end(self, event: ActiveEvent, end: str) -> "_Question":
        return replace(self, events=tuple(_at_end(one, end) if one is event else one for one in self.events))

    def with_pinned(self, market: str, field: str, value: Estimate) -> "_Question":
        model = self.markets[market].model_copy(update={field: value})
        return replace(self, markets={**self.markets, market: model})

    def touching(self, market: str) -> list[ActiveEvent]:
        reached = {market, "gold"} if self.markets[market].gold_pass_through else {market}
        return [one for one in self.events if reached & {effect.market for effect in one.event.effects}]


def _outlook(name: str, question: _Question) -> MarketOutlook:
    moved, background = _log_change(name, question), _background(name, question)
    low, median, high = np.expm1(np.quantile(moved + background, (0.1, 0.5, 0.9))) * 100
    here = MarketOutlook(
        market=name,
        p_up=float(np.mean(moved + background > 0)),
        median_change_pct=float(median),
        p10=float(low),
        p90=float(high),
        event_median_pct=float(np.expm1(np.median(moved)) * 100),
        drivers=_drivers(name, moved, question),
        fragile_to=(),
    )
    flips = [
        label
        for label, other in _alternatives(name, question)
        if replace(here, p_up=float(np.mean(_log_change(name, other) + background > 0))).arrow != here.arrow
    ]
    return replace(here, fragile_to=tuple(flips))


def _drivers(name: str, moved: Draws, question: _Question) -> tuple[tuple[str, float], ...]:
    """Each event's mean contribution in percent points of the logarithmic change: with it less without it."""
    parts = [
        (event.id, float(np.mean(moved - _log_change(name, question.without(event))) * 100))
        for event in question.touching(name)
    ]
    return tuple(sorted((part for part in parts if abs(part[1]) >= SHOWN_PCT), key=lambda part: -abs(part[1])))


def _alternatives(name: str, question: _Question) -> Iterator[tuple[str, _Question]]:
    """The question with one cause changed: an event absent or at an end, an estimate of a market at an end."""
    for event in question.touching(name):
        yield f"{event.id}: absent", question.without(event)
        for end in ("low", "high"):
            yield f"{event.id}: {end}", question.with_end(event, end)
    for market in {name: None, "gold": None} if question.markets[name].gold_pass_through else (name,):
        for field, value in question.markets[market]:
            if isinstance(value, Estimate):
                for end in ("low", "high"):
                    yield f"{market}.{field}: {end}", question.with_pinned(market, field, _pinned(value, end))


def _log_change(name: str, question: _Question) -> Draws:
    """The logarithmic price change that the events cause in one market."""
    model = question.markets[name]
    change = _physical(name, question) + _monetary(name, question)
    if model.gold_pass_through is not None and "gold" in question.markets:
        share = question.uniforms.estimate(model.gold_pass_through, f"{name}.gold_pass_through")
        change = change + share * _monetary("gold", question)
    return change


def _physical(name: str, question: _Question) -> Draws:
    uniforms, model = question.uniforms, question.markets[name]
    missing_share = np.zeros(uniforms.n)
    for effect, size in _felt(name, question):
        if effect.channel in _MISSING_METAL:
            base = 100.0 if effect.unit == "pct_of_market" else model.size_per_year
            missing_share += _MISSING_METAL[effect.channel] * size / base
    cover = uniforms.estimate(model.stock_cover_days, f"{name}.stock_cover_days")
    elasticity = uniforms.estimate(model.supply_elasticity, f"{name}.supply_elasticity") + uniforms.estimate(
        model.demand_elasticity, f"{name}.demand_elasticity"
    )
    unmet = np.where(missing_share > 0, np.exp(-cover / ABSORBING_DAYS), 1.0)
    return missing_share * unmet / elasticity


def _monetary(name: str, question: _Question) -> Draws:
    change = np.zeros(question.uniforms.n)
    for effect, size in _felt(name, question):
        if effect.channel not in _MISSING_METAL:
            change += size * question.uniforms.estimate(*_response(effect, question.markets[name])) / 100
    return change


def _felt(name: str, question: _Question) -> Iterator[tuple[Effect, Draws]]:
    """Each effect on a market with its size draws: nothing where the event is not felt, less when it acts in part."""
    for one in question.events:
        for effect in one.event.effects:
            if effect.market == name:
                size = question.uniforms.estimate(effect.size, f"{one.id}>{name}>{effect.channel}")
                happens = question.uniforms.of(one.id) < one.event.likelihood_share
                yield effect, size * happens * one.active_share(question.horizon)


def _response(effect: Effect, model: MarketModel) -> tuple[Estimate, str]:
    """The percent change per unit that a monetary or a risk effect meets in its market."""
    name = "haven_pct_per_unit" if effect.channel is Channel.RISK else "monetary_pct_per_unit"
    estimate: Estimate | None = getattr(model, name)
    if estimate is None:
        raise InputRejected(
            Text(
                "{market} has no {name}, so this effect cannot reach it.", "{market} 沒有 {name}，此影響無法傳達。"
            ).format(market=effect.market, name=name),
            received=f"{effect.channel}",
            expected=", ".join(_MISSING_METAL),
        )
    return estimate, f"{effect.market}.{name}"


def _background(name: str, question: _Question) -> Draws:
    years = ((question.horizon[1] - question.horizon[0]).days + 1) / 365.25
    deviation = question.markets[name].background_volatility_share * years**0.5
    scatter: Draws = deviation * question.uniforms.normal(name)
    return scatter


def _check(events: Sequence[ActiveEvent], markets: Mapping[str, MarketModel]) -> None:
    for one in events:
        for effect in one.event.effects:
            if effect.market not in markets:
                raise InputRejected(
                    Text("Event {id} names an unknown market.", "事件 {id} 指到不存在的市場。").format(id=one.id),
                    received=effect.market,
                    expected=", ".join(markets),
                )
            allowed = {"pct_of_market", markets[effect.market].size_unit}
            if effect.channel in _MISSING_METAL and effect.unit not in allowed:
                raise InputRejected(
                    Text("Event {id} is counted in another unit.", "事件 {id} 的單位不同。").format(id=one.id),
                    received=effect.unit,
                    expected=", ".join(sorted(allowed)),
                )


def _times(estimate: Estimate, factor: float) -> Estimate:
    low, high = sorted((estimate.low * factor, estimate.high * factor))
    return Estimate(low=low, central=estimate.central * factor, high=high)


def _pinned(estimate: Estimate, end: str) -> Estimate:
    value: float = getattr(estimate, end)
    return Estimate(low=value, central=value, high=value)


def _at_end(event: ActiveEvent, end: str) -> ActiveEvent:
    effects = tuple(one.model_copy(update={"size": _pinned(one.size, end)}) for one in event.event.effects)
    return replace(event, event=event.event.model_copy(update={"effects": effects}))


class _Uniforms:
    """Common random numbers: every named quantity keeps its own stream, so alternatives differ only by their cause."""

    def __init__(self, rng: np.random.Generator, n: int) -> None:
        self.n = n
        self._key = int(rng.integers(2**63))
        self._drawn: dict[str, Draws] = {}

    def of(self, name: str) -> Draws:
        """Uniform draws between 0 and 1 that belong to a name."""
        if name not in self._drawn:
            stream = np.random.Philox(key=np.array([self._key, _stable_hash(name)], dtype=np.uint64))
            self._drawn[name] = np.random.Generator(stream).random(self.n)
        return self._drawn[name]

    def estimate(self, estimate: Estimate, name: str) -> Draws:
        """Triangular draws of an estimate by inversion."""
        low, mode, high = estimate.low, estimate.central, estimate.high
        if high == low:
            return np.full(self.n, low)
        u, split = self.of(name), (mode - low) / (high - low)
        rising = low + np.sqrt(u * (high - low) * (mode - low))
        falling = high - np.sqrt((1 - u) * (high - low) * (high - mode))
        return np.where(u < split, rising, falling)

    def normal(self, name: str) -> Draws:
        """Standard normal draws that belong to a name (Box and Muller 1958)."""
        radius: Draws = np.sqrt(-2 * np.log1p(-self.of(f"{name} radius")))
        return radius * np.cos(2 * np.pi * self.of(f"{name} angle"))


def _stable_hash(name: str) -> int:
    """A 64-bit number of a name (FNV-1a), the same on every machine and run, unlike the built-in hash."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value
