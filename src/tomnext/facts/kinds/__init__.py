"""Typed facts: one module a subject. The pure core sees these types and never the reader."""
