"""What one table of the company sheet says about another: names that must meet, currencies, forms, stores."""

from collections.abc import Iterable, Iterator

from tomnext.studies.amounts import Price
from tomnext.studies.company_sheet import CompanySheet
from tomnext.studies.duty import country
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

DOLLAR = "USD"
CODE_LENGTH = 3


def problems_across(sheet: CompanySheet) -> list[Text]:
    """Everything that does not fit together, each with its place; empty when all is well."""
    return [*_currencies(sheet), *_names(sheet), *_forms(sheet), *_lanes_named(sheet), *_stores(sheet), *_hedges(sheet),
            *_orders(sheet), *_countries(sheet)]  # fmt: skip


def metal_of_forms(sheet: CompanySheet) -> dict[str, Metal]:
    """The metal of every form that can reach the line, by name; conversions carry it from target to source."""
    metals = {one.form: one.metal for one in sheet.metal}
    for _ in sheet.conversion:
        metals |= {one.source: metals[one.target] for one in sheet.conversion if one.target in metals}
    return metals


def prices_in(sheet: CompanySheet) -> Iterator[tuple[str, Price]]:
    """Every amount of money in the sheet with its place."""
    for key in ("metal", "lane", "conversion", "store", "hedge"):
        for number, row in enumerate(getattr(sheet, key), start=1):
            for field in type(row).model_fields:
                value = getattr(row, field)
                if isinstance(value, Price):
                    named = getattr(row, "name", None) or getattr(row, "form", None)
                    yield f"{key}[{number}]{f' “{named}”' if named else ''}.{field}", value


def _currencies(sheet: CompanySheet) -> Iterator[Text]:
    for place, value in prices_in(sheet):
        if value.currency != DOLLAR and value.currency not in sheet.money.rates:
            yield Text(
                f"{place}: {value.currency} has no rate; add it to money.rates as {value.currency} for one US dollar",
                f"{place}：{value.currency} 沒有匯率，請在 money.rates 填入一美元兌多少 {value.currency}",
            )
    for code, rate in sheet.money.rates.items():
        if rate <= 0:
            yield Text(f"money.rates.{code} must be more than 0", f"money.rates.{code} 須大於 0")
        if code == DOLLAR and rate != 1:
            yield Text(
                f"money.rates.{DOLLAR} is always 1: a rate is how much of a currency one US dollar buys",
                f"money.rates.{DOLLAR} 恆為 1：匯率為一美元可兌換的各幣別數額",
            )
        if not (len(code) == CODE_LENGTH and code.isascii() and code.isalpha() and code.isupper()):
            yield Text(
                f"money.rates.{code} is not a currency code (ISO 4217, as in TWD, EUR)",
                f"money.rates.{code} 不是幣別代碼（ISO 4217，例如 TWD、EUR）",
            )


def _names(sheet: CompanySheet) -> Iterator[Text]:
    for key in ("lane", "store", "limit", "crisis"):
        names = [row.name for row in getattr(sheet, key)]
        for name in sorted({one for one in names if names.count(one) > 1}):
            yield Text(f"{key}: the name “{name}” stands twice", f"{key}：名稱「{name}」重複")
    uses = [row.form for row in sheet.metal]
    for form in sorted({one for one in uses if uses.count(one) > 1}):
        yield Text(f"metal: the form “{form}” stands twice", f"metal：型態「{form}」重複")
    for number, row in enumerate(sheet.metal, start=1):
        if len(row.use_per_month) not in (1, sheet.company.months):
            yield Text(
                f"metal[{number}].use_per_month has {len(row.use_per_month)} figures; one, or {sheet.company.months}",
                f"metal[{number}].use_per_month 有 {len(row.use_per_month)} 個，應為 1 或 {sheet.company.months} 個",
            )


def _forms(sheet: CompanySheet) -> Iterator[Text]:
    metals = metal_of_forms(sheet)
    for number, lane in enumerate(sheet.lane, start=1):
        if lane.form not in metals:
            yield Text(
                f"lane[{number}] “{lane.name}”: nothing turns “{lane.form}” into what the line eats; "
                f"forms that reach it: {', '.join(metals)}",
                f"lane[{number}]「{lane.name}」：「{lane.form}」無法轉為產線使用的型態；可用型態：{'、'.join(metals)}",
            )
    for number, stock in enumerate(sheet.stock, start=1):
        if metals.get(stock.form) is not stock.metal:
            yield Text(
                f"stock[{number}]: “{stock.form}” of {stock.metal} reaches no line; forms: {', '.join(metals)}",
                f"stock[{number}]：{stock.metal.title.zh}的「{stock.form}」無法供應產線；可用型態：{'、'.join(metals)}",
            )
    delivered = {lane.form for lane in sheet.lane}
    for row in sheet.metal:
        sources = {row.form, *(one.source for one in sheet.conversion if one.target == row.form)}
        if not sources & delivered:
            yield Text(
                f"metal “{row.form}”: no lane delivers it, nor a form that turns into it",
                f"metal「{row.form}」：沒有路線供應此型態，也沒有可轉換成它的型態",
            )


