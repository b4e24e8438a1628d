"""Which good and origin CBAM means: scope, default value and benchmark by the longest matching CN code.

Law: Regulation (EU) 2023/956 Annexes I and III; Implementing Regulations (EU) 2025/2621 (default values) and
2025/2620 (benchmarks).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol, TypeVar

from tomnext.facts.kinds.base import Table
from tomnext.facts.kinds.carbon import CbamBenchmark, CbamCountry, CbamDefault, CbamScope
from tomnext.vocabulary.errors import FactMissing, InputRejected
from tomnext.vocabulary.words import Text

ROUTES: dict[str, str] = {
    "primary": "K", "secondary": "L", "recycled": "L",
    "bf-bof": "C", "dri-eaf": "D", "scrap-eaf": "E",
}  # fmt: skip
"""Words people type for the production-route letters of Annex I (K primary, L secondary aluminium; C, D, E steel)."""

_LETTERS = frozenset("CDEFGHJKL")


class Coded(Protocol):
    """A table row that stands for every code beginning with its ``cn_code``."""

    @property
    def cn_code(self) -> str:
        """Digits of the Combined Nomenclature."""
        ...


C = TypeVar("C", bound=Coded)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whether CBAM covers a good of an origin, the sector, the reason, and the row of Annex I behind it."""

    in_scope: bool
    sector: str | None
    why: Text
    row: CbamScope | CbamCountry | None


def clean_code(code: str) -> str:
    """The digits of a CN code of 4, 6, 8 or 10 digits, or InputRejected.

    >>> clean_code("7607.11.90"), clean_code("7607 11")
    ('76071190', '760711')
    """
    digits = code.replace(".", "").replace(" ", "")
    if not digits.isdigit() or len(digits) not in (4, 6, 8, 10):
        raise InputRejected(
            Text("This is not a Combined Nomenclature code.", "這不是合併稅則（CN）碼。"),
            received=code,
            expected=Text(
                "4, 6, 8 or 10 digits, as in 7607 or 7607.11.90", "4、6、8 或 10 碼，例如 7607 或 7607.11.90"
            ),
        )
    return digits[:8]


def dotted(code: str) -> str:
    """A code as customs print it, two or four digits a group: code ``76071190`` is ``7607.11.90``."""
    return ".".join(part for part in (code[:4], code[4:6], code[6:8]) if part)


def scope_of(code: str, origin: str, scope: Table[CbamScope], countries: Table[CbamCountry]) -> Scope:
    """Whether a good (digits of its CN code) of an origin (ISO code) falls under CBAM, with the reason in words.

    Annex I is exhaustive: a code that no row names is out of scope. Raises InputRejected for an unknown country.
    """
    country = country_of(origin, countries)
    if country.standing in ("member", "exempt"):
        why = (
            Text("goods that originate in the Union are not imports", "歐盟原產貨品不屬進口")
            if country.standing == "member"
            else Text("the origin is exempt under Annex III", "原產國依附件三豁免")
        )
        return Scope(False, None, why, country)
    rows = sorted((row for row in scope if _names(row, code)), key=lambda row: len(row.code_from))
    if not rows:
        return Scope(False, None, Text("this code is not listed in Annex I", "此貨品碼未列於附件一"), None)
    row = rows[-1]
    return Scope(row.in_scope, row.sector, Text(row.why_en, row.why_zh), row)


def country_of(origin: str, countries: Table[CbamCountry]) -> CbamCountry:
    """The standing of an origin given by its ISO 3166-1 alpha-2 code; InputRejected names the nearest codes."""
    iso = origin.strip().upper()
    for country in countries:
        if country.iso == iso:
            return country
    raise InputRejected(
        Text("This is not a country code.", "這不是國家代碼。"),
        received=origin,
        expected=Text("ISO 3166-1 alpha-2, as in TW, CN, TR", "ISO 3166-1 二位碼，例如 TW、CN、TR"),
        nearest=get_close_matches(iso, [country.iso for country in countries], n=4, cutoff=0.4),
    )


