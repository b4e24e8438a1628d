"""The page's colours as stand-ins inside a chart, exchanged for CSS variables in its SVG.

A chart library writes fixed colours; the page must be right in light, in dark and on paper. So a chart is drawn in
colours nobody would choose, and :func:`in_page_colours` replaces each by the variable it stands for.
"""

from enum import StrEnum


class Ink(StrEnum):
    """A stand-in colour; its name in lower case is the CSS variable that replaces it."""

    INK = "#010203"
    QUIET = "#040506"
    FAINT = "#070809"
    ACCENT = "#0a0b0c"
    WASH = "#0d0e0f"
    PAPER = "#101112"


FONT = "page-font"


def in_page_colours(svg: str) -> str:
    """The SVG with every stand-in replaced by its CSS variable and its font by the page's."""
    for ink in Ink:
        svg = svg.replace(ink.value, f"var(--{ink.name.lower()})")
    return svg.replace(f'font-family="{FONT}"', 'font-family="inherit"')
