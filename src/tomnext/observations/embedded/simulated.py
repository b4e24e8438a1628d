"""A deterministic simulated market, daily from 2015 to May 2026, true to the World Bank's monthly averages.

Nothing here was measured except the monthly averages it passes through. The relations are the trade's: the nearby
premium grows as on-warrant stock falls below its usual level, ample stock means a contango of half to nine tenths of
finance and rent and never more, a squeeze drains warrants and swells cancellations. The parameters are assumptions O1
to O3 of the register.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl

from tomnext.facts.kinds.calendar import Holiday, closures
from tomnext.facts.load import load_facts
from tomnext.observations.embedded.daily_path import Floats, Integers, mean_reverting, path_through_months
from tomnext.observations.embedded.pink_sheet import monthly_averages
from tomnext.vocabulary.units import mass_factor

SEED = 20_260_529
SIMULATED_SOURCE = f"tomnext simulated market, seed {SEED}; cash averages to the World Bank month"
FIRST_DAY = date(2015, 1, 2)
LAST_DAY = date(2026, 5, 29)


@dataclass(frozen=True)
class _Exchange:
    """How one base metal trades: usual on-warrant stock (t), warrant lot (t), daily volatility, rent (USD/t/day).

    The rent is the lower of those held in ``lme/warehouse/rent``, so that no contango pays more than holding costs.
    """

    usual_stock_t: float
    lot_t: float
    daily_volatility: float
    rent_usd_per_t_day: float


_BASE = {
    "copper": _Exchange(140_000, 25, 0.0105, 0.46),
    "aluminium": _Exchange(700_000, 25, 0.0105, 0.50),
    "zinc": _Exchange(130_000, 25, 0.0125, 0.44),
    "lead": _Exchange(110_000, 25, 0.0110, 0.45),
    "nickel": _Exchange(120_000, 6, 0.0155, 0.54),
    "tin": _Exchange(3_600, 5, 0.0130, 0.55),
}
_PRECIOUS_VOLATILITY = {"gold": 0.0080, "silver": 0.0150, "platinum": 0.0120}
_ANCHORS: dict[str, tuple[float, ...]] = {
    "rates.us.fed_funds": (0.1, 0.3, 0.6, 1.4, 2.4, 1.6, 0.1, 0.1, 4.3, 5.3, 4.4, 3.7, 3.6),
    "rates.us.2y": (0.7, 1.0, 1.2, 1.9, 2.5, 1.5, 0.2, 0.8, 4.4, 4.3, 4.2, 3.6, 3.6),
    "rates.us.10y": (2.1, 2.2, 2.4, 2.5, 2.7, 1.9, 1.0, 1.6, 3.8, 4.0, 4.5, 4.2, 4.2),
    "rates.us.10y_real": (0.5, 0.7, 0.5, 0.5, 1.0, 0.1, -1.0, -1.0, 1.5, 1.7, 2.2, 1.9, 1.9),
    "fx.usdtwd": (31.6, 33.0, 32.3, 29.7, 30.7, 30.0, 28.1, 27.7, 30.7, 30.7, 32.8, 31.5, 31.0),
    "fx.usdcny": (6.2, 6.5, 6.9, 6.5, 6.9, 7.0, 6.5, 6.4, 6.9, 7.1, 7.3, 7.0, 6.9),
    "fx.eurusd": (1.21, 1.09, 1.05, 1.20, 1.15, 1.12, 1.22, 1.13, 1.07, 1.10, 1.04, 1.17, 1.16),
    "carbon.eua": (7.0, 8.0, 6.0, 8.0, 24.0, 24.0, 33.0, 80.0, 84.0, 77.0, 72.0, 82.0, 80.0),
}
"""Round year-beginning levels from 2015 to 2027 that the simulated rates and currencies pass near (assumption O2)."""


@cache
def simulated_market() -> pl.DataFrame:
    """All simulated series: ``observed_on`` and one column a series name, in the units of the catalogue.

    >>> market = simulated_market()
    >>> market["observed_on"][0], market["observed_on"][-1]
    (datetime.date(2015, 1, 2), datetime.date(2026, 5, 29))
    """
    generator = np.random.Generator(np.random.Philox(SEED))
    days = trading_days(FIRST_DAY, LAST_DAY)
    month_of_day = _month_numbers(days)
    columns = _money(generator, days)
    columns |= _prices(generator, month_of_day)
    for metal, exchange in _BASE.items():
        columns |= _exchange_legs(generator, metal, exchange, columns)
    columns |= _precious_legs(generator, columns)
    columns |= _shanghai_and_comex_copper(generator, days, columns)
    ordered = {name: columns[name] for name in sorted(columns)}
    market = pl.DataFrame({"observed_on": days, **ordered}, schema_overrides={"observed_on": pl.Date})
    return market.fill_nan(None)


def trading_days(first: date, last: date) -> list[date]:
    """London weekdays on which banks are open, both ends included.

    >>> date(2022, 9, 19) in trading_days(date(2022, 9, 1), date(2022, 9, 30))
    False
    """
    closed = closures(load_facts().table("holidays/london", Holiday))
    span = (first + timedelta(days=step) for step in range((last - first).days + 1))
    return [day for day in span if day.weekday() < 5 and day not in closed]


def _month_numbers(days: list[date]) -> Integers:
    return np.array([(day.year - FIRST_DAY.year) * 12 + day.month - FIRST_DAY.month for day in days])


def _money(generator: np.random.Generator, days: list[date]) -> dict[str, Floats]:
    """Rates in per cent a year, currencies as quoted, carbon in EUR/t, an index of volatility."""
    years = np.array([day.year + (day.timetuple().tm_yday - 1) / 365.25 for day in days])
    columns = {}
    for name, levels in _ANCHORS.items():
        level = np.interp(years, 2015 + np.arange(len(levels)), levels)
        noise = mean_reverting(generator.standard_normal(years.size), half_life=40)
        columns[name] = np.round(level + noise * (0.12 if name.startswith("rates") else 0.012 * level), 4)
    columns["rates.us.fed_funds"] = np.round(np.maximum(columns["rates.us.fed_funds"], 0.05), 2)
    columns["rates.us.10y_breakeven"] = np.round(columns["rates.us.10y"] - columns["rates.us.10y_real"], 2)
    fear = mean_reverting(generator.standard_normal(years.size), half_life=25)
    columns["volatility.vix"] = np.round(16.5 * np.exp(0.30 * fear), 2)
    return columns


def _prices(generator: np.random.Generator, month_of_day: Integers) -> dict[str, Floats]:
    """Cash prices whose monthly means are the World Bank's: USD/t for base metals, USD per troy ounce else."""
    months = monthly_averages().filter(pl.col("observed_on") > FIRST_DAY)
    size = month_of_day.size
    restless = np.exp(0.25 * mean_reverting(generator.standard_normal(size), half_life=30))
    industry, bullion = generator.standard_normal(size), generator.standard_normal(size)
    columns = {}
    volatilities = {metal: one.daily_volatility for metal, one in _BASE.items()} | _PRECIOUS_VOLATILITY
    for metal, volatility in volatilities.items():
        shared = 0.65 * industry + 0.15 * bullion if metal in _BASE else 0.15 * industry + 0.75 * bullion
        own = generator.standard_t(5, size) * np.sqrt(3 / 5)
        shocks = volatility * restless * (shared + np.sqrt(1 - np.square(0.75)) * own)
        name = f"lme.{metal}.price.cash" if metal in _BASE else f"lbma.{metal}.price"
        columns[name] = path_through_months(np.cumsum(shocks), month_of_day, months[metal].to_numpy())
    return columns


