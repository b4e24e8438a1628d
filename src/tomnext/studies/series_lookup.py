"""Which series are there, and what was known of one on a day?"""

from datetime import date
from difflib import get_close_matches

from tomnext.observations.catalogue import series_like, series_named
from tomnext.studies.sources import open_source
from tomnext.vocabulary.errors import ObservationMissing
from tomnext.vocabulary.words import Text


def series_in_catalogue(pattern: str = "", store: str | None = None) -> list[dict[str, object]]:
    """The series whose names match a pattern, with unit, lag and terms, and the days a source holds of each.

    Raises ObservationMissing, naming the nearest names, when the catalogue has none.
    """
    observations = open_source(store)
    rows = series_like(pattern or "*")
    if not rows:
        raise ObservationMissing(
            Text("No series of the catalogue has such a name.", "目錄中沒有這種名稱的序列。"),
            received=pattern,
            nearest=get_close_matches(pattern, [row.series_id for row in series_like("*")], n=3, cutoff=0.4),
            fix=Text("List them all with: tomnext series", "可用 tomnext series 列出全部"),
        )
    held = observations.read([row.series_id for row in rows])
    days = {
        str(series_id): part["observed_on"] for (series_id,), part in held.group_by("series_id", maintain_order=True)
    }
    return [
        {
            "series_id": row.series_id,
            "title": row.title,
            "unit": row.unit,
            "frequency": row.frequency,
            "lag_weekdays": row.lag_weekdays,
            "licence": row.licence.value,
            "readings": len(days.get(row.series_id, ())),
            "first": days[row.series_id].min() if row.series_id in days else None,
            "last": days[row.series_id].max() if row.series_id in days else None,
        }
        for row in rows
    ]


def readings_of(
    series_id: str,
    as_of: date | None = None,
    start: date | None = None,
    end: date | None = None,
    store: str | None = None,
) -> dict[str, object]:
    """What was known of one series by ``as_of``, with its unit; raises when the name is unknown or nothing is held."""
    row = series_named(series_id)
    observations = open_source(store)
    frame = observations.read([series_id], as_of, start, end)
    if frame.is_empty():
        raise ObservationMissing(
            Text("Nothing of {series} was available.", "沒有可用的 {series} 資料。").format(series=series_id),
            received=f"as of {as_of}" if as_of else None,
            nearest=[held for held in observations.series_ids() if held.split(".")[:2] == series_id.split(".")[:2]][:3],
            fix=Text("Import it with: tomnext import FILE --map MAP --store STORE",
                     "可用 tomnext import 檔案 --map 對應檔 --store 資料庫 匯入"),
        )  # fmt: skip
    readings = frame.drop("series_id").to_dicts()
    return {
        "series_id": series_id,
        "title": row.title,
        "unit": row.unit,
        "as_of": as_of,
        "readings": readings,
    }
