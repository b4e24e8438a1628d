"""The fields of the company sheet as a face needs them: key, heading, whether required, choices, kind of unit."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Any, Literal, get_args, get_origin

from tomnext.studies.amounts import Price, mass_t, mass_t_per_month, price
from tomnext.studies.company_sheet import CompanySheet
from tomnext.vocabulary.words import Text


@dataclass(frozen=True)
class Field:
    """One column of a table; ``unit_kind`` is ``mass``, ``price`` or nothing.

    ``default`` is what is used when nothing is filled in, as it would be written, and ``why`` says why that.
    """

    key: str
    heading: Text
    is_required: bool
    choices: tuple[str, ...]
    unit_kind: str | None
    default: str | None
    why: Text


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
    why = Text(field.json_schema_extra["why_en"], field.json_schema_extra["why_zh"])
    kind = _unit_kind(field)
    default = None if field.is_required() else _written(field.default, kind)
    return Field(key, _heading(field), field.is_required(), _choices(field.annotation), kind, default, why)


def _written(default: Any, unit_kind: str | None) -> str | None:
    """A default as a person would write it; nothing where it is looked up or left out."""
    if isinstance(default, Price):
        return f"{default.per_t:g} {default.currency}/t"
    if unit_kind == "mass" and default is not None:
        return f"{default:g} t"
    if isinstance(default, tuple):
        return " ".join(str(one) for one in default) or None
    return None if default is None else str(default)


def _heading(field: Any) -> Text:
    return Text(field.json_schema_extra["en"], field.json_schema_extra["zh"])


def _choices(annotation: Any) -> tuple[str, ...]:
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return tuple(annotation)
    if get_origin(annotation) is Literal:
        return tuple(get_args(annotation))
    inside = get_args(annotation)[:1]
    if get_origin(annotation) is tuple and get_origin(inside[0]) is Literal:
        words = get_args(inside[0])
        return tuple(" ".join(some) for size in range(1, len(words) + 1) for some in combinations(words, size))
    return ()


def _unit_kind(field: Any) -> str | None:
    """What kind of unit an amount carries, told by the function that reads it."""
    written = f"{field.annotation} {field.metadata}"
    if price.__name__ in {one.func.__name__ for one in field.metadata if hasattr(one, "func")} or "Price" in written:
        return "price"
    names = {mass_t.__name__, mass_t_per_month.__name__}
    return "mass" if any(name in written for name in names) else None