def _squeezes(generator: np.random.Generator, size: int) -> Floats:
    """How hard metal is squeezed each day, from 0 to about 1: three episodes of 20 days in and 60 days out."""
    pressure = np.zeros(size)
    starts = generator.integers(200, size - 200, 3)
    heights = generator.uniform(0.5, 1.0, 3)
    days = np.arange(size)
    for start, height in zip(starts, heights, strict=True):
        since = days - start
        rise, fall = np.exp(-np.square(since / 12.0)), np.exp(-since / 45.0)
        pressure = np.maximum(pressure, height * np.where(since < 0, rise, fall))
    return pressure


def _exchange_legs(
    generator: np.random.Generator, metal: str, exchange: _Exchange, columns: dict[str, Floats]
) -> dict[str, Floats]:
    """Forward prices (USD/t), warrants (t) and open interest (lots) of one base metal (assumption O1)."""
    cash = columns[f"lme.{metal}.price.cash"]
    size = cash.size
    squeeze = _squeezes(generator, size)
    ebb = mean_reverting(generator.standard_normal(size), half_life=110)
    ripple = mean_reverting(generator.standard_normal(size), half_life=4)
    scarcity = 1.9 * squeeze - 0.55 * ebb - 0.012 * ripple
    on_warrant = _in_lots(exchange.usual_stock_t * np.exp(-scarcity), exchange.lot_t)
    calling = mean_reverting(generator.standard_normal(size), half_life=35)
    share = 1.0 / (1.0 + np.exp(1.5 - 0.6 * calling - 2.6 * squeeze))
    cancelled = _in_lots(on_warrant * share / (1.0 - share), exchange.lot_t)
    noise = mean_reverting(generator.standard_normal(size), half_life=8)
    holding_a_day = cash * columns["rates.us.fed_funds"] / 100.0 / 360.0 + exchange.rent_usd_per_t_day
    contango_a_day = holding_a_day * (0.50 + 0.42 / (1.0 + np.exp(2.5 * scarcity + 0.6 * noise)))
    premium = np.minimum(0.007 * np.expm1(1.9 * np.maximum(scarcity, 0.0)), 0.12)
    forwards = {"3m": (91, 1.0), "12m": (365, 1.3), "24m": (730, 1.45)}
    legs = {
        f"lme.{metal}.price.{tenor}": np.floor(2 * (cash + contango_a_day * term - cash * premium * weight)) / 2
        for tenor, (term, weight) in forwards.items()
    }
    interest = mean_reverting(generator.standard_normal(size), half_life=60)
    lots = np.rint(exchange.usual_stock_t / exchange.lot_t * 40 * np.exp(0.12 * interest))
    return legs | {
        f"lme.{metal}.stock.on_warrant": on_warrant,
        f"lme.{metal}.stock.cancelled": cancelled,
        f"lme.{metal}.stock.total": on_warrant + cancelled,
        f"lme.{metal}.open_interest": lots,
    }


