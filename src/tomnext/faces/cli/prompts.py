"""``tomnext prompts``: which days an LME trade can be settled on."""

from datetime import date, time
from typing import Annotated

import typer

from tomnext.faces.cli.options import FormatOption, KnownOption, LanguageOption, parse_day
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.prompts import PromptDates, prompt_dates
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Language, Text

_TABLE_MONTHS = 15
"""Third Wednesdays a table shows; CSV and JSON have all."""

WEEKDAYS = {
    Language.ENGLISH: ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    Language.TAIWAN: ("一", "二", "三", "四", "五", "六", "日"),
}


def parse_clock(text: str) -> time:
    """A London clock time (20:59) typed by a user; InputRejected says what was wrong."""
    try:
        return time.fromisoformat(text.strip())
    except ValueError:
        raise InputRejected(
            Text("This is not a clock time.", "這不是時刻。"), received=text, expected="HH:MM, 20:59"
        ) from None


def run(
    day: Annotated[date, typer.Argument(parser=parse_day, metavar="DATE", help="Trade date · 交易日")],
    metal: Annotated[
        str, typer.Option("--metal", help="Whose contract lists the months · 依哪種金屬的合約")
    ] = "copper",
    at: Annotated[
        time | None, typer.Option("--at", parser=parse_clock, metavar="HH:MM", help="London time · 倫敦時刻")
    ] = None,
    known_on: KnownOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Cash, tom, three months, Wednesdays and third Wednesdays of a trade date · 某交易日的各交割日"""
    found = prompt_dates(day, Metal.named(metal), at, known_on)
    word = words("prompts")
    rows = [
        {"name": word[name].in_(lang), "prompt_date": one, "weekday": WEEKDAYS[lang][one.weekday()] if one else None}
        for name, one in _named(found, None if fmt is Format.CSV else _TABLE_MONTHS)
    ]
    columns = [Column(key, word[key]) for key in ("name", "prompt_date", "weekday")]
    headline = Text(
        word["headline"].en.format(metal=found.metal.title.en, day=found.prompts.trade_date),
        word["headline"].zh.format(metal=found.metal.title.zh, day=found.prompts.trade_date),
    )
    show(_record(found), fmt, lang, columns, rows, headline, _notes(found))


def _named(found: PromptDates, months: int | None) -> list[tuple[str, date | None]]:
    """Every prompt with its name; of the third Wednesdays the first ``months``, or all."""
    one = found.prompts
    fixed = [("tom", one.tom), ("cash", one.cash), ("three_month", one.three_month), ("front_month", one.front_month)]
    return [*fixed, *(("weekly", day) for day in one.weekly), *(("monthly", day) for day in one.monthly[:months])]


def _record(found: PromptDates) -> dict[str, object]:
    one = found.prompts
    return {
        "metal": found.metal.value,
        "trade_date": one.trade_date,
        "cash": one.cash,
        "tom": one.tom,
        "three_month": one.three_month,
        "front_month": one.front_month,
        "weekly": list(one.weekly),
        "monthly": list(one.monthly),
        "evidence": [footnote.record() for footnote in found.evidence],
    }


def _notes(found: PromptDates) -> list[Text]:
    word = words("prompts")
    monthly = found.prompts.monthly
    notes = [] if found.prompts.tom else [word["none"]]
    if len(monthly) > _TABLE_MONTHS:
        more = word["more"]
        count, last = len(monthly) - _TABLE_MONTHS, monthly[-1]
        notes.append(Text(more.en.format(count=count, last=last), more.zh.format(count=count, last=last)))
    for met in found.holidays:
        values = {"day": met.day, "source": met.source}
        sentence = word["holiday_assumed"] if met.is_assumed else word["holiday"]
        english, chinese = sentence.en, sentence.zh
        notes.append(Text(english.format(name=met.name, **values), chinese.format(name=met.name_zh, **values)))
    return notes
