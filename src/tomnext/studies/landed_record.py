"""A landed-cost report as the records that ``tomnext landed --format json`` prints."""

from datetime import date

from tomnext.landed_cost.changes import Change
from tomnext.landed_cost.concentration import Concentration
from tomnext.landed_cost.statement import Group, NotCharged, StatementLine
from tomnext.studies.landed_cost import LandedReport, Lanes, Priced, Rejected
from tomnext.vocabulary.words import Language

Record = dict[str, object]


def report_record(report: LandedReport, language: Language = Language.ENGLISH) -> Record:
    """The whole report; keys are a contract (see the reference page), amounts unrounded."""
    return {
        "on": report.on,
        "against": report.against,
        "known_on": report.known_on,
        "friends": list(report.friends),
        "shipments": [priced_record(one, language) for one in report.priced],
        "lanes": [_lanes(one) for one in report.lanes],
        "rejected": [_rejected(one, language) for one in report.rejected],
    }


def priced_record(priced: Priced, language: Language) -> Record:
    """One shipment: totals by kind, its lines, what changed, what is spared, unknown and taken as given."""
    statement, shipment = priced.statement, priced.shipment
    comparison = priced.comparison
    return {
        "where": priced.row.where.in_(language),
        "name": statement.name,
        "code": shipment.code,
        "origin": shipment.origin,
        "destination": shipment.destination,
        "incoterm": shipment.carriage.incoterm.upper(),
        "currency": statement.currency,
        "mass_t": statement.mass_t,
        "usable_t": statement.usable_t,
        "days": statement.days,
        "customs_value": statement.customs_value,
        "total": statement.total,
        "per_t": statement.per_t,
        "is_complete": not statement.unknown,
        **{group.value: statement.of(group) for group in Group},
        "lines": [line_record(line, language) for line in statement.lines],
        "total_before": comparison.before.total if comparison else None,
        "difference": comparison.difference if comparison else None,
        "by_law": comparison.by_law if comparison else None,
        "changed": [change_record(one, language) for one in comparison.changes] if comparison else [],
        "not_charged": [_spared(one, language) for one in statement.not_charged],
        "unknown": [_spared(one, language) for one in statement.unknown],
        "defaults": [one.in_(language) for one in statement.defaults],
        "supply": [_supply(one) for one in priced.supply],
        "evidence": [one.record() for one in statement.evidence],
    }


def line_record(line: StatementLine, language: Language) -> Record:
    """One line of a statement: item, amounts, base, rate, authority, citation, dates, nature."""
    return {
        "item": line.key,
        "group": line.group.value,
        "label": line.label.in_(language),
        "amount": line.amount,
        "currency": line.currency,
        "own_amount": line.own_amount,
        "own_currency": line.own_currency,
        "base": line.base,
        "base_amount": line.base_amount,
        "rate": line.rate,
        "rate_unit": line.rate_unit,
        "authority": line.authority,
        "citation": line.citation,
        "in_force_from": line.in_force_from,
        "in_force_to": line.in_force_to,
        "known_from": line.known_from.isoformat() if isinstance(line.known_from, date) else None,
        "nature": line.nature.value,
        "confidence": line.confidence,
        "note": line.note.in_(language) if line.note else None,
    }


def change_record(change: Change, language: Language) -> Record:
    """One change between two days, its difference split by law, by the base it is charged on and by currency."""
    return {
        "item": change.key,
        "group": change.group.value,
        "label": change.label.in_(language),
        "before": change.before,
        "after": change.after,
        "difference": change.difference,
        "by_law": change.by_law,
        "by_base": change.by_base,
        "by_currency": change.by_currency,
        "why": change.why.in_(language),
        "citation": change.citation,
        "since": change.since,
    }


def _lanes(lanes: Lanes) -> Record:
    return {
        "metal": lanes.metal,
        "goods": lanes.goods,
        "destination": lanes.destination,
        "ranking": [
            {"name": one.statement.name, "per_t": one.per_t, "gap_per_t": one.gap_per_t, "days": one.statement.days,
             "is_complete": not one.statement.unknown}
            for one in lanes.ranks
        ],
        "friend_shore": [
            {"friend": one.friend.name, "other": one.other.name, "gap_per_t": one.gap_per_t,
             "premium_per_t": one.premium_per_t}
            for one in lanes.premiums
        ],
    }  # fmt: skip


def _rejected(rejected: Rejected, language: Language) -> Record:
    return {"where": rejected.where.in_(language), **rejected.error.record(language)}


def _spared(one: NotCharged, language: Language) -> Record:
    return {
        "item": one.key, "label": one.label.in_(language), "why": one.why.in_(language), "citation": one.citation,
    }  # fmt: skip


def _supply(one: Concentration) -> Record:
    return {
        "stage": one.stage, "year": one.year, "hhi": one.hhi, "top3_share": one.top3_share,
        "friend_share": one.friend_share, "nature": "assumed" if one.is_assumed else "decreed",
    }  # fmt: skip
