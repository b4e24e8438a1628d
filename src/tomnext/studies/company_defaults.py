"""Every default of a company sheet that was used: nothing that costs money stays silent."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from tomnext.studies.amounts import Price
from tomnext.studies.company_sheet import CompanySheet
from tomnext.vocabulary.words import Text


@dataclass(frozen=True)
class Default:
    """One field that nobody filled in: where, what was used, and why that."""

    where: str
    value: object
    heading: Text
    why: Text

    def record(self) -> dict[str, object]:
        """The default, JSON-ready, both languages."""
        value = f"{self.value.per_t:g} {self.value.currency}/t" if isinstance(self.value, Price) else self.value
        return {
            "where": self.where,
            "value": value,
            "field": {"en": self.heading.en, "zh-TW": self.heading.zh},
            "why": {"en": self.why.en, "zh-TW": self.why.zh},
        }


def defaults_used(sheet: CompanySheet) -> Iterator[Default]:
    """All defaults of the sheet in its own order."""
    for key in CompanySheet.model_fields:
        table = getattr(sheet, key)
        if isinstance(table, BaseModel):
            yield from _of_row(key, table)
        else:
            for row in table:
                name = getattr(row, "name", None) or getattr(row, "form", None) or getattr(row, "metal", "")
                yield from _of_row(f"{key} “{name}”", row)


def _of_row(where: str, row: BaseModel) -> Iterator[Default]:
    for name, field in type(row).model_fields.items():
        extra = field.json_schema_extra
        if name in row.model_fields_set or not isinstance(extra, dict):
            continue
        words = {key: str(extra[key]) for key in ("en", "zh", "why_en", "why_zh")}
        yield Default(
            f"{where}.{name}",
            getattr(row, name),
            Text(words["en"], words["zh"]),
            Text(words["why_en"], words["why_zh"]),
        )
