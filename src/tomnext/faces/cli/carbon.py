"""``tomnext carbon``: what CBAM adds to a tonne of a good, or what carbon adds to a metal by route."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from tomnext.faces.cli.options import DayOption, FormatOption, KnownOption, LanguageOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.carbon import (
    CarbonAnswer,
    CarbonQuestion,
    RouteCurve,
    carbon_by_route,
    carbon_into_uk,
    carbon_on,
    green_premium,
    makers_in,
)
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Language, Text

T = TypeVar("T")
Number = float | None
_Origin = Annotated[str | None, typer.Option("--origin", help="Country of origin, code or name · 原產國代碼或國名")]
_Into = Annotated[str, typer.Option("--into", help="EU or GB · 輸入地")]
_Route = Annotated[str | None, typer.Option("--route", help="primary, secondary, C, D, E … · 生產路線")]
_Emissions = Annotated[Number, typer.Option("--emissions", help="Verified t CO2e per t · 查證排放量")]
_Default = Annotated[Number, typer.Option("--default-value", help="Published base default value · 公告基礎預設值")]
_Price = Annotated[Number, typer.Option("--carbon-price", help="Price per t CO2e instead of the published · 自訂碳價")]
_Paid = Annotated[float, typer.Option("--paid-abroad", help="Paid at origin, EUR per t of product · 原產地已付碳價")]
_Year = Annotated[Number, typer.Option("--year-mass", help="The importer's CBAM tonnes this year · 進口人全年公噸數")]
_Against = Annotated[
    str | None, typer.Option("--against", help="Second origin: green premium · 另一原產國，求綠色溢價")
]
_Rival = Annotated[
    Number, typer.Option("--against-emissions", help="Verified t CO2e per t of the second · 另一方排放量")
]
_Makers = Annotated[
    Path | None, typer.Option("--makers", help="TOML of makers with cash costs · 廠商成本檔（成本曲線）")
]
_Demand = Annotated[Number, typer.Option("--demand-kt", help="Demand on the curve, kt · 需求量（千公噸）")]


def run(
    subject: Annotated[str, typer.Argument(help="CN code, or a metal for its routes · CN 貨品碼，或金屬名稱")],
    origin: _Origin = None,
    into: _Into = "EU",
    on: DayOption = None,
    known_on: KnownOption = None,
    route: _Route = None,
    emissions: _Emissions = None,
    default_value: _Default = None,
    carbon_price: _Price = None,
    paid_abroad: _Paid = 0.0,
    year_mass: _Year = None,
    against: _Against = None,
    against_emissions: _Rival = None,
    makers: _Makers = None,
    demand_kt: _Demand = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Certificates owed, price and cost per tonne, each step with its source · 應繳憑證、價格與每公噸成本，附出處"""
    if not subject[:1].isdigit():
        metal = subject if subject == "steel" else Metal.named(subject).value
        price = _needed(carbon_price, "--carbon-price", "80")
        _show_routes(carbon_by_route(metal, price, makers_in(makers) if makers else (), demand_kt), fmt, lang)
        return
    home = _needed(origin, "--origin", "TW")
    stated = (route, emissions, default_value, carbon_price, paid_abroad, year_mass)
    good = CarbonQuestion(subject, home, on or date.today(), known_on, *stated)
    rival = None if against is None else replace(good, origin=against, emissions_tco2e_per_t=against_emissions)
    _border(into)(good, rival, fmt, lang)


def _border(into: str) -> Callable[[CarbonQuestion, CarbonQuestion | None, Format, Language], None]:
    borders = {"EU": _show_charge, "GB": _show_uk}
    if into.upper() not in borders:
        what = Text("No carbon charge at this border is carried.", "未收錄此邊境的碳費。")
        raise InputRejected(what, received=into, expected=", ".join(borders))
    return borders[into.upper()]


def _show_uk(good: CarbonQuestion, rival: CarbonQuestion | None, fmt: Format, lang: Language) -> None:
    answer = carbon_into_uk(good)
    show(answer.record(lang), fmt, lang, headline=_filled("uk", answer.why, code=good.cn_code))


