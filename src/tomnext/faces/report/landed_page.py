"""The landed-cost report as one HTML file: inline SVG and CSS, no script, nothing fetched, light, dark and on paper.

Every number stands in ``<data value="…">printed</data>`` with its unrounded value, so that a test can read it back.
"""

from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from tomnext.faces.charts.draw import NARROW, WIDE
from tomnext.faces.charts.waterfall import Fall, waterfall_svg
from tomnext.faces.report.landed_words import Speaker, money
from tomnext.studies.landed_cost import LAW, ORDER, LandedReport, Priced, Statement
from tomnext.studies.landed_record import change_record, line_record
from tomnext.vocabulary.words import Language, Text


def landed_page(report: LandedReport, language: Language) -> str:
    """The whole report as one file's text in one language."""
    speak = Speaker(language)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(_file("landed.html.j2"))
    page: str = template.render(
        report=report,
        language=language.value,
        style=Markup(_file("brief.css")),
        say=lambda key: speak.said[key].in_(language),
        number=_number,
        basis=_basis(report, speak).in_(language),
        shipments=[_shipment(one, report, speak, language) for one in report.priced],
        lanes=[
            {
                "title": speak.title(lanes).in_(language),
                "ranks": lanes.ranks,
                "premiums": [speak.premium(one).in_(language) for one in lanes.premiums],
            }
            for lanes in report.lanes
        ],
        rejected=[(one.where.in_(language), one.error.text(language)) for one in report.rejected],
    )
    return page


def _shipment(priced: Priced, report: LandedReport, speak: Speaker, language: Language) -> dict[str, Any]:
    falls, total = steps_of(priced.statement, speak)
    title = priced.statement.name
    change = speak.change(priced, report.against)
    return {
        "statement": priced.statement,
        "sentence": speak.sentence(priced).in_(language),
        "wide": Markup(waterfall_svg(falls, total, title, WIDE)),
        "narrow": Markup(waterfall_svg(falls, total, title, NARROW)),
        "lines": [
            {
                **line_record(line, language),
                "nature": speak.nature(line.nature).in_(language),
                "rate_unit": speak.unit(line.rate_unit),
            }
            for line in priced.statement.lines
        ],
        "change": change.in_(language) if change else "",
        "changes": [change_record(one, language) for one in priced.comparison.changes] if priced.comparison else [],
        "unknown": [one.in_(language) for one in speak.unknown(priced)],
        "spared": [one.in_(language) for one in speak.spared(priced)],
        "defaults": [one.in_(language) for one in speak.defaults(priced)],
        "supply": [one.in_(language) for one in speak.supply(priced)],
    }


def steps_of(statement: Statement, speak: Speaker) -> tuple[list[Fall], Fall]:
    """The steps of a statement's waterfall per usable tonne: metal and duties one by one, other kinds together."""
    steps: list[Fall] = []
    for group in ORDER:
        own = [line for line in statement.lines if line.group is group]
        if group.value in ("duty", "metal"):
            steps += [_fall(line.label, line.amount / statement.usable_t, group in LAW, speak) for line in own]
        elif abs(statement.of(group)) > 1e-6 * abs(statement.total):
            name = speak.said[f"g_{group.value}"]
            steps.append(_fall(name, statement.of(group) / statement.usable_t, group in LAW, speak))
    return steps, _fall(speak.said["per_t"], statement.per_t, False, speak)


def _fall(name: Text, amount: float, is_law: bool, speak: Speaker) -> Fall:
    return Fall(name.in_(speak.language), amount, money(amount), is_law)


def _basis(report: LandedReport, speak: Speaker) -> Text:
    parts = [speak.filled("as_on", on=report.on)]
    if report.against is not None:
        parts.append(speak.filled("as_against", against=report.against))
    if report.known_on is not None:
        parts.append(speak.filled("as_known", known=report.known_on))
    return Text(", ".join(one.en for one in parts), "，".join(one.zh for one in parts))


def _number(value: float | None, places: int = 2, signed: bool = False) -> Markup:
    if value is None:
        return Markup("–")
    printed = money(value, signed) if places == 2 else f"{value:,.{places}f}".replace("-", "−")
    return Markup('<data value="{}">{}</data>').format(repr(float(value)), printed)


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
