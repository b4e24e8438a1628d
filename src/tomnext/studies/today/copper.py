"""LME copper stocks against the cash price: the article's figure 3 from data."""

from datetime import date

from tomnext.studies.sections import Chart, Line, Number, Plot, Section, Sentence, Tone
from tomnext.studies.today.asked import Asked, History
from tomnext.vocabulary.evidence import Nature

YEARS = 3


def copper_section(asked: Asked) -> Section:
    """Three years of cash price above on-warrant and cancelled stock, with what changed from end to end."""
    start = date(asked.as_of.year - YEARS, asked.as_of.month, 1)
    price, total = (_recent(asked, id, start) for id in ("price.cash", "stock.total"))
    if price is None or total is None:
        return Section("copper", (Sentence("missing"),))
    parts = {key: _recent(asked, f"stock.{key}", start) for key in ("on_warrant", "cancelled")}
    lines = [
        _line(key, part, tone)
        for (key, part), tone in zip(parts.items(), (Tone.ACCENT, Tone.QUIET), strict=True)
        if part is not None
    ]
    stock = lines if len(lines) == len(parts) else [_line("total", total, Tone.ACCENT)]
    plots = (
        Plot("price", "usd_per_t", (_line("price", price, Tone.INK, is_area=False),), title=Sentence("plot_price")),
        Plot("stock", "t", tuple(stock), title=Sentence("plot_stock")),
    )
    evidence = tuple(one.evidence for one in (price, total, *parts.values()) if one is not None)
    return Section("copper", (_change(price, total),), (Chart("history", plots),), evidence=evidence)


def _recent(asked: Asked, name: str, start: date) -> History | None:
    whole = asked.history(f"lme.copper.{name}")
    recent = whole.since(start) if whole is not None and whole.is_fresh(asked.as_of) else None
    return recent if recent is not None and len(recent.days) > 1 else None


def _line(key: str, history: History, tone: Tone, is_area: bool = True) -> Line:
    end = Number(float(history.values[-1]), history.unit, 0, nature=history.nature)
    return Line(key, history.days, tuple(map(float, history.values)), history.nature, tone, end, is_area=is_area)


def _change(price: History, total: History) -> Sentence:
    def share(history: History) -> Number:
        first, last = float(history.values[0]), float(history.values[-1])
        change = last / first - 1 if first else None
        return Number(change, "share", 1, signed=True, moves=True, nature=history.nature)

    return Sentence(
        "change",
        {
            "start": total.days[0],
            "day": total.days[-1],
            "first_stock": _number(total, 0),
            "last_stock": _number(total, -1),
            "stock_change": share(total),
            "first_price": _number(price, 0),
            "last_price": _number(price, -1),
            "price_change": share(price),
        },
    )


def _number(history: History, at: int) -> Number:
    return Number(float(history.values[at]), history.unit, 0, nature=Nature(history.nature))
