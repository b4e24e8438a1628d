"""The company sheet: what a purchasing manager fills in, with every heading in both languages.

One class a table of ``company.toml`` and a sheet of the workbook. A field without default must be filled. A field
with a default says why it stands there; every default that was used is listed with the result.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from tomnext.facts.kinds.base import Record
from tomnext.studies.amounts import Price, charge, mass_t, mass_t_per_month, price, refuse
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text


def _metal(raw: object) -> Metal:
    """A metal may be written in either language."""
    try:
        return Metal.named(str(raw))
    except InputRejected as error:
        near = ", ".join(error.nearest)
        hint = Text(f"; nearest: {near}", f"；最接近：{near}") if near else Text("", "")
        raise refuse(
            f"“{raw}” is not one of the ten metals: {', '.join(Metal)}{hint.en}",
            f"「{raw}」不在十種金屬之列：{'、'.join(one.title.zh for one in Metal)}{hint.zh}",
        ) from None


def _names(raw: object) -> object:
    """Several names separated by commas, or a list."""
    return tuple(part.strip() for part in raw.replace("、", ",").split(",")) if isinstance(raw, str) else raw


Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
NamedMetal = Annotated[Metal, BeforeValidator(_metal)]
Mass = Annotated[float, BeforeValidator(mass_t)]
MassPerMonth = Annotated[float, BeforeValidator(mass_t_per_month)]
Money = Annotated[Price, BeforeValidator(price)]
Charge = Annotated[Price, BeforeValidator(charge)]
ZERO = Price(0.0, "USD")
FIRST_YEAR, LAST_YEAR = 2000, 2100


def _uses(raw: object) -> object:
    return tuple(raw) if isinstance(raw, list) else (raw,)


def _customs_code(raw: object) -> str:
    """The digits of a customs code; dots and spaces are how people group them."""
    digits = str(raw).replace(".", "").replace(" ", "")
    is_code = digits.isascii() and digits.isdigit() and len(digits) in (4, 6, 8, 10) and 1 <= int(digits[:2]) <= 97
    if not is_code:
        raise refuse(
            f"“{raw}” is not a customs code: 4, 6, 8 or 10 digits of chapters 01 to 97, as in 7106.91 or 7403.11.00",
            f"「{raw}」不是稅則號別：應為第 01 至 97 章的 4、6、8 或 10 位數字，例如 7106.91 或 7403.11.00",
        )
    return str(raw).strip()


def asked(en: str, zh: str, default: Any = ..., why: tuple[str, str] = ("", ""), **rules: Any) -> Any:
    """A field with its heading in both languages and, when it has a default, why that one."""
    extra: dict[str, Any] = {"en": en, "zh": zh, "why_en": why[0], "why_zh": why[1]}
    return Field(default, json_schema_extra=extra, **rules)


def assumption(number: int) -> tuple[str, str]:
    """Points to a numbered row of docs/explanation/assumptions.md."""
    return f"assumption Q{number}", f"假設 Q{number}"


SHARE: dict[str, Any] = {"ge": 0, "le": 1}
PERCENT: dict[str, Any] = {"ge": 0, "le": 100}
NONE = ("nothing was stated", "未填寫")


class CompanyTable(Record):
    """Who plans, from when, for how long."""

    name: str = asked("Company", "公司名稱", min_length=1)
    months: int = asked("Months to plan", "規劃月數", 12, ("a year", "一年"), ge=3, le=24)
    start: date | None = asked("First month", "起始月份", None, ("the month of the data", "資料所在月份"))
    imports_to: str = asked("Country where metal is landed", "進口國", "TW", ("Taiwan", "臺灣"))

    @field_validator("start", mode="before")
    @classmethod
    def _month(cls, raw: object) -> object:
        """A month may be written 2026-06."""
        return f"{raw}-01" if isinstance(raw, str) and len(raw.strip()) == 7 else raw

    @field_validator("start")
    @classmethod
    def _in_our_time(cls, start: date | None) -> date | None:
        """A year that anybody plans for."""
        if start is not None and not FIRST_YEAR <= start.year <= LAST_YEAR:
            raise refuse(
                f"“{start.isoformat()}” is no month to plan from: years {FIRST_YEAR} to {LAST_YEAR}",
                f"「{start.isoformat()}」無法作為規劃起始月份：應在 {FIRST_YEAR} 至 {LAST_YEAR} 年",
            )
        return start


class MoneyTable(Record):
    """What money costs and how much the worst cases count."""

    finance_rate_pct: float = asked("Cost of money, % a year", "資金成本（年 %）", ge=0, le=60)
    worst_case_weight: float = asked(
        "Weight of the worst 5 % of futures, 0–1", "最壞 5% 情況的權重（0–1）", 0.1,
        ("middle of the frontier shown; assumption Q2", "效率前緣的中段；假設 Q2"), **SHARE,
    )  # fmt: skip
    rates: dict[str, float] = asked(
        "Units of a currency for one US dollar", "一美元兌換各幣別", {}, ("only US dollars were used", "僅使用美元")
    )


class MetalTable(Record):
    """What the line eats of one form, how sure that is, what standing still costs."""

    metal: NamedMetal = asked("Metal", "金屬")
    form: str = asked("Form the line eats", "產線使用的型態", min_length=1)
    use_per_month: Annotated[tuple[MassPerMonth, ...], BeforeValidator(_uses)] = asked(
        "Use a month (one figure, or one a month)", "每月用量（一個數字，或逐月）"
    )
    use_uncertainty_pct: float = asked(
        "How unsure is a month's use, ± % (one standard deviation)", "每月用量不確定性 ±%（一個標準差）", 10.0,
        assumption(3), ge=0, le=50,
    )  # fmt: skip
    stopped_line_cost: Charge = asked(
        "What a missing tonne costs in lost production, on top of the metal's own price",
        "缺料的停產損失（金屬本身價值之外）",
    )
    promise_days: float | None = asked(
        "Days of use that must always be in stock", "承諾的最低庫存天數", None, NONE, ge=0, le=720
    )
    fill_share: float | None = asked(
        "Share of use that must be served, 0–1", "承諾的供料率（0–1）", None, NONE, **SHARE
    )

    @field_validator("use_per_month")
    @classmethod
    def _some_use(cls, uses: tuple[float, ...]) -> tuple[float, ...]:
        """Use is never below zero, and above it in some month."""
        if min(uses, default=0.0) < 0:
            raise refuse("use is below zero", "用量小於零")
        if max(uses, default=0.0) == 0:
            raise refuse("nothing is used in any month; leave the metal out", "各月皆無用量，請刪除此金屬")
        return uses


class StockTable(Record):
    """What is held today."""

    form: str = asked("Form", "型態", min_length=1)
    metal: NamedMetal = asked("Metal", "金屬")
    on_hand: Mass = asked("On hand", "現有庫存", ge=0)
    lease_pct: float = asked(
        "Lease income, % a year", "租借收入（年 %）", 0.0, ("metal is not lent", "未出借"), ge=0, le=60
    )


class TransitTable(Record):
    """Metal bought before and still on its way."""

    lane: str = asked("Lane", "供應路線", min_length=1)
    amount: Mass = asked("Amount", "數量", gt=0)
    arrives_in_months: int = asked("Arrives in months", "幾個月後到貨", ge=1, le=12)


class LaneTable(Record):
    """A supplier and its route."""

    name: str = asked("Lane (supplier and route)", "供應路線（供應商與路徑）", min_length=1)
    form: str = asked("Form delivered", "交貨型態", min_length=1)
    origin: str = asked("Country of origin", "原產國", min_length=2)
    hs_code: Annotated[str, BeforeValidator(_customs_code)] = asked("Customs code (HS, HTS or CN)", "稅則號別")
    premium: Money = asked("Premium over the exchange price", "升水（高於交易所價格）")
    capacity_per_month: MassPerMonth = asked("Most they deliver a month", "每月最大供應量", gt=0)
    lead_time_days: float = asked("Lead time, days", "交期（天）", ge=0, le=365)
    lands_in: str | None = asked("Country where it is landed", "進口國", None, ("the company's", "同公司"))
    pricing: tuple[Literal["spot", "average", "fixed"], ...] = asked(
        "Pricing: spot, average (month of arrival), fixed (forward)",
        "計價：spot 現貨、average 到貨月均價、fixed 遠期固定",
        ("spot",), ("priced when ordered", "下單時計價"), min_length=1,
    )  # fmt: skip
    fixed_months: int = asked(
        "Fixed price: months ahead of the lead time", "固定價：交期之外再提前幾個月", 2, assumption(4),
        ge=1, le=6,
    )  # fmt: skip
    fixed_surcharge: Charge = asked("Fixed price: surcharge", "固定價加價", ZERO, NONE)
    minimum_order: Mass = asked("Minimum order", "最小訂購量", 0.0, NONE, ge=0)
    late_share: float = asked(
        "Share of deliveries a month late, 0–1", "延遲一個月的交貨比例（0–1）", 0.1, assumption(5), ge=0, le=0.9
    )  # fmt: skip
    freight: Charge = asked("Freight and insurance", "運費與保險", ZERO, NONE)
    duty_pct: float | None = asked(
        "Duty, % of value", "關稅（從價 %）", None,
        ("looked up by code, origin and day", "依稅則號別、原產國與日期查得"), ge=0, le=300
    )  # fmt: skip
    carbon_cost: Charge | None = asked(
        "Carbon cost", "碳成本", None, ("CBAM where it applies, else none", "適用 CBAM 時計入，否則為零")
    )
    closed_chance_pct: float = asked("Chance of closing, % a year", "中斷機率（年 %）", 3.0, assumption(6), **PERCENT)
    closed_months: float = asked("Stays closed, months", "中斷持續月數", 3.0, assumption(6), ge=1, le=36)
    slowed_chance_pct: float = asked("Chance of slowing, % a year", "放緩機率（年 %）", 10.0, assumption(6), **PERCENT)
    slowed_months: float = asked("Stays slow, months", "放緩持續月數", 2.0, assumption(6), ge=1, le=36)
    slowed_flow_share: float = asked(
        "Share that still flows when slow, 0–1",
        "放緩時仍可到貨比例（0–1）",
        0.5,
        assumption(6),
        **SHARE,
    )
    squeeze_breaks_times: float = asked(
        "Squeeze: chances of breaking times", "擠倉時中斷機率倍數", 3.0, assumption(7), ge=1, le=20
    )
    squeeze_premium_times: float = asked("Squeeze: premium times", "擠倉時升水倍數", 2.0, assumption(7), ge=1, le=50)
    squeeze_capacity_share: float = asked(
        "Squeeze: share of capacity left, 0–1",
        "擠倉時剩餘供應比例（0–1）",
        0.6,
        assumption(7),
        **SHARE,
    )

    @field_validator("pricing", mode="before")
    @classmethod
    def _listed(cls, raw: object) -> object:
        """One word, several separated by commas or spaces, or a list."""
        return tuple(str(raw).replace(",", " ").replace("、", " ").split()) if isinstance(raw, str) else raw


class ConversionTable(Record):
    """Turning one form into another."""

    source: str = asked("From form", "原型態", min_length=1)
    target: str = asked("To form", "轉換後型態", min_length=1)
    cost: Charge = asked("Cost, for what is put in", "加工費（以投入量計）")
    yield_share: float = asked("Share that comes out, 0–1", "產出率（0–1）", gt=0, le=1)
    days: float = asked("Days it takes", "加工天數", ge=0, le=180)
    capacity_per_month: MassPerMonth = asked("Most a month", "每月最大加工量", gt=0)


class StoreTable(Record):
    """Where metal stands and what that costs."""

    name: str = asked("Store", "倉儲", min_length=1)
    forms: Names = asked("Forms kept there", "存放型態", min_length=1)
    limit: Mass = asked("Room", "容量", ge=0)
    cost_per_month: Charge = asked("Storage and insurance a month", "倉儲與保險費（每月）")
    outside_cost_per_month: Charge | None = asked(
        "Storage outside a month, above the room",
        "超出容量的外倉費（每月）",
        None,
        ("three times the own", "自有倉儲的三倍"),
    )


class HedgeTable(Record):
    """Futures against purchases."""

    metal: NamedMetal = asked("Metal", "金屬")
    max_share: float = asked(
        "Most that may be hedged, share of the next months' use (0–1)", "避險上限（占未來用量比例，0–1）", **SHARE
    )
    months_ahead: int = asked("Months of use counted", "計入的未來月數", 6, assumption(8), ge=1, le=24)
    position: Mass = asked("Position today", "目前避險部位", 0.0, NONE, ge=0)
    margin_pct: float = asked("Margin, % of value", "保證金（占市值 %）", 10.0, assumption(8), **PERCENT)
    trade_cost: Charge = asked("Trading cost, each way", "單邊交易成本", ZERO, NONE)
    roll_cost_per_month: Money = asked("Roll cost a month", "每月轉倉成本", ZERO, NONE)


class LimitTable(Record):
    """A limit of one's own: the named lanes together, a month."""

    name: str = asked("Limit", "限制", min_length=1)
    lanes: Names = asked("Lanes", "供應路線", min_length=1)
    most_per_month: MassPerMonth = asked("Most a month", "每月上限", ge=0)