def _in_lots(tonnes: Floats, lot_t: float) -> Floats:
    return np.maximum(np.rint(tonnes / lot_t), 1.0) * lot_t


def _precious_legs(generator: np.random.Generator, columns: dict[str, Floats]) -> dict[str, Floats]:
    """COMEX and Shanghai gold and silver, lease rates (per cent a year) and depository stock (troy ounces)."""
    legs: dict[str, Floats] = {}
    size = columns["lbma.gold.price"].size
    yuan = columns["fx.usdcny"]
    money = columns["rates.us.fed_funds"]
    for metal, total_oz, at_ease in (("gold", 25e6, 0.2), ("silver", 290e6, 0.4), ("platinum", 0.0, 0.8)):
        price = columns[f"lbma.{metal}.price"]
        squeeze = _squeezes(generator, size)
        wave = mean_reverting(generator.standard_normal(size), half_life=20)
        for months, weight in ((1, 1.0), (3, 0.75), (6, 0.5), (12, 0.35)):
            lease = at_ease + 0.15 * wave + 9.0 * weight * squeeze * (0.3 if metal == "gold" else 1.0)
            legs[f"lease.{metal}.{months}m"] = np.round(lease, 4)
        if not total_oz:
            continue
        carry = 1 + (money - legs[f"lease.{metal}.1m"]) / 100 * 30 / 360
        legs[f"comex.{metal}.price.front"] = np.round(price * carry, 2 if metal == "gold" else 3)
        registered = total_oz * 0.40 * np.exp(0.3 * mean_reverting(generator.standard_normal(size), 120) - squeeze)
        eligible = total_oz * 0.60 * np.exp(0.2 * mean_reverting(generator.standard_normal(size), 150))
        legs |= _registered_and_eligible(f"comex.{metal}.stock", np.rint(registered), np.rint(eligible))
        basis = 1 + 0.006 * mean_reverting(generator.standard_normal(size), half_life=15) + 0.02 * squeeze
        if metal == "gold":
            legs["shfe.gold.price.main"] = np.round(price / mass_factor("oz", "g") * yuan * basis, 2)
        else:
            legs["shfe.silver.price.main"] = np.rint(price / mass_factor("oz", "kg") * yuan * 1.13 * basis)
            legs["shfe.silver.stock"] = np.round(1_400 * np.exp(0.4 * wave - squeeze), 3)
    return legs


