"""What a border takes besides duty: fees on the customs value, value-added tax, and what drawback gives back."""

from collections.abc import Iterable
from datetime import date

from tomnext.facts.kinds.border_tax import BorderFee, Drawback, VatRate
from tomnext.vocabulary.errors import FactMissing
from tomnext.vocabulary.words import Text


def fee_amount(fee: BorderFee, customs_value: float, by_sea: bool) -> float:
    """A fee on a customs value, both in the fee's own currency, within its least and most per entry.

    >>> fee = BorderFee(rate_pct=0.3464, currency="usd", minimum=33.58, maximum=651.5)
    >>> fee_amount(fee, 1_000, True), round(fee_amount(fee, 100_000, True), 2), fee_amount(fee, 1e6, True)
    (33.58, 346.4, 651.5)
    """
    if fee.by_sea_only and not by_sea:
        return 0.0
    amount = customs_value * fee.rate_pct / 100.0
    amount = max(amount, fee.minimum or 0.0)
    amount = amount if fee.maximum is None else min(amount, fee.maximum)
    return 0.0 if fee.waived_below is not None and amount < fee.waived_below else amount


def vat_on(country: str, on: date, rates: Iterable[VatRate]) -> VatRate:
    """The standard VAT rate (percent) of a country (ISO code) on a day; FactMissing when none is carried."""
    rates = list(rates)
    for rate in rates:
        if rate.country == country and rate.in_force_from <= on and (rate.in_force_to or on) >= on:
            return rate
    raise FactMissing(
        Text("No value-added tax of {c} is carried for {on}.", "未收錄 {c} 在 {on} 的加值稅率。").format(
            c=country, on=on
        ),
        received=country,
        expected=", ".join(sorted({rate.country for rate in rates})),
        fix=Text("State vat_pct in the shipment.", "請在該筆資料填 vat_pct。"),
    )


def drawback_for(programme: str, rows: Iterable[Drawback]) -> Drawback | None:
    """The drawback row (refund in percent) of a duty's programme path, the most particular first, or nothing."""
    fitting = [row for row in rows if programme == row.programme or programme.startswith(f"{row.programme}/")]
    return max(fitting, key=lambda row: len(row.programme), default=None)
