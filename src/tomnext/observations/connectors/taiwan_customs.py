"""Taiwan Customs ten-day exchange rates: what customs values are computed with (Open Government Data Licence)."""

import json
from datetime import date, datetime

from tomnext.observations.connectors.publisher import Collected, Publisher, collected, unlike_its_layout
from tomnext.observations.importing.payload import FileBytes
from tomnext.observations.reading import Observations
from tomnext.vocabulary.words import Text

_CURRENCIES = {"USD": "usdtwd", "EUR": "eurtwd", "JPY": "jpytwd", "CNY": "cnytwd"}


def read(payload: FileBytes, held: Observations) -> Collected:
    """The selling rate of each currency, which imports are valued with, dated by the first day of its ten days."""
    try:
        record = json.loads(payload.content)
        first = _roc_date(str(record["start"]))
        rates = {str(item["code"]).strip(): float(item["sellValue"]) for item in record["items"]}
    except (ValueError, KeyError, TypeError) as error:
        raise unlike_its_layout(payload, repr(error), "start, end, items[code, buyValue, sellValue]") from None
    rows: list[tuple[str, date, float, datetime | None]] = [
        (f"fx.customs.{_CURRENCIES[code]}", first, rate, None) for code, rate in rates.items() if code in _CURRENCIES
    ]
    if not rows:
        raise unlike_its_layout(payload, ", ".join(rates)[:100], ", ".join(_CURRENCIES))
    return Collected(collected(rows))


def _roc_date(text: str) -> date:
    """A day written 1151121: ROC year 115 is 2026."""
    if not text.isdecimal() or len(text) not in (6, 7):
        raise ValueError(text)
    return date(int(text[:-4]) + 1911, int(text[-4:-2]), int(text[-2:]))


PUBLISHER = Publisher(
    name="taiwan-customs",
    title=Text("Taiwan Customs ten-day exchange rates", "海關旬匯率"),
    source="Customs Administration, Taiwan (dataset 6708)",
    addresses=("https://portal.sw.nat.gov.tw/APGQ/GC331!downLoad?formBean.downLoadFile=CURRENT_JSON",),
    hosts=frozenset({"portal.sw.nat.gov.tw"}),
    restricted=False,
    terms=Text("Open Government Data Licence, Taiwan.", "政府資料開放授權條款。"),
    read=read,
)