class CrisisTable(Record):
    """Something that hits several lanes at once."""

    name: str = asked("Crisis", "危機", min_length=1)
    lanes: Names = asked("Lanes hit", "受影響路線", min_length=1)
    flow_share: float = asked("Share that still flows, 0–1", "仍可到貨比例（0–1）", **SHARE)
    chance_pct: float = asked("Chance, % a year", "機率（年 %）", **PERCENT)
    months: float = asked("Months it lasts", "持續月數", ge=1, le=36)
    squeeze_breaks_times: float = asked("Squeeze: chance times", "擠倉時機率倍數", 1.0, NONE, ge=1, le=20)


class MeasureTable(Record):
    """A tariff or charge that is proposed, asked about as a scenario."""

    name: str = asked("Proposed measure", "擬議措施", min_length=1)
    lanes: Names = asked("Lanes it would hit", "受影響路線", min_length=1)
    duty_pct: float = asked("Duty added, % of value", "增加的關稅（從價 %）", ge=0, le=300)
    first_month: int = asked(
        "From which month of the plan (0 is now)", "自第幾個月起（0 為現在）", 0, ("at once", "立即"), ge=0, le=24
    )


class RuleTable(Record):
    """How metal is bought today."""

    kind: Literal["just_in_time", "days_of_cover", "reorder_and_fill"] = asked(
        "Present rule", "目前的採購規則", "just_in_time", ("nothing was stated", "未填寫")
    )
    days: float = asked("Days of stock on top of the wait", "交期之外的庫存天數", 7.0, assumption(9), ge=0, le=720)
    fill_days: float = asked("Fill up to days", "補至天數", 60.0, assumption(9), ge=0, le=720)
    hedge_share: float = asked("Share of the hedge limit in use, 0–1", "避險上限使用比例（0–1）", 0.0, NONE, **SHARE)


class CompanySheet(Record):
    """The whole sheet."""

    company: CompanyTable = asked("Company", "公司")
    money: MoneyTable = asked("Money", "資金")
    metal: tuple[MetalTable, ...] = asked("Metals used", "使用金屬", min_length=1)
    lane: tuple[LaneTable, ...] = asked("Lanes", "供應路線", min_length=1)
    store: tuple[StoreTable, ...] = asked("Stores", "倉儲", min_length=1)
    stock: tuple[StockTable, ...] = asked("Stock held", "現有庫存", (), NONE)
    transit: tuple[TransitTable, ...] = asked("On its way", "在途", (), NONE)
    conversion: tuple[ConversionTable, ...] = asked("Conversions", "型態轉換", (), NONE)
    hedge: tuple[HedgeTable, ...] = asked("Hedge", "避險", (), NONE)
    limit: tuple[LimitTable, ...] = asked("Own limits", "自訂限制", (), NONE)
    crisis: tuple[CrisisTable, ...] = asked("Crises of several lanes", "多路線危機", (), NONE)
    measure: tuple[MeasureTable, ...] = asked("Proposed measures", "擬議措施", (), NONE)
    rule: RuleTable = asked("Present rule", "目前規則", RuleTable(), NONE)
