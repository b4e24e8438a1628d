"""What an exchange trades: lots, ticks, listed months."""

from tomnext.facts.kinds.base import DatedFact, Record


class LmeContract(Record):
    """An LME physical future: code, lot in tonnes, and how many months of third Wednesdays are listed."""

    code: str
    lot_t: float
    monthly_to_months: int
    min_purity_pct: float | None = None
    standard: str | None = None


class LmeContractFact(DatedFact[LmeContract], kind="lme_contract"):
    """An LME contract through time."""


class ListedFuture(Record):
    """A future on another exchange: its lot and tick in the units named, and what may be delivered."""

    code: str
    exchange: str
    lot: float
    lot_unit: str
    price_unit: str
    tick: float
    tick_value: float | None = None
    tick_value_currency: str = "USD"
    listed_months: str
    last_trade: str
    settlement: str
    deliverable: str | None = None
    min_purity_pct: float | None = None


class ListedFutureFact(DatedFact[ListedFuture], kind="listed_future"):
    """A COMEX or SHFE contract through time."""


class LmeTick(Record):
    """Smallest price steps in USD/t by where and what is dealt."""

    ring: float
    electronic_outright: float
    inter_office: float
    carry: float


class LmeTickFact(DatedFact[LmeTick], kind="lme_tick"):
    """The price steps of one LME contract through time."""