def default_of(code: str, origin: str, defaults: Table[CbamDefault], countries: Table[CbamCountry]) -> CbamDefault:
    """The default value (t CO2e per t, before mark-up) of a code from an origin.

    A country without a sheet of its own takes ``OTHER`` (Annex I, introductory part). A listed country whose value is
    not carried here raises FactMissing rather than borrow another's figure.
    """
    iso = origin.strip().upper()
    listed = country_of(origin, countries).standing == "listed"
    rows = [row for row in defaults if row.country == (iso if listed else "OTHER")]
    found = longest_match(code, rows)
    if found is None:
        raise _not_carried(code, iso, rows)
    return found


def benchmark_of(code: str, route: str | None, benchmarks: Table[CbamBenchmark]) -> CbamBenchmark:
    """The benchmark (t CO2e per t) of a code made by a route; a route is asked for when the benchmark depends on it."""
    match = longest_match(code, benchmarks)
    if match is None:
        raise _not_carried(code, "EU", list(benchmarks))
    rows = {row.route: row for row in benchmarks if row.cn_code == match.cn_code}
    if None in rows:
        return rows[None]
    if route in rows:
        return rows[route]
    raise InputRejected(
        Text("The benchmark of {code} depends on the production route.", "{code} 的標竿值視生產路線而定。").format(
            code=dotted(code)
        ),
        received=route,
        expected=", ".join(f"{key} ({row.for_defaults_tco2e_per_t} t/t)" for key, row in rows.items()),
        fix=Text("Name it with --route.", "請以 --route 指定。"),
    )


def route_letter(route: str | None) -> str | None:
    """The route letter of Annex I that a word or letter means (unit-free code), or InputRejected.

    >>> route_letter("primary"), route_letter("L"), route_letter(None)
    ('K', 'L', None)
    """
    if route is None:
        return None
    letter = ROUTES.get(route.strip().casefold(), route.strip().upper())
    if letter not in _LETTERS:
        raise InputRejected(
            Text("This is not a production route.", "這不是生產路線。"),
            received=route,
            expected=", ".join([*ROUTES, *sorted(_LETTERS)]),
            nearest=get_close_matches(route.casefold(), ROUTES),
        )
    return letter


def longest_match(code: str, rows: Iterable[C]) -> C | None:
    """The row whose code is the longest beginning of a code, or nothing.

    When only rows *below* the code exist the code is too short to decide: InputRejected lists the choices.
    """
    rows = list(rows)
    above = [row for row in rows if code.startswith(row.cn_code)]
    if above:
        return max(above, key=lambda row: len(row.cn_code))
    below = [row for row in rows if row.cn_code.startswith(code)]
    if below:
        raise InputRejected(
            Text("{code} is too short to decide.", "{code} 位數不足，無法決定。").format(code=dotted(code)),
            received=dotted(code),
            nearest=_choices(below),
            fix=Text("Give one of the longer codes.", "請改用下列較長的貨品碼。"),
        )
    return None


def _names(row: CbamScope, code: str) -> bool:
    if row.code_to is None:
        return code.startswith(row.code_from)
    return row.code_from <= code[: len(row.code_from)] <= row.code_to


def _choices(rows: Sequence[Coded]) -> list[str]:
    shown: dict[str, str] = {}
    for row in rows:
        value = getattr(row, "base_tco2e_per_t", None) or getattr(row, "for_defaults_tco2e_per_t", None)
        shown[row.cn_code] = f"{dotted(row.cn_code)} ({value} t/t)"
    return list(shown.values())


def _not_carried(code: str, origin: str, rows: Sequence[Coded]) -> FactMissing:
    known = sorted({row.cn_code for row in rows})
    return FactMissing(
        Text(
            "{code} is in scope, but its value for {origin} is not carried.",
            "{code} 在範圍內，但未收錄 {origin} 的數值。",
        ).format(code=dotted(code), origin=origin),
        received=dotted(code),
        nearest=[dotted(one) for one in get_close_matches(code, known, n=4, cutoff=0.5)],
        fix=Text(
            "Give verified emissions with --emissions, or the published base value with --default-value.",
            "請以 --emissions 提供查證排放量，或以 --default-value 提供公告之基礎預設值。",
        ),
    )