def _show_charge(good: CarbonQuestion, rival: CarbonQuestion | None, fmt: Format, lang: Language) -> None:
    answer = carbon_on(good)
    said = words("carbon")
    record, notes = answer.record(lang), _notes(answer)
    if rival is not None:
        pair = green_premium(good, replace(rival, default_value_tco2e_per_t=None))
        record["green_premium"] = {
            "against": pair.second.origin,
            "cost_eur_per_t": pair.second.cost_eur_per_t,
            "break_even_eur_per_t": pair.break_even_eur_per_t,
        }
        premium = f"{pair.break_even_eur_per_t:,.2f}"
        notes.append(said["premium"].format(first=pair.first.origin, second=pair.second.origin, premium=premium))
    lines = _spoken(record["lines"], fmt, lang)  # type: ignore[arg-type]
    columns = [
        Column("label", said["step"]),
        Column("value", said["figure"], 4),
        Column("unit", said["unit"]),
        Column("nature", said["nature"]),
        Column("source", said["source"]),
    ]
    show(record, fmt, lang, columns if lines else [], lines, _headline(answer), notes)


def _show_routes(answer: RouteCurve, fmt: Format, lang: Language) -> None:
    said = words("carbon")
    record = answer.record()
    rows = _spoken(record["curve"] or record["routes"], fmt, lang)  # type: ignore[arg-type]
    keys: tuple[str, ...]
    if answer.steps:
        keys = ("maker", "used_kt", "cash_cost_per_t", "tco2e_per_t", "cost_per_t")
    else:
        keys = ("route", "tco2e_per_t", "low_tco2e_per_t", "high_tco2e_per_t", "cost_per_t", "nature", "source")
    decimals = {"tco2e_per_t": 2, "low_tco2e_per_t": 2, "high_tco2e_per_t": 2, "cost_per_t": 0}
    columns = [Column(key, said[key], decimals.get(key)) for key in keys]
    notes = [
        said["out"].format(
            maker=one.maker.name, lost=f"{one.used_without_kt - one.used_with_kt:,.0f}", cost=f"{one.cost_per_t:,.0f}"
        )
        for one in answer.pushed_out
    ]
    if not answer.steps:
        notes.append(said["no_cash_costs"])
    headline = said["routes"].format(metal=answer.metal, price=f"{answer.carbon_price_per_tco2e:g}")
    show(record, fmt, lang, columns, rows, headline, notes)


def _spoken(rows: list[dict[str, object]], fmt: Format, lang: Language) -> list[dict[str, object]]:
    """Rows with the kind of figure in the reader's words; files keep the key."""
    if fmt is not Format.TABLE:
        return rows
    said = words("natures")
    return [{**one, "nature": said[str(one["nature"])].in_(lang)} if one.get("nature") else one for one in rows]


def _headline(answer: CarbonAnswer) -> Text:
    charge = answer.charge
    if not charge.scope.in_scope:
        return _filled("not_in_scope", charge.scope.why, code=charge.cn_code)
    return words("carbon")["cost"].format(
        code=charge.cn_code,
        origin=charge.origin,
        on=charge.on,
        cost=f"{charge.cost_eur_per_t:,.2f}",
        payable=f"{charge.payable_tco2e_per_t:,.4f}",
        price="–" if charge.price_eur_per_tco2e is None else f"{charge.price_eur_per_tco2e:,.2f}",
    )


def _notes(answer: CarbonAnswer) -> list[Text]:
    taken = [_filled("default", one) for one in answer.charge.defaults_taken]
    fees = [
        words("carbon")["origin_fee"].format(
            rate=f"{one.rate_per_tco2e:g}", share=f"{one.paying_share:g}", fee=f"{one.fee_per_t:,.0f}"
        )
        for one in answer.paid_at_origin
    ]
    others = [
        words("carbon")["contradicted"].format(value=one.value, source=one.source, confidence=one.confidence)
        for one in answer.charge.other_prices
    ]
    return [*taken, *fees, *others]


def _filled(key: str, what: Text, **values: object) -> Text:
    """A sentence with a two-language statement put in its ``{what}``."""
    said = words("carbon")[key]
    return Text(said.en.format(what=what.en, **values), said.zh.format(what=what.zh, **values))


def _needed(value: T | None, option: str, example: str) -> T:
    if value is None:
        raise InputRejected(
            Text("{option} is needed here.", "此處需要 {option}。").format(option=option),
            expected=f"{option} {example}",
        )
    return value
