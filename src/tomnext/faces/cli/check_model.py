"""``tomnext check-model``: the price model's out-of-sample record on one metal."""

from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, FormatOption, LanguageOption, StoreOption, parse_day
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.cli.waiting import waiting
from tomnext.faces.words import words
from tomnext.studies.check_model import ModelCheck, check_model
from tomnext.studies.sources import open_source


def run(
    metal: Annotated[str, typer.Argument(help="Metal or series · 金屬或序列")],
    store: StoreOption = None,
    as_of: AsOfOption = None,
    start: Annotated[str, typer.Option("--start", metavar="DATE", help="First forecast day · 首個預測日")] = "",
    every: Annotated[int, typer.Option(min=1, help="Trading days between forecasts · 預測間隔交易日")] = 5,
    paths: Annotated[int, typer.Option(min=100, help="Paths a forecast · 每次預測路徑數")] = 2000,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Walk forward: does the 80 % interval hold 80 %, and is it sharper than simple rivals · 逐日前推檢驗模型"""
    said = words("scenarios")
    with waiting(said["checking"].in_(lang)) as tell:
        found = check_model(metal, open_source(store), as_of, parse_day(start) if start else None, every, paths, tell)
    record = found.record()
    columns = [Column(key, said[key], places) for key, places in _COLUMNS]
    rows = _rows(found)
    if fmt is Format.TABLE:
        rows = [
            row | {"target": said[f"target.{row['target']}"].in_(lang), "pit": _bars(str(row["pit"]))} for row in rows
        ]
    headline = said["check_headline"].format(
        metal=found.priced.title, n=record["n_forecasts"], first=record["first_forecast"], last=record["last_forecast"]
    )
    missing = [said["no_garch"]] if record["crps_skill_vs_garch"] is None else []
    show(record, fmt, lang, columns, rows, headline, [*missing, said["check_note"]])


_COLUMNS: tuple[tuple[str, int | None], ...] = (
    ("target", None), ("horizon", 0), ("cover50", 1), ("cover80", 1), ("cover95", 1), ("crps", 2),
    ("skill_random_walk", 1), ("skill_error", 1),
    ("skill_garch", 1), ("pit", None),
)  # fmt: skip


def _rows(found: ModelCheck) -> list[dict[str, object]]:
    record, rows = found.record(), []
    for target in found.record_of.scores:
        for days, one in record[target]["by_horizon"].items():  # type: ignore[index]
            rows.append(
                {
                    "target": target,
                    "horizon": int(days),
                    **{f"cover{level}": 100 * share for level, share in one["coverage"].items()},
                    "crps": one["crps"],
                    "skill_random_walk": _percent(one["crps_skill_vs_random_walk"]),
                    "skill_error": _percent(one["crps_skill_vs_random_walk_error"]),
                    "skill_garch": _percent(one["crps_skill_vs_garch"]),
                    "pit": " ".join(f"{share:.3f}" for share in one["pit_histogram"]),
                }
            )
    return rows


def _bars(shares: str) -> str:
    """A bar a bin: half the height is a tenth of the outcomes, the full height a fifth or more."""
    return "".join("▁▂▃▄▅▆▇█"[min(max(round(40 * share) - 1, 0), 7)] for share in map(float, shares.split()))


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