def _registered_and_eligible(stem: str, registered: Floats, eligible: Floats) -> dict[str, Floats]:
    return {f"{stem}.registered": registered, f"{stem}.eligible": eligible, f"{stem}.total": registered + eligible}


def _shanghai_and_comex_copper(
    generator: np.random.Generator, days: list[date], columns: dict[str, Floats]
) -> dict[str, Floats]:
    """Copper in Shanghai (CNY/t, VAT inside) and on COMEX (USD/lb; t), with the tariff premium of 2025."""
    cash = columns["lme.copper.price.cash"]
    size = cash.size
    parity = 1 + 0.012 * mean_reverting(generator.standard_normal(size), half_life=30)
    shanghai = np.rint(cash * columns["fx.usdcny"] * 1.13 * parity / 10) * 10
    usual = 0.004 + 0.004 * mean_reverting(generator.standard_normal(size), half_life=10)
    front = columns["lme.copper.price.3m"] * (1 + usual + _tariff_premium(days)) * mass_factor("lb", "t")
    pull = np.interp([day.toordinal() for day in days], [date(2025, 2, 1).toordinal(), date(2026, 1, 31).toordinal()],
                     [0.0, 1.2])  # fmt: skip
    wave = mean_reverting(generator.standard_normal(size), half_life=120)
    registered = np.round(55_000 * np.exp(0.35 * wave + pull), 3)
    eligible = np.round(18_000 * np.exp(0.35 * wave + 2.1 * pull), 3)
    stock = 150_000 * np.exp(0.35 * mean_reverting(generator.standard_normal(size), half_life=70))
    friday = np.array([day.weekday() == 4 for day in days])
    return {
        "shfe.copper.price.main": shanghai,
        "shfe.copper.stock": np.where(friday, np.rint(stock), np.nan),
        "comex.copper.price.front": np.round(front, 4),
        **_registered_and_eligible("comex.copper.stock", registered, eligible),
    }


_TARIFF_PREMIUM = (
    (date(2025, 1, 2), 0.01), (date(2025, 2, 11), 0.10), (date(2025, 3, 26), 0.15), (date(2025, 4, 15), 0.06),
    (date(2025, 7, 7), 0.13), (date(2025, 7, 9), 0.27), (date(2025, 7, 23), 0.31), (date(2025, 7, 30), 0.28),
    (date(2025, 7, 31), 0.01),
)  # fmt: skip
"""Round COMEX premiums over LME as the trade press told them (assumption O3)."""


def _tariff_premium(days: list[date]) -> Floats:
    known = [day.toordinal() for day, _ in _TARIFF_PREMIUM]
    return np.interp([day.toordinal() for day in days], known, [share for _, share in _TARIFF_PREMIUM], left=0.0)