def _lanes_named(sheet: CompanySheet) -> Iterator[Text]:
    known = [lane.name for lane in sheet.lane]
    asked: list[tuple[str, Iterable[str]]] = [
        *((f"transit[{n}]", (row.lane,)) for n, row in enumerate(sheet.transit, start=1)),
        *((f"limit[{n}]", row.lanes) for n, row in enumerate(sheet.limit, start=1)),
        *((f"crisis[{n}]", row.lanes) for n, row in enumerate(sheet.crisis, start=1)),
        *((f"measure[{n}]", row.lanes) for n, row in enumerate(sheet.measure, start=1)),
    ]
    for place, names in asked:
        for name in names:
            if name not in known:
                yield Text(
                    f"{place}: there is no lane “{name}”; lanes: {', '.join(known)}",
                    f"{place}：沒有路線「{name}」；路線：{'、'.join(known)}",
                )


def _stores(sheet: CompanySheet) -> Iterator[Text]:
    for form in metal_of_forms(sheet):
        held = [store.name for store in sheet.store if form in store.forms]
        if len(held) != 1:
            yield Text(
                f"store: “{form}” must stand in exactly one store (found in {len(held)})",
                f"store：「{form}」須存放於恰好一個倉儲（目前 {len(held)} 個）",
            )


def _hedges(sheet: CompanySheet) -> Iterator[Text]:
    used = {row.metal for row in sheet.metal}
    for number, hedge in enumerate(sheet.hedge, start=1):
        if hedge.metal not in used:
            yield Text(
                f"hedge[{number}]: {hedge.metal} is not used by the line",
                f"hedge[{number}]：產線未使用{hedge.metal.title.zh}",
            )
    metals = [hedge.metal for hedge in sheet.hedge]
    for metal in sorted({one for one in metals if metals.count(one) > 1}):
        yield Text(f"hedge: {metal} stands twice", f"hedge：{metal.title.zh}重複")


def _orders(sheet: CompanySheet) -> Iterator[Text]:
    """What could never be ordered, charged or made as it is written."""
    last = sheet.company.months - 1
    for number, lane in enumerate(sheet.lane, start=1):
        place = f"lane[{number}] “{lane.name}”"
        if lane.minimum_order > lane.capacity_per_month:
            least, most = f"{lane.minimum_order:g}", f"{lane.capacity_per_month:g}"
            yield Text(
                f"{place}: the minimum order ({least} t) is above what is delivered a month ({most} t)",
                f"{place}：最小訂購量（{least} 公噸）高於每月最大供應量（{most} 公噸）",
            )
        for pricing in sorted({one for one in lane.pricing if lane.pricing.count(one) > 1}):
            yield Text(f"{place}.pricing: “{pricing}” stands twice", f"{place}.pricing：「{pricing}」重複")
    for number, row in enumerate(sheet.measure, start=1):
        if row.first_month > last:
            yield Text(
                f"measure[{number}] “{row.name}”: first_month {row.first_month} is behind the last month ({last})",
                f"measure[{number}]「{row.name}」：first_month {row.first_month} 在最後一個月（{last}）之後",
            )
    pairs = [(one.source, one.target) for one in sheet.conversion]
    for source, target in sorted({one for one in pairs if pairs.count(one) > 1 or one[0] == one[1]}):
        yield Text(
            f"conversion: “{source}” to “{target}” stands twice or turns nothing",
            f"conversion：「{source}」至「{target}」重複或未轉換",
        )


def _countries(sheet: CompanySheet) -> Iterator[Text]:
    asked = [("company.imports_to", sheet.company.imports_to)]
    for number, lane in enumerate(sheet.lane, start=1):
        asked.append((f"lane[{number}] “{lane.name}”.origin", lane.origin))
        asked += [(f"lane[{number}] “{lane.name}”.lands_in", lane.lands_in)] if lane.lands_in is not None else []
    for place, name in asked:
        try:
            country(name)
        except InputRejected as error:
            near = ", ".join(error.nearest)
            hint = Text(f"; nearest: {near}", f"；最接近：{near}") if near else Text("", "")
            yield Text(
                f"{place}: “{name}” is no country (ISO code as in TW, JP, US, or a name){hint.en}",
                f"{place}：「{name}」不是國家（ISO 代碼如 TW、JP、US，或國名）{hint.zh}",
            )
