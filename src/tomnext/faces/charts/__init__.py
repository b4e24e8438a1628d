"""Charts drawn from a study's plots: Altair (Vega-Lite) specifications, and their SVG in the page's own colours."""
