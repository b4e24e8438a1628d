"""From the cells of a row to a typed shipment: its price found, its rates dated, its defaults listed."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from tomnext.facts.kinds.border_tax import Member
from tomnext.facts.load import Facts, load_facts
from tomnext.landed_cost.basis import LATEST_BACK, price_of_period
from tomnext.landed_cost.shipment import Carriage, Price, Shipment, Terms
from tomnext.landed_cost.statement import Rate
from tomnext.observations.catalogue import series_named
from tomnext.observations.reading import Observations
from tomnext.studies.duty import country
from tomnext.studies.shipment_cells import Cells, as_day
from tomnext.studies.sources import observed
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.units import price_factor
from tomnext.vocabulary.words import Text

EXCHANGE_RATES = {"eur": ("fx.eurusd", False), "twd": ("fx.usdtwd", True), "cny": ("fx.usdcny", True)}
"""The series that holds a currency, and whether it counts units per dollar."""

_STATED = "stated in the file · 檔案所載"

_NUMBERS_OF_WAY = (
    "origin_charges_per_t", "freight_per_t", "freight_in_price_per_t", "insurance_pct", "insurance_in_price_per_t",
    "transit_days", "rent_per_t_day",
)  # fmt: skip


class ReadOnce:
    """A source that asks its own source for each reading once: many rows of a file ask for the same prices."""

    def __init__(self, source: Observations) -> None:
        self._source = source
        self._known: dict[tuple[object, ...], list[dict[str, Any]]] = {}

    def rows(
        self, series: str, as_of: date | None, start: date | None = None, end: date | None = None
    ) -> list[dict[str, Any]]:
        """The readings of one series as rows in day order, values missing left out."""
        key = (series, as_of, start, end)
        if key not in self._known:
            found = self._source.read([series], as_of=as_of, start=start, end=end)
            self._known[key] = found.drop_nulls("value").to_dicts()
        return self._known[key]


def shipment_of(cells: Cells, on: date, known_on: date | None, source: ReadOnce, facts: Facts) -> Shipment:
    """One row as a shipment on a day; every default it took is listed in it."""
    defaults: list[Text] = []
    metal = Metal.named(cells.text("metal")).value if cells.has("metal") else None
    price = _price(cells, metal, on, known_on, source, defaults)
    currency = cells.text("freight_currency", price.currency).casefold()
    own = None if facts is load_facts() else facts
    destination = country(cells.text("destination"), own)
    return Shipment(
        name=cells.text("name", cells.text("code")),
        code=cells.text("code"),
        origin=country(cells.text("origin"), own),
        destination=destination,
        territory=territory_of(destination, facts),
        on=on,
        known_on=known_on,
        currency=cells.text("currency", "usd").casefold(),
        mass_t=_mass(cells),
        metal=metal,
        form=cells.maybe("form"),
        use_form=cells.maybe("use_form"),
        price=price,
        carriage=Carriage(
            incoterm=cells.text("incoterm"),
            currency=currency,
            **{key: cells.number(key) for key in _NUMBERS_OF_WAY},
            storage_days=cells.amount("storage_days", 0.0),
            by_sea=cells.flag("by_sea", True),
        ),
        terms=_terms(cells, destination, defaults),
        defaults=tuple(defaults),
    )


def territory_of(destination: str, facts: Facts) -> str:
    """The customs territory of a country; InputRejected names those whose rules are carried."""
    members = facts.table("tax/members", Member)
    for member in members:
        if member.country == destination:
            return member.territory
    raise InputRejected(
        Text("The import rules of this country are not carried.", "未收錄該國的進口規定。"),
        received=destination,
        expected=", ".join(sorted({member.country for member in members})),
    )


def rates_on(
    stated: Mapping[str, Any], on: date, known_on: date | None, source: ReadOnce
) -> tuple[list[Rate], list[Text]]:
    """The dated exchange rates for a day: the file's own, else the market's, not older than a week."""
    rates, defaults = [], []
    for currency, raw in stated.items():
        rate = _stated_rate(currency.casefold(), raw, on)
        rates.append(rate)
        if abs((rate.observed_on - on).days) > LATEST_BACK.days:
            defaults.append(
                Text("the rate of {c} is of {d}", "{c} 匯率日期為 {d}").format(c=currency.upper(), d=rate.observed_on)
            )
    have = {rate.currency for rate in rates}
    for currency, (series, inverse) in EXCHANGE_RATES.items():
        found = None if currency in have else _market_rate(currency, series, inverse, on, known_on, source)
        if found is not None:
            rates.append(found)
    return rates, defaults


def _stated_rate(currency: str, raw: Any, on: date) -> Rate:
    several = raw if isinstance(raw, list) else [raw]
    try:
        dated = sorted((as_day(one["on"], f"fx {currency} on"), float(one["usd_per_unit"])) for one in several)
    except (KeyError, TypeError, ValueError):
        raise InputRejected(
            Text("The exchange rate of {c} cannot be read.", "{c} 的匯率無法判讀。").format(c=currency.upper()),
            received=raw,
            expected="{usd_per_unit = 1.17, on = 2026-09-15}",
        ) from None
    day, value = next((one for one in reversed(dated) if one[0] <= on), dated[0])
    if value <= 0:
        raise InputRejected(
            Text("An exchange rate must be above zero.", "匯率必須大於零。"), received=f"{currency} {value}"
        )
    return Rate(currency, value, day, Nature.ASSUMED, _STATED)


def _market_rate(
    currency: str, series: str, inverse: bool, on: date, known_on: date | None, source: ReadOnce
) -> Rate | None:
    rows = source.rows(series, known_on, on - LATEST_BACK, on)
    if not rows:
        return None
    last = rows[-1]
    value = 1.0 / last["value"] if inverse else last["value"]
    return Rate(currency, value, last["observed_on"], Nature(last["nature"]), last["source"])


def _price(
    cells: Cells, metal: str | None, on: date, known_on: date | None, source: ReadOnce, defaults: list[Text]
) -> Price:
    extras = (cells.amount("premium_per_t", 0.0), cells.amount("fabrication_per_t", 0.0))
    stated = cells.number("price_per_t")
    if stated is not None:
        currency = cells.text("price_currency", "usd").casefold()
        evidence = Evidence("user/price_per_t", stated, f"{currency}_per_t", Nature.ASSUMED, _STATED)
        return Price(currency, stated, *extras, evidence)
    if not cells.has("price_basis") and metal is None:
        raise InputRejected(
            Text("There is neither a price nor a metal to find one for.", "既無單價，也無金屬可查價。"),
            expected="price_per_t, price_basis, metal",
        )
    series = cells.text("price_basis", f"worldbank.{metal}.price")
    quotation = cells.text("quotation", "M")
    if not cells.has("price_basis"):
        defaults.append(Text("price basis {s}", "價格基準 {s}").format(s=series))
    if not cells.has("quotation"):
        defaults.append(Text("quotational period M, the month of entry", "計價期間 M（進口當月）"))
    row = series_named(series)
    readings = source.rows(series, known_on)
    points = [(one["observed_on"], one["value"]) for one in readings]
    try:
        quoted = price_of_period(points, quotation, on)
    except ObservationMissing:
        if cells.has("price_basis") or cells.has("quotation"):
            raise
        quotation, quoted = "last", price_of_period(points, "last", on)
        defaults.append(
            Text(
                "that month has no price yet: the last known, of {d}, stands in (L55)",
                "該月尚無價格：以最近已知之 {d} 價格代替（L55）",
            ).format(d=quoted.last)
        )
    currency = row.unit.partition("_per_")[0].replace("usc", "usd")
    per_t = quoted.value * price_factor(row.unit, f"{currency}_per_t")
    last = next(one for one in reversed(readings) if one["observed_on"] <= quoted.last)
    base = observed(last, row.unit)
    nature = Nature.ASSUMED if quotation == "last" else base.nature
    evidence = Evidence(
        series, quoted.value, row.unit, nature, f"{base.source}; {quotation}, mean of {quoted.days}",
        valid_from=quoted.first, valid_to=quoted.last, known_at=base.known_at,
    )  # fmt: skip
    return Price(currency, per_t, *extras, evidence)


def _terms(cells: Cells, destination: str, defaults: list[Text]) -> Terms:
    if destination != "US" and not cells.has("vat_recoverable"):
        defaults.append(Text("the importer recovers input VAT", "進口人可扣抵進項稅額"))
    if not cells.has("by_sea"):
        defaults.append(Text("the goods come by sea", "以海運進口"))
    return Terms(
        finance_pct=cells.number("finance_pct"),
        vat_pct=cells.number("vat_pct"),
        vat_recoverable=cells.flag("vat_recoverable", True),
        vat_refund_days=cells.number("vat_refund_days"),
        fee_free=cells.flag("fee_free", False),
        zone=cells.maybe("zone"),
        zone_case=cells.text("zone_case", "domestic"),
        zone_admitted_on=cells.day("zone_admitted_on"),
        drawback=cells.flag("drawback", False),
    )


def _mass(cells: Cells) -> float:
    mass = cells.number("mass_t")
    if mass is None:
        raise InputRejected(Text("mass_t is missing.", "缺少 mass_t（公噸數）。"), expected="mass_t = 20")
    return mass
