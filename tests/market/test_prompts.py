"""The LME prompt calendar against the published cases, the rule's own words, and independent calendars."""

import csv
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomnext.facts.load import load_facts
from tomnext.market.prompts import (
    LONDON,
    LmeCalendar,
    cash_prompt,
    daily_prompts,
    front_month_prompt,
    monthly_prompts,
    months_on,
    prompt_for,
    third_wednesday,
    three_month_prompt,
    tom_prompt,
    trade_date_at,
    weekly_prompts,
)
from tomnext.studies.prompts import lme_calendar
from tomnext.vocabulary.errors import FactMissing, InputRejected

GOLDEN = Path(__file__).parents[1] / "golden" / "lme_prompts.csv"
CASES = list(csv.DictReader(GOLDEN.read_text(encoding="utf-8").splitlines()))
CALENDAR = lme_calendar(load_facts())
DAYS = st.dates(date(2000, 1, 4), date(2038, 12, 31)).filter(CALENDAR.is_business_day)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['trade_date']} {case['london_time']}")
def test_published_cases(case: dict[str, str]) -> None:
    day = date.fromisoformat(case["trade_date"])
    if case["london_time"]:
        day = trade_date_at(datetime.combine(day, time.fromisoformat(case["london_time"]), LONDON), CALENDAR)
    if case["cash"]:
        assert cash_prompt(day, CALENDAR) == date.fromisoformat(case["cash"])
    if case["tom"]:
        assert tom_prompt(day, CALENDAR) == (None if case["tom"] == "none" else date.fromisoformat(case["tom"]))
    if case["three_month"]:
        assert three_month_prompt(day, CALENDAR) == date.fromisoformat(case["three_month"])


@pytest.mark.parametrize(
    ("wanted", "prompt"),
    [
        (date(2025, 11, 30), date(2025, 11, 28)),  # base Saturday 2025-08-30; the Monday is another month (8.4.2)
        (date(2027, 2, 28), date(2027, 2, 26)),  # traded Monday 2026-11-30, clamped to a Sunday that ends the month
        (date(2028, 4, 30), date(2028, 4, 28)),  # Sunday before the Early May bank holiday
        (date(2025, 6, 15), date(2025, 6, 16)),  # plain Sunday moves on
        (date(2022, 11, 12), date(2022, 11, 14)),  # Saturday whose Friday is Veterans Day moves on (8.4.1)
        (date(2023, 12, 25), date(2023, 12, 27)),  # Christmas on a Monday moves on
        (date(2024, 12, 25), date(2024, 12, 24)),  # Christmas on a Wednesday moves back
        (date(2024, 6, 19), date(2024, 6, 19)),  # third Wednesday on a holiday that is only American stays
        (date(2030, 6, 19), date(2030, 6, 19)),
        (date(2025, 6, 19), date(2025, 6, 20)),  # an American holiday that is no third Wednesday moves on
        (date(2011, 4, 29), date(2011, 4, 28)),  # royal wedding: moving on would leave April
        (date(2022, 9, 19), date(2022, 9, 20)),  # state funeral
    ],
)
def test_wanted_dates_move_by_the_rulebook(wanted: date, prompt: date) -> None:
    assert prompt_for(wanted, CALENDAR) == prompt


def test_the_closing_day_change_leaves_the_evening_before_half_past_seven_alone() -> None:
    evening = datetime(2025, 10, 10, 19, 30, tzinfo=LONDON)
    assert trade_date_at(evening, CALENDAR) == date(2025, 10, 10)
    assert trade_date_at(evening + timedelta(seconds=1), CALENDAR) == date(2025, 10, 13)


@pytest.mark.parametrize(
    ("trade_date", "front"),
    [
        (date(2025, 6, 16), date(2025, 6, 18)),  # Monday: the third Wednesday is cash
        (date(2025, 6, 17), date(2025, 7, 16)),  # Tuesday: it is tom, M1 has rolled
        (date(2025, 6, 18), date(2025, 7, 16)),
        (date(2025, 12, 31), date(2026, 1, 21)),
    ],
)
def test_the_front_month_rolls_when_its_wednesday_is_tom(trade_date: date, front: date) -> None:
    assert front_month_prompt(trade_date, CALENDAR) == front


