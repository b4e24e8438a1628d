"""The only reader of fact files. A fact's id is its path below ``data`` without the ending.

``lme/lending/band_50_to_80.yaml`` is ``lme/lending/band_50_to_80``; a ``kind: table`` header reads the CSV of
the same name beside it. Duplicate keys are refused, every error names its file.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from pkgutil import iter_modules
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

import tomnext.facts.kinds as kinds_package
from tomnext.facts.kinds.base import DatedFact, DatedValue, Record, Row, Table
from tomnext.vocabulary.clocks import IN_FORCE, Status
from tomnext.vocabulary.errors import FactInvalid, FactMissing
from tomnext.vocabulary.words import Text

F = TypeVar("F", bound=Record)
R = TypeVar("R", bound=Row)

for _module in iter_modules(kinds_package.__path__):
    import_module(f"{kinds_package.__name__}.{_module.name}")


class _StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A safe loader that refuses the same key twice, so no figure is silently overwritten."""


def _mapping_without_duplicates(loader: Any, node: yaml.MappingNode) -> dict[object, object]:
    pairs: dict[object, object] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in pairs:
            raise yaml.YAMLError(f"line {key_node.start_mark.line + 1}: the key {key!r} stands twice")
        pairs[key] = loader.construct_object(value_node, deep=True)
    return pairs


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_duplicates)


class Facts:
    """All facts by id, with an optional thin overlay for a scenario.

    >>> facts = load_facts()
    >>> facts.value("lme/warehouse/queue_rent_cap", on=date(2021, 1, 4)).value
    80.0
    """

    def __init__(self, by_id: Mapping[str, Record]) -> None:
        self._by_id = dict(by_id)

    def get(self, id: str) -> DatedFact[Any]:
        """The dated fact of that id; FactMissing names the nearest ids."""
        fact = self._find(id)
        if not isinstance(fact, DatedFact):
            raise FactMissing(Text("{id} is a table, not a dated fact.", "{id} 是表格，不是單一事實。").format(id=id))
        return fact

    def value(
        self, id: str, on: date, known_on: date | None = None, statuses: frozenset[Status] = IN_FORCE
    ) -> DatedValue[Any]:
        """The value in force on a day, as known on a day."""
        return self.get(id).at(on, known_on, statuses)

    def table(self, id: str, row: type[R]) -> Table[R]:
        """The table of that id, whose rows must be of the named kind."""
        table = self._find(id)
        if not isinstance(table, Table) or Row.rows[table.row] is not row:
            raise FactMissing(
                Text("{id} is not a table of {row}.", "{id} 不是 {row} 的表格。").format(id=id, row=row.__name__)
            )
        return table

    def of(self, kind: type[F], under: str = "") -> Iterator[F]:
        """All facts of one kind below a path, in path order."""
        for id in self.ids(under):
            fact = self._by_id[id]
            if isinstance(fact, kind):
                yield fact

    def ids(self, under: str = "") -> list[str]:
        """All ids that begin with a path."""
        return sorted(id for id in self._by_id if id.startswith(under))

    def overlaid(self, facts: "Facts | Iterable[DatedFact[Any]]") -> "Facts":
        """These facts with some replaced or added: the way a scenario is asked."""
        extra = facts._by_id if isinstance(facts, Facts) else {fact.id: fact for fact in facts}
        return Facts({**self._by_id, **extra})

    def _find(self, id: str) -> Record:
        try:
            return self._by_id[id]
        except KeyError:
            raise FactMissing(
                Text("There is no fact named {id}.", "沒有名為 {id} 的事實。").format(id=id),
                received=id,
                nearest=get_close_matches(id, self._by_id, n=3),
                fix=Text("List them with: tomnext facts", "可用 tomnext facts 列出全部"),
            ) from None


@cache
def load_facts() -> Facts:
    """The facts that come with the package, read once."""
    return read_facts(files("tomnext.facts").joinpath("data"))


def read_facts(folder: Traversable) -> Facts:
    """Every fact below a folder; FactInvalid names the file and the field that is wrong."""
    return Facts({fact.id: fact for fact in _read_folder(folder, prefix="")})


def read_mapping(file: Traversable) -> dict[str, Any]:
    """One YAML file as a mapping, read safely and with duplicate keys refused."""
    try:
        raw = yaml.load(file.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except yaml.YAMLError as error:
        raise _invalid(file.name, str(error)) from error
    if not isinstance(raw, dict):
        raise _invalid(file.name, "a mapping was expected at the top")
    return raw


def _read_folder(folder: Traversable, prefix: str) -> Iterator[DatedFact[Any] | Table[Any]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from _read_folder(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".yaml"):
            yield _read_file(entry, folder, f"{prefix}{entry.name.removesuffix('.yaml')}")


def _read_file(file: Traversable, folder: Traversable, id: str) -> DatedFact[Any] | Table[Any]:
    raw = read_mapping(file)
    kind = raw.get("kind")
    try:
        if kind == "table":
            return _read_table(raw, folder, id)
        if kind not in DatedFact.kinds:
            near = get_close_matches(str(kind), DatedFact.kinds, n=2)
            raise _invalid(id, f"kind {kind!r} is not known; nearest: {', '.join(near) or 'none'}")
        return DatedFact.kinds[kind].model_validate({"id": id, **raw})
    except ValidationError as error:
        raise _invalid(id, _first_problem(error)) from error


def _read_table(raw: dict[str, Any], folder: Traversable, id: str) -> Table[Any]:
    row_kind = Row.rows.get(raw.get("row", ""))
    if row_kind is None:
        raise _invalid(id, f"row {raw.get('row')!r} is not known")
    text = folder.joinpath(f"{id.rsplit('/', 1)[-1]}.csv").read_text(encoding="utf-8")
    rows = []
    for number, cells in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        try:
            rows.append(row_kind.model_validate({key: value for key, value in cells.items() if value != ""}))
        except ValidationError as error:
            raise _invalid(f"{id}.csv line {number}", _first_problem(error)) from error
    return Table[row_kind].model_validate({"id": id, **raw, "rows": rows})  # type: ignore[valid-type]


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']} (received {first['input']!r})"


def _invalid(where: str, why: str) -> FactInvalid:
    return FactInvalid(
        Text("The fact file {where} cannot be used.", "事實檔 {where} 無法使用。").format(where=where), received=why
    )
