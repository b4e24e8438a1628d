"""What if these events happen: the price distribution of each market, what drives it and what would flip it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from pydantic import ValidationError

from tomnext.facts.kinds.scenario import Event, EventFact, EventSetFact, MarketFact
from tomnext.facts.load import Facts, load_facts
from tomnext.scenarios.events import ActiveEvent, MarketOutlook, outlook
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.evidence import Evidence
from tomnext.vocabulary.words import Text

MARKETS, EVENTS, SETS = "scenario/markets/", "scenario/events/", "scenario/sets/"
KEYS = {"base", "events", "drop", "scale", "horizon", "event"}


@dataclass(frozen=True)
class ScenarioOutlook:
    """The answer: one outlook per market, with the names and evidence a reader needs."""

    scenario: str
    horizon: tuple[date, date]
    seed: int
    markets: Mapping[str, MarketOutlook]
    titles: Mapping[str, Text]
    evidence: tuple[Evidence, ...]

    def record(self) -> dict[str, object]:
        """The JSON contract of ``tomnext scenario``."""
        return {
            "scenario": self.scenario,
            "horizon_from": self.horizon[0],
            "horizon_to": self.horizon[1],
            "seed": self.seed,
            "kind": "simulated",
            "metals": {name: _market_record(one) for name, one in self.markets.items()},
            "evidence": [one.record() for one in self.evidence],
        }


def event_outlook(
    wanted: str | Mapping[str, Any], known_on: date | None = None, seed: int = 7, facts: Facts | None = None
) -> ScenarioOutlook:
    """The outlook under a named set, a comma-separated list of events and sets, or a scenario file's content.

    >>> answer = event_outlook("base-2026")
    >>> {name: one.arrow for name, one in answer.markets.items()}["iron_ore"]
    '↓'
    """
    facts = facts or load_facts()
    asked = {"base": wanted} if isinstance(wanted, str) else dict(wanted)
    _refuse_unknown(asked, KEYS, Text("The scenario has an unknown key.", "情境檔有不認得的欄位。"))
    names, horizon = _expanded(str(asked.get("base", "")), _listed(asked, "events"), facts)
    if not names and not asked.get("event"):
        raise InputRejected(
            Text("The scenario names no event.", "情境沒有指定任何事件。"),
            expected="base, events, [[event]]",
            nearest=['base = "base-2026"'],
        )
    horizon = _horizon(asked["horizon"]) if "horizon" in asked else horizon
    events = _events(names, asked, known_on, facts)
    models = {fact.id.removeprefix(MARKETS): fact for fact in facts.of(MarketFact, MARKETS)}
    values = {name: fact.at(horizon[0], known_on) for name, fact in models.items()}
    answer = outlook(
        events, {name: one.value for name, one in values.items()}, horizon, np.random.Generator(np.random.Philox(seed))
    )
    shown = [name for name in ("gold", "silver", "copper", "aluminium", "rare_earths", "iron_ore") if name in answer]
    own = [facts.get(EVENTS + one.id) for one in events if EVENTS + one.id in facts.ids(EVENTS)]
    return ScenarioOutlook(
        scenario=str(asked.get("base") or ", ".join(names)),
        horizon=horizon,
        seed=seed,
        markets={name: answer[name] for name in shown},
        titles={**{n: models[n].title for n in shown}, **{f.id.removeprefix(EVENTS): f.title for f in own}},
        evidence=tuple(f.evidence(f.spans[-1]) for f in own)
        + tuple(models[name].evidence(values[name]) for name in shown),
    )


def scenario_names(facts: Facts | None = None) -> dict[str, Text]:
    """Every set and event that can be asked for, with its title."""
    facts = facts or load_facts()
    sets = {one.id.removeprefix(SETS): one.title for one in facts.of(EventSetFact, SETS)}
    return sets | {one.id.removeprefix(EVENTS): one.title for one in facts.of(EventFact, EVENTS)}


def _expanded(base: str, events: Any, facts: Facts) -> tuple[list[str], tuple[date, date]]:
    names: list[str] = []
    horizon = (date(2026, 1, 1), date(2026, 12, 31))
    for name in [part.strip() for part in base.split(",") if part.strip()] + [str(one) for one in events]:
        if SETS + name in facts.ids(SETS):
            chosen = facts.get(SETS + name).spans[-1].value
            horizon = _horizon((chosen.horizon_from, chosen.horizon_to))
            names.extend(chosen.events)
        else:
            names.append(_known_event(name, facts))
    return list(dict.fromkeys(names)), horizon


def _events(names: list[str], asked: Mapping[str, Any], known_on: date | None, facts: Facts) -> list[ActiveEvent]:
    dropped = {_known_event(str(name), facts) for name in _listed(asked, "drop")}
    scale = {_known_event(name, facts): _factor(name, one) for name, one in _table(asked.get("scale", {})).items()}
    events = []
    for name in names:
        spans = [
            one
            for one in facts.get(EVENTS + name).spans
            if known_on is None or (one.known_from or one.in_force_from) <= known_on
        ]
        if name not in dropped and spans:
            value = spans[-1]
            event = ActiveEvent(name, value.value, value.in_force_from, value.in_force_to)
            events.append(event.scaled(scale[name]) if name in scale else event)
    return events + [_own_event(raw) for raw in _listed(asked, "event")]


def _own_event(raw: Any) -> ActiveEvent:
    if not isinstance(raw, Mapping):
        raise InputRejected(
            Text("An event is a table of its own.", "每個事件須為一個表。"), received=raw, expected="[[event]] id = …"
        )
    allowed = {"id", "in_force_from", "in_force_to", "likelihood_share", "effects"}
    _refuse_unknown(raw, allowed, Text("An event has an unknown key.", "事件有不認得的欄位。"))
    try:
        body = Event.model_validate({"likelihood_share": raw.get("likelihood_share", 1.0), "effects": raw["effects"]})
        start, end = _day(raw["in_force_from"]), _optional_day(raw.get("in_force_to"))
        if end is not None:
            _horizon((start, end))
        return ActiveEvent(str(raw["id"]), body, start, end)
    except KeyError as missing:
        raise InputRejected(
            Text("An event of the scenario is incomplete.", "情境中的事件不完整。"),
            received=", ".join(raw),
            expected=str(missing.args[0]),
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        raise InputRejected(
            Text("Event {id} cannot be used.", "事件 {id} 無法使用。").format(id=raw.get("id", "?")),
            received=f"{'.'.join(str(part) for part in first['loc'])} = {first['input']!r}",
            expected=first["msg"],
        ) from None


def _known_event(name: str, facts: Facts) -> str:
    known = [id.removeprefix(EVENTS) for id in facts.ids(EVENTS)]
    if name not in known:
        raise InputRejected(
            Text("There is no event or set of that name.", "沒有這個事件或情境。"),
            received=name,
            nearest=[one for one in scenario_names(facts) if one[:3] == name[:3]] or known[:3],
            fix=Text("List them with: tomnext scenario", "可用 tomnext scenario 列出"),
        )
    return name


def _refuse_unknown(raw: Mapping[str, Any], allowed: set[str], what: Text) -> None:
    unknown = sorted(set(raw) - allowed)
    if unknown:
        raise InputRejected(what, received=", ".join(unknown), expected=", ".join(sorted(allowed)))


def _listed(asked: Mapping[str, Any], key: str) -> list[Any]:
    raw = asked.get(key, [])
    if not isinstance(raw, list | tuple):
        raise InputRejected(
            Text("{key} must be a list.", "{key} 須為清單。").format(key=key), received=raw, expected=f'{key} = ["…"]'
        )
    return list(raw)


def _table(raw: Any) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise InputRejected(
            Text("scale must be a table of events.", "scale 須為事件與倍率的表。"),
            received=raw,
            expected="[scale] new_iron_ore_supply = 0.5",
        )
    return raw


def _factor(name: str, raw: object) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        raise InputRejected(
            Text("The scale of {name} is not a number.", "{name} 的倍率不是數字。").format(name=name),
            received=raw,
            expected="-1, 0.5, 2",
        )
    return float(raw)


def _horizon(raw: Any) -> tuple[date, date]:
    if not isinstance(raw, list | tuple) or len(raw) != 2:
        raise InputRejected(
            Text("The horizon is a first and a last day.", "期間須為首日與末日兩個日期。"),
            received=raw,
            expected='["2026-01-01", "2026-12-31"]',
        )
    first, last = (_day(one) for one in raw)
    if last < first:
        raise InputRejected(
            Text("A span of days ends before it begins.", "期間的結束早於開始。"), received=f"{first} – {last}"
        )
    return first, last


def _day(raw: object) -> date:
    try:
        return raw if isinstance(raw, date) else date.fromisoformat(str(raw))
    except ValueError:
        raise InputRejected(Text("This is not a date.", "這不是日期。"), received=raw, expected="YYYY-MM-DD") from None


def _optional_day(raw: object) -> date | None:
    return None if raw is None else _day(raw)


def _market_record(one: MarketOutlook) -> dict[str, object]:
    return {
        "arrow": one.arrow,
        "p_up": round(one.p_up, 4),
        "median_change_pct": round(one.median_change_pct, 2),
        "p10": round(one.p10, 2),
        "p90": round(one.p90, 2),
        "event_median_pct": round(one.event_median_pct, 2),
        "drivers": [{"event": event, "contribution_pct": round(pct, 2)} for event, pct in one.drivers],
        "fragile_to": list(one.fragile_to),
    }