def test_ladder_of_one_day_written_out() -> None:
    """Wednesday 2025-06-18, tin to 15 months: written by hand from the rule and the 2025-26 calendars."""
    day = date(2025, 6, 18)
    assert weekly_prompts(day, CALENDAR)[0] == date(2025, 9, 24)
    assert weekly_prompts(day, CALENDAR)[-1] == date(2025, 12, 17)
    assert len(weekly_prompts(day, CALENDAR)) == 13
    assert [f"{one:%y%m%d}" for one in monthly_prompts(day, CALENDAR, 15)] == [
        "250716", "250820", "250917", "251015", "251119", "251217", "260121", "260218", "260318", "260415", "260520",
        "260617", "260715", "260819", "260916",
    ]  # fmt: skip
    daily = daily_prompts(day, CALENDAR)
    assert (daily[0], daily[-1]) == (date(2025, 6, 20), date(2025, 9, 18))
    assert date(2025, 7, 4) not in daily
    assert date(2025, 8, 25) not in daily
    assert len(daily) == 62


def test_weekly_prompts_step_over_christmas_and_new_year() -> None:
    weekly = weekly_prompts(date(2024, 8, 20), CALENDAR)
    assert date(2024, 12, 24) in weekly
    assert date(2025, 1, 2) in weekly
    assert date(2024, 12, 25) not in weekly


@given(day=DAYS)
@settings(deadline=None, max_examples=300)
def test_every_prompt_is_a_settlement_day_in_order(day: date) -> None:
    cash, three_month, tom = cash_prompt(day, CALENDAR), three_month_prompt(day, CALENDAR), tom_prompt(day, CALENDAR)
    ladder = [cash, three_month, *weekly_prompts(day, CALENDAR)]
    assert ladder == sorted(set(ladder))
    assert all(CALENDAR.is_settlement_day(one) for one in ladder)
    assert tom is None or day < tom < cash
    assert three_month <= months_on(day.replace(day=1), 4) - timedelta(days=1)
    assert front_month_prompt(day, CALENDAR) > CALENDAR.business_day_after(day)
    assert third_wednesday(day).weekday() == 2
    assert 15 <= third_wednesday(day).day <= 21


@pytest.mark.parametrize(
    ("day", "named", "nearest"),
    [
        (date(2025, 12, 25), "Christmas Day", ["2025-12-24", "2025-12-29"]),
        (date(2025, 8, 30), "weekend", ["2025-08-29", "2025-09-01"]),
        (date(2022, 9, 19), "State funeral", ["2022-09-16", "2022-09-20"]),
    ],
)
def test_a_closed_day_names_its_reason_and_its_neighbours(day: date, named: str, nearest: list[str]) -> None:
    with pytest.raises(InputRejected) as caught:
        cash_prompt(day, CALENDAR)
    assert named in str(caught.value)
    assert list(caught.value.nearest) == nearest


def test_beyond_the_tables_nothing_is_guessed() -> None:
    with pytest.raises(FactMissing, match="2041-01-01"):
        cash_prompt(date(2040, 12, 31), CALENDAR)
    with pytest.raises(InputRejected, match="time zone"):
        trade_date_at(datetime(2025, 6, 18, 12), CALENDAR)


def test_a_holiday_proclaimed_later_is_not_seen_before() -> None:
    """On 2022-09-09 nobody knew that 2022-09-19 would be closed."""
    before, after = (lme_calendar(load_facts(), known_on=date(2022, 9, day)) for day in (9, 10))
    assert prompt_for(date(2022, 9, 19), before) == date(2022, 9, 19)
    assert prompt_for(date(2022, 9, 19), after) == date(2022, 9, 20)


@pytest.mark.filterwarnings("ignore")
def test_london_agrees_with_the_stock_exchange_calendar() -> None:
    exchange_calendars = pytest.importorskip("exchange_calendars")
    sessions = exchange_calendars.get_calendar("XLON", start="2000-01-01", end="2027-12-31").sessions
    open_days = {one.date() for one in sessions}
    first, last = date(2000, 1, 1), date(2027, 12, 31)
    days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
    differing = [day for day in days if CALENDAR.is_business_day(day) != (day in open_days)]
    assert differing == []


@pytest.mark.filterwarnings("ignore")
def test_dollars_agree_with_the_federal_calendar_except_saturdays() -> None:
    """pandas moves a Saturday holiday to Friday; the Federal Reserve Banks stay open that Friday."""
    holiday = pytest.importorskip("pandas.tseries.holiday")
    federal = {one.date() for one in holiday.USFederalHolidayCalendar().holidays("2000-01-01", "2040-12-31")}
    moved = {day for day in federal if day.weekday() == 4 and f"{day + timedelta(days=1):%m-%d}" in FIXED_DATES}
    assert federal - moved == set(CALENDAR.united_states)


FIXED_DATES = {"01-01", "06-19", "07-04", "11-11", "12-25"}


def test_calendar_reaches_exactly_the_years_of_its_tables() -> None:
    assert (CALENDAR.first_day, CALENDAR.last_day) == (date(2000, 1, 1), date(2040, 12, 31))
    assert isinstance(CALENDAR, LmeCalendar)
