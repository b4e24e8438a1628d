"""The rules of an alert file, checked so that none is quiet because it was written wrongly."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from typing import Any

from tomnext.market.squeeze import HORIZON_DAYS
from tomnext.observations.catalogue import series_named
from tomnext.studies.tapes import LME_METALS
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

OWN_KEYS = {
    "spread": ("metal",),
    "stock": ("metal", "figure"),
    "cancelled_share": ("metal",),
    "probability": ("metal", "horizon"),
    "value": ("series",),
    "staleness": ("series",),
    "composition": ("metal",),
}
"""What each kind of rule may say beside ``name``, ``kind``, ``above`` and ``below``; the first must be there."""

FIGURES = ("on_warrant", "total")
SHARES = ("cancelled_share", "probability", "composition")


@dataclass(frozen=True)
class Rule:
    """One rule: fires when its figure is above ``above`` or below ``below`` (spread percent of cash, stock t, shares).

    ``staleness`` counts weekdays since the newest figure, ``composition`` the share by which closing stock changed in
    one day (a change in what is counted shows so, convention 5).
    """

    name: str
    kind: str
    metal: Metal | None = None
    series: str | None = None
    figure: str = "on_warrant"
    horizon: int = 20
    above: float | None = None
    below: float | None = None


def rules_from(table: Mapping[str, Any]) -> list[Rule]:
    """The rules of a parsed TOML file (``[[rule]]`` tables). InputRejected names the rule and the key that is wrong."""
    raw = table.get("rule")
    if not isinstance(raw, list) or not raw:
        raise InputRejected(
            Text("There is no [[rule]] in the file.", "檔案裡沒有 [[rule]]。"),
            received=sorted(table) or None,
            expected='[[rule]] kind = "spread" metal = "copper" above = 1.5',
        )
    if beside := sorted(set(table) - {"rule"}):
        raise InputRejected(
            Text("The file holds more than rules.", "檔案裡有規則以外的內容。"), received=beside, expected="[[rule]]"
        )
    return [_rule(number, one) for number, one in enumerate(raw, start=1)]


def _rule(number: int, raw: Any) -> Rule:
    if not isinstance(raw, dict):
        raise _refused(number, Text("A rule is a table.", "規則必須是表格。"), raw, "[[rule]]")
    kind = _one_of(number, Text("This is not a kind of rule.", "不認得這種規則。"), raw.get("kind"), tuple(OWN_KEYS))
    own = OWN_KEYS[kind]
    known = ("name", "kind", "above", "below", *own)
    for key in raw:
        _one_of(number, Text("A rule of this kind has no such key.", "這種規則沒有這個鍵。"), key, known)
    if own[0] not in raw:
        raise _refused(number, Text("The rule does not say of what.", "規則沒有說明對象。"), dict(raw), own[0])
    name = raw.get("name", f"rule {number}")
    if not isinstance(name, str) or not name.strip():
        raise _refused(number, Text("A rule's name is a text.", "規則名稱必須是文字。"), name, 'name = "…"')
    above, below = (_limit(number, kind, key, raw[key]) if key in raw else None for key in ("above", "below"))
    if above is None and below is None:
        raise _refused(number, Text("A rule needs a limit.", "規則需要門檻。"), dict(raw), "above, below")
    if above is not None and below is not None and above < below:
        wrong = Text("Every figure would fire this rule.", "任何數字都會觸發此規則。")
        raise _refused(number, wrong, f"above {above:g}, below {below:g}", "below ≤ above")
    horizon = raw.get("horizon", 20)
    if type(horizon) is not int or horizon not in HORIZON_DAYS:
        raise _refused(number, Text("There is no such horizon.", "沒有這個期間。"), repr(horizon), "5, 20, 60")
    figure = _one_of(
        number, Text("There is no such stock figure.", "沒有這種庫存數字。"), raw.get("figure", FIGURES[0]), FIGURES
    )
    metal = _metal(number, raw["metal"]) if "metal" in raw else None
    series = _series(number, raw["series"]) if "series" in raw else None
    return Rule(name, kind, metal, series, figure, horizon, above, below)


def _limit(number: int, kind: str, key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise _refused(number, Text("A limit is a number.", "門檻必須是數字。"), f"{key} = {value!r}", f"{key} = 1.5")
    if kind in SHARES and not 0 <= value <= 1:
        wrong = Text("This limit is a share of one, not percent.", "此門檻是 0 到 1 的比例，不是百分比。")
        raise _refused(number, wrong, f"{key} = {value:g}", "0–1", f"{key} = {value / 100:g}")
    return float(value)


def _metal(number: int, named: object) -> Metal:
    metal = Metal.named(named) if isinstance(named, str) else None
    if metal not in LME_METALS:
        wrong = Text("Only LME metals have such rules; watch a series.", "只有 LME 金屬有這類規則，請改看序列。")
        raise _refused(number, wrong, named, ", ".join(one.value for one in LME_METALS))
    return metal


def _series(number: int, named: object) -> str:
    if not isinstance(named, str):
        raise _refused(
            number, Text("A series is named by a text.", "序列名稱必須是文字。"), named, "lme.copper.price.cash"
        )
    series_named(named)
    return named


def _one_of(number: int, wrong: Text, received: object, known: tuple[str, ...]) -> str:
    if isinstance(received, str) and received in known:
        return received
    nearest = get_close_matches(str(received), known, 1)
    raise _refused(number, wrong, received, ", ".join(known), nearest[0] if nearest else None)


def _refused(number: int, wrong: Text, received: object, expected: str, nearest: str | None = None) -> InputRejected:
    received = f"rule {number}: {received}"
    return InputRejected(wrong, received=received, expected=expected, nearest=[nearest] if nearest else [])
