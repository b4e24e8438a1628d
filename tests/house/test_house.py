"""The house rules, held by reading the source as a tree."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "tomnext"
MODULES = sorted(SOURCE.rglob("*.py"))
CORE_ROOMS = ("vocabulary", "market", "landed_cost", "flows", "scenarios", "harbour", "procurement")
FORBIDDEN_NAME_PARTS = {
    "util",
    "utils",
    "helper",
    "helpers",
    "common",
    "misc",
    "tool",
    "tools",
    "manager",
    "handler",
    "info",
    "v2",
}
IMPURE_CALLS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"),
    ("time", "monotonic"), ("os", "environ"), ("os", "getenv"), ("random", "seed"), ("np.random", "seed"),
    ("np.random", "default_rng"),
}  # fmt: skip
UNIT_WORDS = (
    "usd", "eur", "twd", "cny", "share", "percent", "pct", "tonne", "oz", "day", "date", "year", "month", "unit",
    "kg", "metre", "index", "array", "frame", "series", "lot", "hour", "ratio", "count", "language", "id", "code",
    "name", "metal", "probabilit", "price", "t ",
)  # fmt: skip


def in_core(path: Path) -> bool:
    return path.relative_to(SOURCE).parts[0] in CORE_ROOMS


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def public_definitions(node: ast.AST) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Public functions and classes, with what public classes hold."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public_definitions(child)


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    first = node.body[0]
    docstring = first if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) else None
    documented = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
    return (node.end_lineno or 0) - node.lineno + 1 - documented


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_module_keeps_the_house_rules(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert not FORBIDDEN_NAME_PARTS & set(path.stem.split("_")), f"{path.name}: say what it holds"
    assert text.count("\n") <= 500, f"{path.name} has over 500 lines: a concept is hiding in it"
    assert path.name == "__main__.py" or ast.get_docstring(tree), f"{path.name} has no module docstring"
    for node in functions(path):
        assert body_lines(node) <= 50, f"{path.name}:{node.lineno} {node.name} is longer than 50 lines"


@pytest.mark.parametrize("path", [p for p in MODULES if in_core(p)], ids=lambda path: str(path.relative_to(SOURCE)))
def test_core_is_pure(path: Path) -> None:
    """No wall clock, environment, global random state or printing in the core."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"print", "open", "input"}, f"{path.name}:{node.lineno}"
        if isinstance(node, ast.Attribute):
            pair = (ast.unparse(node.value), node.attr)
            assert pair not in IMPURE_CALLS, f"{path.name}:{node.lineno} {pair}"
        if isinstance(node, ast.Global):
            pytest.fail(f"{path.name}:{node.lineno} module state is changed")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_public_functions_are_documented(path: Path) -> None:
    for node in public_definitions(ast.parse(path.read_text(encoding="utf-8"))):
        assert ast.get_docstring(node), f"{path.name}:{node.lineno} {node.name} has no docstring"


@pytest.mark.parametrize("path", [p for p in MODULES if in_core(p)], ids=lambda path: str(path.relative_to(SOURCE)))
def test_core_functions_state_units(path: Path) -> None:
    """A module-level public function of the core says in its docstring what its numbers are counted in."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            words = (ast.get_docstring(node) or "").casefold()
            assert any(word in words for word in UNIT_WORDS), f"{path.name}:{node.lineno} {node.name}: which units?"


def test_studies_read_as_prose() -> None:
    """A study answers one question in at most 60 lines a function and keeps formulas in the core."""
    for path in (SOURCE / "studies").glob("*.py"):
        for node in functions(path):
            assert body_lines(node) <= 50, f"{path.name}: {node.name}"


def test_constraints_hold_names_and_versions_only() -> None:
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").split():
        name, _, version = line.partition("==")
        assert name
        assert version
        assert "/" not in line


def test_readme_shows_both_commands_first_and_stays_short() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 120
    head = "\n".join(lines[:20])
    assert "make brief" in head
    assert "make test" in head
