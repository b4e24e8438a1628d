"""Frozen words that every room shares: text in two languages, errors, units, metals, clocks, evidence."""
