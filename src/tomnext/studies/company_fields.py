"""The fields of the company sheet as a face needs them: key, heading, whether required, choices, kind of unit."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, get_args, get_origin

from tomnext.studies.amounts import mass_t, mass_t_per_month, price
from tomnext.studies.company_sheet import CompanySheet
from tomnext.vocabulary.words import Text


@dataclass(frozen=True)
class Field:
    """One column of a table; ``unit_kind`` is ``mass``, ``price`` or nothing."""

    key: str
    heading: Text
    is_required: bool
    choices: tuple[str, ...]
    unit_kind: str | None


def fields_by_table() -> dict[tuple[str, Text], list[Field]]:
    """Every table of the sheet by key and title with its fields; exchange rates have a sheet of their own."""
    tables: dict[tuple[str, Text], list[Field]] = {}
    for key, whole in CompanySheet.model_fields.items():
        arguments = get_args(whole.annotation)
        model: Any = arguments[0] if arguments else whole.annotation
        fields = [_field(name, one) for name, one in model.model_fields.items() if name != "rates"]
        tables[key, _heading(whole)] = fields
    return tables


def required_tables() -> frozenset[str]:
    """The tables without which there is no plan."""
    return frozenset(key for key, one in CompanySheet.model_fields.items() if one.is_required())


def _field(key: str, field: Any) -> Field:
    return Field(key, _heading(field), field.is_required(), _choices(field.annotation), _unit_kind(field))


def _heading(field: Any) -> Text:
    return Text(field.json_schema_extra["en"], field.json_schema_extra["zh"])


def _choices(annotation: Any) -> tuple[str, ...]:
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return tuple(annotation)
    return tuple(get_args(annotation)) if get_origin(annotation) is Literal else ()


def _unit_kind(field: Any) -> str | None:
    """What kind of unit an amount carries, told by the function that reads it."""
    written = f"{field.annotation} {field.metadata}"
    if price.__name__ in {one.func.__name__ for one in field.metadata if hasattr(one, "func")} or "Price" in written:
        return "price"
    names = {mass_t.__name__, mass_t_per_month.__name__}
    return "mass" if any(name in written for name in names) else None
