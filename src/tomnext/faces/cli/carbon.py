"""``tomnext carbon``: what CBAM adds to a tonne of a good from an origin on a day."""

from datetime import date
from typing import Annotated

import typer

from tomnext.faces.cli.options import DayOption, FormatOption, KnownOption, LanguageOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.carbon import CarbonAnswer, CarbonQuestion, carbon_on
from tomnext.vocabulary.words import Text


def run(
    cn_code: Annotated[str, typer.Argument(help="CN code, 4 to 10 digits · CN 貨品碼")],
    origin: Annotated[str, typer.Option("--origin", help="Country of origin, ISO code · 原產國代碼")],
    on: DayOption = None,
    known_on: KnownOption = None,
    route: Annotated[str | None, typer.Option("--route", help="primary, secondary, C, D, E … · 生產路線")] = None,
    emissions: Annotated[float | None, typer.Option("--emissions", help="Verified t CO2e per t · 查證排放量")] = None,
    default_value: Annotated[
        float | None, typer.Option("--default-value", help="Published base default value · 公告基礎預設值")
    ] = None,
    carbon_price: Annotated[
        float | None, typer.Option("--carbon-price", help="EUR per t CO2e instead of the published · 自訂碳價")
    ] = None,
    paid_abroad: Annotated[
        float, typer.Option("--paid-abroad", help="Carbon price paid at origin, EUR per t of product · 原產地已付碳價")
    ] = 0.0,
    year_mass: Annotated[
        float | None, typer.Option("--year-mass", help="All CBAM tonnes of the importer this year · 進口人全年公噸數")
    ] = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Certificates owed, price and cost per tonne, each step with its source · 應繳憑證、價格與每公噸成本，附出處"""
    question = CarbonQuestion(
        cn_code,
        origin,
        on or date.today(),
        known_on,
        route,
        emissions,
        default_value,
        carbon_price,
        paid_abroad,
        year_mass,
    )
    answer = carbon_on(question)
    record = answer.record(lang)
    lines: list[dict[str, object]] = record["lines"]  # type: ignore[assignment]
    said = words("carbon")
    columns = [
        Column("label", said["step"]),
        Column("value", said["figure"], 4),
        Column("unit", said["unit"]),
        Column("nature", said["nature"]),
        Column("source", said["source"]),
    ]
    show(record, fmt, lang, columns if lines else [], lines, _headline(answer), _notes(answer))


def _headline(answer: CarbonAnswer) -> Text:
    charge = answer.charge
    said = words("carbon")
    if not charge.scope.in_scope:
        return _filled("not_in_scope", charge.scope.why, code=charge.cn_code)
    return said["cost"].format(
        code=charge.cn_code,
        origin=charge.origin,
        on=charge.on,
        cost=f"{charge.cost_eur_per_t:,.2f}",
        payable=f"{charge.payable_tco2e_per_t:,.4f}",
        price="–" if charge.price_eur_per_tco2e is None else f"{charge.price_eur_per_tco2e:,.2f}",
    )


def _notes(answer: CarbonAnswer) -> list[Text]:
    said = words("carbon")
    taken = [_filled("default", one) for one in answer.charge.defaults_taken]
    others = [
        said["contradicted"].format(value=one.value, source=one.source, confidence=one.confidence)
        for one in answer.charge.other_prices
    ]
    return [*taken, *others]


def _filled(key: str, what: Text, **values: object) -> Text:
    """A sentence with a two-language statement put in its ``{what}``."""
    said = words("carbon")[key]
    return Text(said.en.format(what=what.en, **values), said.zh.format(what=what.zh, **values))
