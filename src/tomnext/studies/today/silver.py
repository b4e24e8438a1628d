"""Silver supply minus demand by year, as the editions known on the day counted it; editions are never joined."""

from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from tomnext.facts.kinds.balance import SilverBalanceRow, Standing
from tomnext.facts.load import Facts
from tomnext.studies.sections import Bar, Cell, Chart, Column, Number, Section, Sentence, Table
from tomnext.vocabulary.evidence import Evidence, Nature

FACT = "balance/silver"


@dataclass(frozen=True)
class SilverBalance:
    """What is known of the silver balance on a day: rows in order of year and edition, and the deficits in a row."""

    rows: tuple[SilverBalanceRow, ...]
    later_editions: int

    @property
    def newest_by_year(self) -> tuple[SilverBalanceRow, ...]:
        """For each year the edition published last."""
        in_order = sorted(self.rows, key=lambda row: (row.year, row.published_on))
        return tuple({row.year: row for row in in_order}.values())

    @property
    def latest_actual(self) -> SilverBalanceRow | None:
        """The last year counted (not forecast) by the newest edition that counts one."""
        actual = [row for row in self.rows if row.standing is Standing.ACTUAL]
        return max(actual, key=lambda row: (row.published_on, row.year), default=None)

    def deficits_in_a_row(self) -> tuple[SilverBalanceRow, ...]:
        """The unbroken deficits up to the latest actual year, all of that year's edition, newest first."""
        latest = self.latest_actual
        if latest is None:
            return ()
        same = [row for row in self.rows if row.edition == latest.edition and row.standing is Standing.ACTUAL]
        newest_first = sorted(same, key=lambda row: -row.year)
        return tuple(takewhile(lambda row: row.balance_moz < 0, newest_first))


def silver_balance(as_of: date, facts: Facts) -> SilverBalance:
    """The balances published by a day (million troy ounces), and how many editions came out later."""
    rows = facts.table(FACT, SilverBalanceRow).rows
    known = sorted((row for row in rows if row.published_on <= as_of), key=lambda row: (row.year, row.published_on))
    later = {row.edition for row in rows if row.published_on > as_of}
    return SilverBalance(tuple(known), len(later))


def silver_section(balance: SilverBalance, as_of: date) -> Section:
    """The section on silver: deficits in a row, what the next year is forecast to be, and where editions differ."""
    notes = [Sentence("later", {"as_of": as_of, "count": Number(balance.later_editions, "count")})]
    notes = notes if balance.later_editions else []
    if not balance.rows:
        return Section("silver", (Sentence("missing", {"as_of": as_of}),), notes=tuple(notes))
    charts = (Chart("balance", bars=tuple(_bar(row) for row in balance.newest_by_year), unit="moz"),)
    return Section(
        "silver", tuple(_sentences(balance)), charts, (_table(balance),), tuple(notes), tuple(_evidence(balance))
    )


def balance_number(value: float | None) -> Number:
    """A balance in million troy ounces as the section prints it."""
    return Number(value, "moz", 1, signed=True, nature=Nature.DECREED, absent="not_quoted")


def _sentences(balance: SilverBalance) -> list[Sentence]:
    latest, run = balance.latest_actual, balance.deficits_in_a_row()
    found = []
    if latest is not None:
        values: dict[str, Cell] = {
            "edition": latest.edition,
            "balance": balance_number(latest.balance_moz),
            "year": str(latest.year),
        }
        total = balance_number(sum(row.balance_moz for row in run))
        streak: dict[str, Cell] = {"streak": Number(len(run), "count"), "total": total}
        found.append(Sentence("latest", values | streak) if run else Sentence("latest_no_deficit", values))
        for row in balance.newest_by_year:
            if row.standing is Standing.FORECAST and row.edition == latest.edition:
                found.append(Sentence("forecast", {"year": str(row.year), "balance": balance_number(row.balance_moz)}))
    changes = tuple(_revisions(balance))
    return [*found, Sentence("revised", {"changes": changes})] if changes else found


def _revisions(balance: SilverBalance) -> list[Sentence]:
    found = []
    for newest in balance.newest_by_year:
        earlier = [row for row in balance.rows if row.year == newest.year and row.published_on < newest.published_on]
        for row in earlier[-1:]:
            values: dict[str, Cell] = {
                "year": str(row.year),
                "earlier": row.edition,
                "before": balance_number(row.balance_moz),
                "after": balance_number(newest.balance_moz),
            }
            found.append(Sentence("revision", values))
    return found


def _bar(row: SilverBalanceRow) -> Bar:
    group = Sentence("edition_of", {"year": str(row.published_on.year)})
    return Bar(str(row.year), balance_number(row.balance_moz), group, row.standing is Standing.FORECAST)


def _table(balance: SilverBalance) -> Table:
    columns = (
        Column("year"),
        Column("edition"),
        Column("standing"),
        *(Column(key, "moz", FACT) for key in ("supply", "demand", "industrial", "photovoltaics", "balance", "etp")),
    )
    rows: list[tuple[Cell, ...]] = []
    for row in balance.rows:
        amounts = (row.total_supply_moz, row.total_demand_moz, row.industrial_moz, row.photovoltaics_moz)
        rows.append(
            (
                str(row.year),
                row.edition,
                Sentence(f"standing.{row.standing.value}"),
                *(Number(amount, "moz", 1, nature=Nature.DECREED, absent="not_quoted") for amount in amounts),
                balance_number(row.balance_moz),
                balance_number(row.etp_net_moz),
            )
        )
    return Table("editions", columns, tuple(rows))


def _evidence(balance: SilverBalance) -> list[Evidence]:
    editions = {row.edition: row for row in balance.rows}
    return [
        Evidence(
            FACT, row.edition, None, Nature.ASSUMED if row.is_assumed else Nature.DECREED, row.source,
            known_at=row.published_on, confidence=row.confidence.value,
        )
        for row in editions.values()
    ]  # fmt: skip
