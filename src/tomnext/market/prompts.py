"""The LME prompt calendar: which day a trade done today is settled on.

Cash is two London business days after the trade and is never a day without dollars; tom is the next London business
day, when it has dollars; three months is the same day number three months on, moved by Trading Regulations 8.4.1 and
8.4.2 of the LME Rulebook (Part 3). Beyond it lie the Wednesdays to six months and the third Wednesdays to the
metal's last listed month.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tomnext.facts.kinds.calendar import Holiday
from tomnext.vocabulary.errors import FactMissing, InputRejected
from tomnext.vocabulary.words import Text

LONDON = ZoneInfo("Europe/London")
GOOD_FRIDAY, CHRISTMAS_DAY = "Good Friday", "Christmas Day"
DAY_CHANGE = time(19, 30)
"""London time after which a trade counts for the next business day (assumption M1)."""

_ONE_DAY = timedelta(days=1)
_WEDNESDAY, _SATURDAY = 2, 5


@dataclass(frozen=True)
class LmeCalendar:
    """London closures, days without dollars, and the years for which both are known.

    A *business day* is a London business day. A *settlement day* (LME: Settlement Business Day) is one on which
    dollars can be paid too; a third Wednesday stays one through a holiday that is only American (assumption M2).
    """

    london: Mapping[date, Holiday]
    united_states: Mapping[date, Holiday]
    first_day: date = field(init=False)
    last_day: date = field(init=False)

    def __post_init__(self) -> None:
        days = [*self.london, *self.united_states]
        object.__setattr__(self, "first_day", date(min(days).year, 1, 1))
        object.__setattr__(self, "last_day", date(max(days).year, 12, 31))

    def is_business_day(self, day: date) -> bool:
        """Whether London is open on a day."""
        self._require_known(day)
        return day.weekday() < _SATURDAY and day not in self.london

    def is_settlement_day(self, day: date) -> bool:
        """Whether a contract may fall prompt on a day."""
        return self.is_business_day(day) and (day not in self.united_states or day == third_wednesday(day))

    def business_day_after(self, day: date, count: int = 1) -> date:
        """The London business day that many business days later."""
        for _ in range(count):
            day += _ONE_DAY
            while not self.is_business_day(day):
                day += _ONE_DAY
        return day

    def business_day_before(self, day: date) -> date:
        """The London business day before a day."""
        day -= _ONE_DAY
        while not self.is_business_day(day):
            day -= _ONE_DAY
        return day

    def settlement_day_from(self, day: date) -> date:
        """The first settlement day on or after a day."""
        while not self.is_settlement_day(day):
            day += _ONE_DAY
        return day

    def settlement_day_before(self, day: date) -> date:
        """The last settlement day before a day."""
        day -= _ONE_DAY
        while not self.is_settlement_day(day):
            day -= _ONE_DAY
        return day

    def require_business_day(self, day: date) -> None:
        """Raise InputRejected, naming the business days on both sides, when London is closed on a day."""
        if self.is_business_day(day):
            return
        name = self.london[day].title if day in self.london else Text("weekend", "週末")
        raise InputRejected(
            Text(f"The LME does not trade on {day} ({name.en}).", f"LME 在 {day}（{name.zh}）不交易。"),
            received=day,
            expected=Text("a London business day", "倫敦營業日"),
            nearest=[str(self.business_day_before(day)), str(self.business_day_after(day))],
        )

    def _require_known(self, day: date) -> None:
        if not self.first_day <= day <= self.last_day:
            raise FactMissing(
                Text("The holiday tables do not reach {day}.", "假日表未涵蓋 {day}。").format(day=day),
                received=day,
                nearest=[f"{self.first_day} – {self.last_day}"],
            )


@dataclass(frozen=True)
class Prompts:
    """The prompt dates quoted on one trade date; ``tom`` is empty when the next London day has no dollars.

    ``weekly`` holds the Wednesdays after three months, ``monthly`` the third Wednesdays from the front month to the
    metal's last listed month. All are dates (convention 6: every one is a ``prompt_date``).
    """

    trade_date: date
    cash: date
    tom: date | None
    three_month: date
    front_month: date
    weekly: tuple[date, ...]
    monthly: tuple[date, ...]


def prompts(trade_date: date, calendar: LmeCalendar, monthly_to_months: int = 15) -> Prompts:
    """Every prompt quoted on a trade date, up to the third Wednesday of the given month (15, 27, 63 or 123).

    Raises InputRejected naming the nearest business days when London is closed, FactMissing beyond the holiday tables.
    """
    return Prompts(
        trade_date=trade_date,
        cash=cash_prompt(trade_date, calendar),
        tom=tom_prompt(trade_date, calendar),
        three_month=three_month_prompt(trade_date, calendar),
        front_month=front_month_prompt(trade_date, calendar),
        weekly=weekly_prompts(trade_date, calendar),
        monthly=monthly_prompts(trade_date, calendar, monthly_to_months),
    )


def trade_date_at(moment: datetime, calendar: LmeCalendar) -> date:
    """The trade date of a clock time (aware): the next business day once London has passed 19:30 (assumption M1).

    Raises InputRejected when the moment has no time zone or its London day is not a business day.
    """
    if moment.tzinfo is None:
        raise InputRejected(
            Text("A clock time needs its time zone.", "時刻必須附時區。"),
            received=moment,
            expected="2025-06-18T20:59+01:00",
        )
    in_london = moment.astimezone(LONDON)
    calendar.require_business_day(in_london.date())
    if in_london.time() <= DAY_CHANGE:
        return in_london.date()
    return calendar.business_day_after(in_london.date())


def cash_prompt(trade_date: date, calendar: LmeCalendar) -> date:
    """The cash prompt date: two London business days on, then forward to a day with dollars.

    American holidays count among the two days; only landing on one moves the prompt.
    """
    calendar.require_business_day(trade_date)
    return calendar.settlement_day_from(calendar.business_day_after(trade_date, 2))


def tom_prompt(trade_date: date, calendar: LmeCalendar) -> date | None:
    """The tom prompt date: the next London business day; empty when dollars cannot be paid on it."""
    calendar.require_business_day(trade_date)
    tomorrow = calendar.business_day_after(trade_date)
    return tomorrow if calendar.is_settlement_day(tomorrow) else None


def three_month_prompt(trade_date: date, calendar: LmeCalendar) -> date:
    """The three-month prompt date: three calendar months on (clamped to the month's end), moved by 8.4.1 and 8.4.2."""
    calendar.require_business_day(trade_date)
    return prompt_for(months_on(trade_date, 3), calendar)


def prompt_for(target: date, calendar: LmeCalendar) -> date:
    """The prompt date for a wanted date: LME Rulebook, Part 3, Trading Regulations 8.4.1 and 8.4.2.

    A settlement day stands. Otherwise the prompt is the next settlement day, but the settlement day before when the
    date is a Saturday whose Friday is one, Good Friday, or a Christmas Day from Tuesday to Friday (8.4.1); and never
    later than the last settlement day of the wanted date's month (8.4.2).
    """
    if calendar.is_settlement_day(target):
        return target
    closed = calendar.london.get(target)
    friday_stands = target.weekday() == _SATURDAY and calendar.is_settlement_day(target - _ONE_DAY)
    is_christmas_midweek = closed is not None and closed.name == CHRISTMAS_DAY and target.weekday() > 0
    if friday_stands or is_christmas_midweek or (closed is not None and closed.name == GOOD_FRIDAY):
        return calendar.settlement_day_before(target)
    after = calendar.settlement_day_from(target)
    return after if after.month == target.month else calendar.settlement_day_before(target)


def front_month_prompt(trade_date: date, calendar: LmeCalendar) -> date:
    """The third Wednesday that ends the front month (M1) on a trade date; on the day before it, the next month's.

    When the third Wednesday is tom, M1 has rolled (LME front-month lending rules, as summarised by perfectlyhedged).
    """
    calendar.require_business_day(trade_date)
    wednesday = third_wednesday(trade_date)
    if wednesday > calendar.business_day_after(trade_date):
        return wednesday
    return third_wednesday(months_on(wednesday, 1))


def weekly_prompts(trade_date: date, calendar: LmeCalendar) -> tuple[date, ...]:
    """The weekly prompt dates: Wednesdays after three months and up to six, moved like any prompt (assumption M3)."""
    start, end = three_month_prompt(trade_date, calendar), months_on(trade_date, 6)
    first = start + timedelta(days=(_WEDNESDAY - start.weekday()) % 7 or 7)
    wednesdays = (first + timedelta(weeks=week) for week in range((end - first).days // 7 + 1))
    moved = (prompt_for(one, calendar) for one in wednesdays)
    return tuple(one for one in moved if one > start)


def monthly_prompts(trade_date: date, calendar: LmeCalendar, monthly_to_months: int) -> tuple[date, ...]:
    """The third Wednesdays (dates) from the front month to that many calendar months after the trade month."""
    front = front_month_prompt(trade_date, calendar)
    last = months_on(trade_date.replace(day=1), monthly_to_months)
    count = (last.year - front.year) * 12 + last.month - front.month + 1
    return tuple(prompt_for(third_wednesday(months_on(front, ahead)), calendar) for ahead in range(count))


def daily_prompts(trade_date: date, calendar: LmeCalendar) -> tuple[date, ...]:
    """Every settlement day (date) from cash to three months."""
    day, last = cash_prompt(trade_date, calendar), three_month_prompt(trade_date, calendar)
    days = (day + timedelta(days=ahead) for ahead in range((last - day).days + 1))
    return tuple(one for one in days if calendar.is_settlement_day(one))


def third_wednesday(day: date) -> date:
    """The third Wednesday of the month of a date.

    >>> third_wednesday(date(2024, 6, 1)).isoformat()
    '2024-06-19'
    """
    first = day.replace(day=1)
    return first + timedelta(days=(_WEDNESDAY - first.weekday()) % 7 + 14)


def months_on(day: date, months: int) -> date:
    """The same day number that many calendar months later, clamped to the month's end.

    >>> months_on(date(2023, 11, 30), 3).isoformat()
    '2024-02-29'
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))
