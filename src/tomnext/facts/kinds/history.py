"""What happened in the metals markets, dated: squeezes, the gap between COMEX and LME copper, the duty talked of."""

from datetime import date

from tomnext.facts.kinds.base import DatedFact, Record, Row


class Squeeze(Row, row="squeeze"):
    """One labelled squeeze or dislocation as reported; days are empty where only a month or year was printed.

    ``peak_value`` is in ``unit`` as printed; ``note`` keeps what was printed when it is not a day or a number.
    """

    event_id: str
    metal: str
    venue: str
    started_on: date | None = None
    peaked_on: date | None = None
    relieved_on: date | None = None
    measure: str
    peak_value: float | None = None
    unit: str
    label_class: str
    trigger: str | None = None
    exchange_action: str | None = None
    note: str | None = None


class VenueGap(Row, row="venue_gap"):
    """COMEX copper over LME copper on a day as reported: USD/t, percent of LME, and the two prices when printed."""

    quoted_on: date
    comex_minus_lme_usd_per_t: float | None = None
    premium_pct_of_lme: float | None = None
    comex_usd_per_lb: float | None = None
    lme_three_month_usd_per_t: float | None = None
    event: str | None = None
    event_zh: str | None = None
    note: str | None = None


class VenueStock(Row, row="venue_stock"):
    """Copper in the warehouses of three exchanges on a day as reported, in tonnes; empty where not printed."""

    quoted_on: date
    comex_t: float | None = None
    lme_t: float | None = None
    shfe_t: float | None = None
    note: str | None = None


class ExpectedDuty(Record):
    """A duty that is talked of: percent of the value, and the day on which it is to begin where one was named."""

    rate_pct: float
    begins_on: date | None = None


class ExpectedDutyFact(DatedFact[ExpectedDuty], kind="expected_duty"):
    """The duty a market talked of through time; a span is the time of the talk, not of the duty."""
