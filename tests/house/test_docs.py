"""The documentation tells the truth about commands, files and places."""

import re
from pathlib import Path

import pytest

from tomnext.faces.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TEXT = {page: page.read_text(encoding="utf-8") for page in PAGES}
LINK = re.compile(r"\]\((?!https?:)([^)#]+)[^)]*\)")
REGISTRY_HOSTS = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian")
MACHINE_PATH = re.compile(r"(^|[^A-Za-z0-9_.])/(work|farm|root|tmp)/")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(TEXT[page]):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_name_no_machine_and_no_registry(page: Path) -> None:
    assert not REGISTRY_HOSTS.search(TEXT[page])
    assert not MACHINE_PATH.search(TEXT[page])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_shown_in_the_docs(command: str) -> None:
    assert any(f"tomnext {command}" in text for text in TEXT.values()), f"no page shows tomnext {command}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_in_both_languages(command: str) -> None:
    english, _, chinese = COMMANDS[command].partition(" · ")
    assert re.search(r"[a-z]{3}", english)
    assert re.search(r"[\u4e00-\u9fff]{2}", chinese)


def test_commands_written_in_the_docs_exist() -> None:
    for page, text in TEXT.items():
        for command in re.findall(r"^tomnext ([a-z][a-z-]+)", text, flags=re.MULTILINE):
            assert command in COMMANDS, f"{page.name} shows tomnext {command}"


def test_decisions_are_numbered_once() -> None:
    numbers = [page.name[:4] for page in (ROOT / "docs" / "decisions").glob("*.md")]
    assert len(numbers) == len(set(numbers))


def test_assumptions_are_numbered_once() -> None:
    text = (ROOT / "docs" / "explanation" / "assumptions.md").read_text(encoding="utf-8")
    numbers = re.findall(r"^\| ([A-Z]\d+) \|", text, flags=re.MULTILINE)
    assert len(numbers) == len(set(numbers))
    assert numbers


def test_places_named_for_contributors_exist() -> None:
    """Only places with a slash and no gap to fill, such as ``tests/golden/lme_prompts.csv``."""
    named = re.findall(
        r"`((?:src|tests|docs|examples|bench|studies|market|facts/data|vocabulary|faces|observations)/[\w./-]+)`",
        TEXT[ROOT / "CONTRIBUTING.md"],
    )
    assert len(named) > 5
    for place in named:
        assert (ROOT / place).exists() or (ROOT / "src" / "tomnext" / place).exists(), place
