"""A study's sections printed as one HTML file, Markdown, or a workbook; the same numbers in every form and language."""
