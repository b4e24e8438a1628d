"""What is said of a position: rolling it, and what each lending rule in force asks of its holder."""

from tomnext.faces.cli.output import number
from tomnext.faces.words import words
from tomnext.studies.position_exposure import PositionReading, RuleReading
from tomnext.studies.simulated_roll import RollRecord, SimulatedRoll
from tomnext.vocabulary.words import Text


def roll_sentences(found: PositionReading) -> list[Text]:
    """The headline first, then the simulated futures with their record, and what the prices must be read with."""
    word = words("position")
    if found.is_halted:
        return [word["halted"]]
    if found.is_stale:
        return [word["stale"].format(day=found.observed_on)]
    said = [_headline(found, word)]
    if found.resumed_on is not None:
        said.append(word["resumed"].format(day=found.resumed_on))
    if found.cap_usd_per_t is not None:
        said.append(word["cap"].format(cap=f"{found.cap_usd_per_t:,.0f}"))
    if found.simulated is None:
        return [*said, word["not_simulated"]]
    return [*said, _simulated(found.simulated, word), _record(found.simulated.record, word)]


def lending_sentences(found: PositionReading) -> list[Text]:
    """What every lending rule in force asks; a short and a metal without stock figures get one sentence."""
    word = words("position")
    if found.available_t is None:
        return [word["no_stock"]]
    if found.tonnes < 0:
        return [word["short_rules"]]
    asked = [_duty(one, found.available_t, word) for one in found.rules]
    return [word["old_rules"].format(day=found.observed_on), *asked] if found.is_stale and asked else asked


def _headline(found: PositionReading, word: dict[str, Text]) -> Text:
    roll = found.rolls.linear
    return word["headline"].format(
        days=roll.days,
        today=_usd(roll.today_usd),
        premium=number(found.rolls.near_premium_usd_per_t, 2, signed=True),
        bad=_usd(roll.bad_usd),
        worst=_usd(roll.worst_usd),
        on=found.rolls.worst_on or "–",
    )


def _simulated(roll: SimulatedRoll, word: dict[str, Text]) -> Text:
    linear, front = roll.linear, roll.front_loaded
    given: dict[str, object] = {
        "paths": f"{linear.paths:,}",
        "share": f"{linear.squeezed_paths / linear.paths:.1%}",
        "calm": _usd(linear.calm_mean_usd),
        "worst_low": _usd(linear.worst_twentieth_usd),
        "worst_high": _usd(front.worst_twentieth_usd),
    }
    if linear.squeezed_mean_usd is None:
        return word["simulated_calm"].format(**given)
    given |= {"squeezed_low": _usd(linear.squeezed_mean_usd), "squeezed_high": _usd(front.squeezed_mean_usd)}
    return word["simulated_squeezed" if linear.calm_mean_usd is None else "simulated"].format(**given)


def _record(record: RollRecord | None, word: dict[str, Text]) -> Text:
    if record is None:
        return word["no_record"]
    return word["record"].format(
        windows=record.windows,
        first=record.first,
        last=record.last,
        dearer=record.dearer,
        cheaper=record.cheaper,
        right=f"{record.windows / 20:.0f}",
    )


def _duty(one: RuleReading, available_t: float, word: dict[str, Text]) -> Text:
    duty = one.duty
    known: dict[str, object] = {
        "held": f"{duty.held_pct:,.0f}",
        "available": f"{available_t:,.0f}",
        "tonnes": f"{duty.to_lend_t:,.0f}",
        "title": one.title,
    }
    if not duty.binds:
        below = available_t < one.floor_t
        return word["below_floor" if below else "asks_nothing"].format(**known, floor=f"{one.floor_t:,.0f}")
    known["edge"] = f"{100 * (duty.held_pct / 100 - duty.to_lend_t / available_t):.0f}"
    if duty.cap_pct_of_cash is None or duty.cap_usd_per_t is None:
        return word["must_lend_unknown"].format(**known)
    if duty.cap_pct_of_cash == 0:
        return word["must_lend_level"].format(**known)
    after = duty.cap_after_five_days_usd_per_t
    later = Text("", "") if after is None else word["after_five"].format(usd=f"{after:,.0f}")
    cap, usd = f"{duty.cap_pct_of_cash:g}", f"{duty.cap_usd_per_t:,.0f}"
    return word["must_lend"].format(**known, cap=cap, usd=usd, later=later)


def _usd(amount: float | None) -> str:
    return number(amount, signed=True)
